"""What is measured of normalised faces; `clean` decides by it.

All sums are of whole numbers that int64 or float64 holds exactly, and the last steps (ratios and a root in float64,
then float32) are taken face by face: a face's measures are the same bits in whatever batch it comes.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import IMAGE_SIZE

RADIUS: Final = 8  # grey levels around a tone that count as the tone: what JPEG adds to an even area
APART: Final = 96  # grey levels between two tones at least: less is a face in soft light

_PIXELS = 1 << 18  # of a block: what is computed of it stays in the cache
_LEVELS = np.arange(256)
_FROM = np.maximum(_LEVELS - RADIUS, 0)
_TO = np.minimum(_LEVELS + RADIUS, 255)

Faces = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
Exact = npt.NDArray[np.float64]


class Measures(NamedTuple):
    """Four figures per face, each (n,).

    Attributes:
        mean: grey level.
        std: deviation of the grey levels over the whole face.
        two_tone: share of pixels, see ``two_tone``.
        sharpness: 0 for even faces, about 2 for photographs, 5 for noise; see ``sharpness``.
    """

    mean: npt.NDArray[np.float32]
    std: npt.NDArray[np.float32]
    two_tone: npt.NDArray[np.float32]
    sharpness: npt.NDArray[np.float32]


def measure(faces: Faces) -> Measures:
    """Measure (n, h, w) grey faces of at least 3 x 3 pixels; n may be 0.

    Raises:
        ValueError: another shape or type.
    """
    if faces.ndim != 3 or faces.dtype != np.uint8 or min(faces.shape[1:]) < 3:
        raise ValueError(f"expected (n, h, w) uint8 faces. Received: {faces.shape} {faces.dtype}")
    rows = max(1, _PIXELS // (faces.shape[1] * faces.shape[2]))
    blocks = [_measured(np.ascontiguousarray(faces[start : start + rows])) for start in range(0, len(faces), rows)]
    return Measures(*np.concatenate([np.empty((4, 0)), *blocks], axis=1).astype(np.float32))


def two_tone(faces: Faces, histograms: Whole) -> Exact:
    """(n,) share of pixels that are black or white, or whatever two tones the picture is made of.

    The two tones are the levels, APART or more, with the most pixels within RADIUS of either. Pixels of other levels
    that have both tones among their eight neighbours count too: they are the edge between them, smeared by resizing
    and JPEG. Near 1 for thresholded photographs, line drawings and notices, 1 for even pictures; of the photographs
    in FER-2013 99 % stay under 0.6, the others are mostly black or white around the face.

    Args:
        faces: (n, h, w).
        histograms: (n, 256) pixels per level.
    """
    low, high = _tones(histograms)
    tones = _within(faces, low).view(np.uint8) + 2 * _within(faces, high).view(np.uint8)
    covered = (tones != 0) | (_around(tones) == 3)
    share: Exact = np.count_nonzero(covered, axis=(1, 2)) / (faces.shape[1] * faces.shape[2])
    return share


def sharpness(faces: Faces) -> Exact:
    """(n,) variance of the Laplacian over the mean square of the gradient, both in grey levels per pixel.

    The variance alone (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000) calls faces in dim
    light blurred; both energies grow with the contrast, so their ratio does not. It is the mean square frequency of
    the edges, as in Hjorth, "EEG analysis based on time domain properties", 1970. Faces over IMAGE_SIZE are reduced to
    it first, or all that were enlarged would be blurred.
    """
    faces = _reduced(faces)
    height, width = faces.shape[1:]
    levels = faces.astype(np.int16)
    middle = levels[:, 1:-1, 1:-1]
    laplacian = levels[:, :-2, 1:-1] + levels[:, 2:, 1:-1] + levels[:, 1:-1, :-2] + levels[:, 1:-1, 2:] - 4 * middle
    size = (height - 2) * (width - 2)
    squares = np.array([cv2.norm(one, cv2.NORM_L2SQR) for one in laplacian])
    variance = (size * squares - laplacian.sum((1, 2), np.int64) ** 2) / size**2
    down = np.array([cv2.norm(face[1:], face[:-1], cv2.NORM_L2SQR) for face in faces])
    across = np.array([cv2.norm(face[:, 1:], face[:, :-1], cv2.NORM_L2SQR) for face in faces])
    gradient = down / ((height - 1) * width) + across / (height * (width - 1))
    ratio: Exact = np.divide(variance, gradient, out=np.zeros(len(faces)), where=gradient > 0)
    return ratio


def _measured(faces: Faces) -> Exact:
    """(4, n) in the order of Measures; n is not 0."""
    histograms = _histograms(faces)
    size = faces.shape[1] * faces.shape[2]
    total, squares = histograms @ _LEVELS, histograms @ _LEVELS**2
    std = np.sqrt(size * squares - total**2) / size
    return np.stack([total / size, std, two_tone(faces, histograms), sharpness(faces)])


def _histograms(faces: Faces) -> Whole:
    own = 256 * np.arange(len(faces))[:, None, None]
    return np.bincount((faces + own).ravel(), minlength=256 * len(faces)).reshape(-1, 256)


def _tones(histograms: Whole) -> tuple[Whole, Whole]:
    """(n,) and (n,) levels: those of the pair, APART or more, that has the most pixels within RADIUS."""
    upto = np.zeros((len(histograms), 257), np.int64)
    np.cumsum(histograms, axis=1, out=upto[:, 1:])
    near = upto[:, _TO + 1] - upto[:, _FROM]
    best = np.maximum.accumulate(near[:, ::-1], axis=1)[:, ::-1]  # over this level and all above
    low = (near[:, :-APART] + best[:, APART:]).argmax(1)
    high = np.where(low[:, None] + APART <= _LEVELS, near, -1).argmax(1)
    return low, high


def _within(faces: Faces, tones: Whole) -> npt.NDArray[np.bool_]:
    first, last = _FROM[tones].astype(np.uint8), _TO[tones].astype(np.uint8)
    # Levels under `first` wrap around to large ones: one comparison does for both ends.
    return (faces - first[:, None, None]) <= (last - first)[:, None, None]


def _around(bits: Faces) -> Faces:
    """(n, h, w) bits that are set in the pixel or in one of its eight neighbours."""
    column = bits.copy()
    column[:, 1:] |= bits[:, :-1]
    column[:, :-1] |= bits[:, 1:]
    square = column.copy()
    square[:, :, 1:] |= column[:, :, :-1]
    square[:, :, :-1] |= column[:, :, 1:]
    return square


def _reduced(faces: Faces) -> Faces:
    height, width = faces.shape[1:]
    if max(height, width) <= IMAGE_SIZE:
        return faces
    smaller = (min(width, IMAGE_SIZE), min(height, IMAGE_SIZE))
    return np.stack([cv2.resize(face, smaller, interpolation=cv2.INTER_AREA) for face in faces])
