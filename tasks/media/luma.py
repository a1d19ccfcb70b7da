"""Grey levels of a decoded frame, cheaper than its colours."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.media.container import matrix
from tasks.media.orient import by_matrix

# FFmpeg's names of pixel formats whose first plane is the luma of all pixels, a byte each.
_PLANES: Final = frozenset(
    ("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p", "nv12",
     "nv21", "gray", "yuva420p", "yuva422p", "yuva444p")
)  # fmt: skip


def luma(frame: Any) -> npt.NDArray[np.uint8]:
    """Grey levels (height, width) of a decoded frame, upright; where nothing has to be turned, the decoder's own.

    Their range is the frame's: 16..235 mostly, 0..255 of some.
    """
    plain = frame if frame.format.name in _PLANES else frame.reformat(format="gray")
    plane = plain.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    return by_matrix(rows[:, :, None], found)[:, :, 0] if (found := matrix(frame)) is not None else rows
