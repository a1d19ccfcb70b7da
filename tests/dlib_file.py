"""Files as dlib writes them, of convolutions that a scale and a shift follow."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def content(arrays: Sequence[Array]) -> bytes:
    """Of kernel (height, width, in, out), bias, scale and shift, again and again."""
    made = bytearray(b"\x01\x01\x15input_rgb_image_sized")
    for kernel, bias, scale, shift in zip(*(arrays[start::4] for start in range(4)), strict=True):
        height, width, _, filters = kernel.shape
        made += b"\x01\x05con_4" + _tensor(np.concatenate([kernel.transpose(3, 2, 0, 1).ravel(), bias]))
        made += b"".join(map(_integer, (filters, height, width, 1, 1, 0, 0)))
        made += b"\x01\x07affine_" + _tensor(np.concatenate([scale, shift]))
    return bytes(made)


def _tensor(values: Array) -> bytes:
    return b"".join(map(_integer, (2, len(values), 1, 1, 1))) + values.astype("<f4").tobytes()


def _integer(number: int) -> bytes:
    magnitude = number.to_bytes((number.bit_length() + 7) // 8 or 1, "little")
    return bytes([len(magnitude)]) + magnitude


CONVOLUTIONS = content([np.ones((3, 3, 2, 3), np.float32), *[np.ones(3, np.float32)] * 3] * 2)
