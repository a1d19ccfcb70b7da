"""One picture or frame as it is shown: faces hidden or boxed, each with its label."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS
from tasks.show import draw, hide
from tasks.show.interpolate import Box
from tasks.show.seen import Faces
from tasks.show.words import COLOURS, label


@dataclass(frozen=True)
class Style:
    """What is done to the faces of a medium.

    Args:
        blur: hide every face that is not in ``keep``.
        keep: track numbers.
    """

    blur: bool = False
    keep: frozenset[int] = frozenset()


def paint(
    image: npt.NDArray[np.uint8],
    faces: Faces,
    labelled: Sequence[tuple[int, Box]],
    hidden: Sequence[tuple[int, Box]],
    style: Style,
) -> None:
    """Draw into a BGR image (h, w, 3), in place.

    Faces are hidden first and with their whole margin, also where that covers a kept face: to show too little can be
    mended. Outlines and labels come on top.

    Args:
        labelled: rows of ``faces`` and the boxes that get an outline and a label.
        hidden: rows and boxes that are hidden with ``style.blur``, unless their track is kept.
    """
    if style.blur:
        for row, box in hidden:
            if int(faces.track[row]) not in style.keep:
                hide.pixelate(image, box)
    for row, box in labelled:
        draw.outline(image, box, COLOURS[EMOTIONS[faces.emotion[row]]])
    for row, box in labelled:
        emotion = int(faces.emotion[row])
        text = label(int(faces.track[row]), emotion, float(faces.probability[row]), bool(faces.abstained[row]))
        draw.label(image, box, text, COLOURS[EMOTIONS[emotion]])
