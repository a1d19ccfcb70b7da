"""Turn pictures upright: EXIF orientations and the display matrix of videos."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# EXIF 2.32, tag 274: (transpose, then mirror left-right, then mirror top-bottom) that makes the picture upright.
_EXIF = {
    1: (False, False, False), 2: (False, True, False), 3: (False, True, True), 4: (False, False, True),
    5: (True, False, False), 6: (True, True, False), 7: (True, True, True), 8: (True, False, True),
}  # fmt: skip
_UPRIGHT = _EXIF[1]


def by_exif(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation 1..8 to an image of shape (h, w, c); other values mean upright."""
    return _turn(image, _EXIF.get(orientation, _UPRIGHT))


def by_matrix(image: NDArray[np.uint8], matrix: Sequence[int] | None) -> NDArray[np.uint8]:
    """Apply a display matrix to an image of shape (h, w, c).

    Args:
        image: the decoded frame.
        matrix: nine numbers ``a b u c d v x y w`` that map the point (p, q) of the frame to
            (a p + c q + x, b p + d q + y) (ISO/IEC 14496-12, 8.3.2); None is upright. Turns that are not a multiple
            of 90 degrees are taken to the nearest.
    """
    return _turn(image, _steps(matrix))


def clockwise(matrix: Sequence[int] | None) -> int:
    """Degrees, 0, 90, 180 or 270, by which ``by_matrix`` turns clockwise; a mirrored frame counts as its turn."""
    transposed, left_right, top_bottom = _steps(matrix)
    if transposed:
        return 90 if left_right else 270
    return 180 if left_right and top_bottom else 0


def _steps(matrix: Sequence[int] | None) -> tuple[bool, bool, bool]:
    if matrix is None:
        return _UPRIGHT
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(a) >= abs(b):
        return False, a < 0, d < 0
    return True, c < 0, b < 0


def _turn(image: NDArray[np.uint8], steps: tuple[bool, bool, bool]) -> NDArray[np.uint8]:
    transposed, left_right, top_bottom = steps
    if transposed:
        image = image.transpose(1, 0, 2)
    if left_right:
        image = image[:, ::-1]
    if top_bottom:
        image = image[::-1]
    return np.ascontiguousarray(image)
