"""A picture addressed in head units: what polygons, lines and discs are painted on."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.synthetic.identity import Colour

EXTENT: Final = 1.04  # a face's own canvas spans -EXTENT..EXTENT head units both ways
_BITS: Final = 4  # of fractional pixels given to cv2
_WHITE: Final[Colour] = (255.0, 255.0, 255.0)

Points = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Pixels (h, w, 3) BGR or (h, w), and how head units map onto them."""

    pixels: Bytes
    unit: float  # pixels per head unit
    origin: tuple[float, float]  # pixel at which the head unit (0, 0) lies

    def polygon(self, points: Points, colour: Colour = _WHITE) -> None:
        """Fill the polygon (n, 2) in head units."""
        cv2.fillPoly(self.pixels, [self._fixed(points)], colour, cv2.LINE_AA, _BITS)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draw through the points (n, 2) in head units; ``width`` in head units, at least one pixel."""
        thickness = max(1, round(width * self.unit))
        cv2.polylines(self.pixels, [self._fixed(points)], False, colour, thickness, cv2.LINE_AA, _BITS)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a disc given in head units."""
        across, down = (int(value) for value in self._fixed(np.array([[x, y]]))[0])
        size = max(1, round(radius * self.unit * (1 << _BITS)))
        cv2.circle(self.pixels, (across, down), size, colour, -1, cv2.LINE_AA, _BITS)

    def mask(self) -> "Canvas":
        """A black single-channel canvas of the same frame."""
        return Canvas(np.zeros(self.pixels.shape[:2], np.uint8), self.unit, self.origin)

    def copy(self) -> "Canvas":
        """The same picture on pixels of its own."""
        return Canvas(self.pixels.copy(), self.unit, self.origin)

    def lay(self, above: "Canvas", mask: "Canvas") -> None:
        """Take the pixels of ``above`` where ``mask`` is set; only its bounding box is touched."""
        x, y, w, h = cv2.boundingRect(mask.pixels)
        if w == 0:
            return
        region = (slice(y, y + h), slice(x, x + w))
        blend(self.pixels[region], above.pixels[region], mask.pixels[region].astype(np.float32) / np.float32(255))

    def _fixed(self, points: Points) -> npt.NDArray[np.int32]:
        return np.rint((points * self.unit + self.origin) * (1 << _BITS)).astype(np.int32)


def blend(below: Bytes, above: Bytes, share: Floats) -> None:
    """Mix ``above`` into ``below`` (h, w, 3), in place, by ``share`` (h, w) of 0..1."""
    mixed = below + (above.astype(np.float32) - below) * share[..., None]
    below[:] = (mixed + 0.5).astype(np.uint8)


def as_bytes(values: npt.ArrayLike) -> Bytes:
    """Grey levels cut to 0..255 and rounded down."""
    pixels: Bytes = np.clip(values, 0, 255).astype(np.uint8)
    return pixels


def blank(side: int, colour: Colour) -> Canvas:
    """A face's own canvas of ``side`` x ``side`` BGR pixels in one colour."""
    pixels = np.empty((side, side, 3), np.uint8)
    pixels[:] = np.rint(colour)
    return Canvas(pixels, side / (2 * EXTENT), ((side - 1) / 2, (side - 1) / 2))


def grid(side: int) -> Floats:
    """Head units of the pixel centres along one side of a face's own canvas, (side,)."""
    centres = (np.arange(side) + 0.5) / side * 2 - 1
    return (centres * EXTENT).astype(np.float32)


def ellipse(x: float, y: float, wide: float, high: float) -> Points:
    """Outline (24, 2) of an upright ellipse with these half axes."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return np.column_stack([x + wide * np.cos(turn), y + high * np.sin(turn)])
