"""Draw one person: paint the face flat, light it, wrap it around the head, and add what surrounds it."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.synthetic import features, hair
from tasks.synthetic.canvas import EXTENT, Bytes, Canvas, Floats, blank, blend
from tasks.synthetic.expression import ActionUnits, side
from tasks.synthetic.head import Pose, Shape, box, cast, shape, turn
from tasks.synthetic.identity import Identity
from tasks.synthetic.relief import Light, heights, lighting

# A patch spans these head units around the middle of the head.
_LEFT, _TOP, _RIGHT, _BOTTOM = -1.5, -1.35, 1.5, 2.0
_SIDES: Final = (64, 560)  # least and most pixels of a face's own canvas


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that decides how one person appears."""

    who: Identity
    units: ActionUnits
    pose: Pose = field(default_factory=Pose)
    light: Light = field(default_factory=Light)
    gaze: tuple[float, float] = (0.0, 0.0)  # -1..1 across and down
    asymmetry: float = 0.0  # share by which the left half moves more and the right half less

    @property
    def head(self) -> Shape:
        """The surface of the head."""
        return shape(self.who, self.units.au26)


@dataclass(frozen=True, slots=True)
class Patch:
    """One drawn person to be laid over a picture."""

    pixels: Bytes  # (h, w, 3) BGR
    alpha: Floats  # (h, w), 0..1
    left: int  # pixel of the picture at which the patch begins
    top: int


@dataclass(frozen=True, slots=True)
class Box:
    """Tight face box in pixels; x and y are its upper left corner."""

    x: float
    y: float
    w: float
    h: float


def face_box(look: Look, unit: float, centre: tuple[float, float]) -> Box:
    """Box of the face when ``draw`` is given the same arguments."""
    left, top, right, bottom = box(look.head, look.pose)
    # Pixel centres lie at whole numbers while drawing; boxes count from a pixel's edge.
    x, y = centre[0] + 0.5 + left * unit, centre[1] + 0.5 + top * unit
    return Box(x, y, (right - left) * unit, (bottom - top) * unit)


def draw(look: Look, unit: float, centre: tuple[float, float]) -> Patch:
    """Draw one person.

    Args:
        look: who, how and in which light.
        unit: pixels per head unit (half the height of the skull); a face's box is about 1.6 units high.
        centre: pixel of the picture, with fractions, at which the middle of the head stands.

    Raises:
        ValueError: a unit that is not positive.
    """
    if unit <= 0:
        raise ValueError(f"unit must be positive. Received: unit={unit}")
    left, top = int(np.floor(centre[0] + _LEFT * unit)), int(np.floor(centre[1] + _TOP * unit))
    width, height = int(np.ceil((_RIGHT - _LEFT) * unit)) + 1, int(np.ceil((_BOTTOM - _TOP) * unit)) + 1
    origin = (centre[0] - left, centre[1] - top)
    canvas = Canvas(np.empty((height, width, 3), np.uint8), unit, origin)
    canvas.pixels[:] = np.rint(look.who.clothes)
    canvas.pixels[: int(origin[1] + unit)] = np.rint(look.who.hair)
    alpha = canvas.mask()

    light, head = look.light, look.head
    lit = light.gain * (0.35 + 0.65 * light.ambient)
    hair.behind(canvas, alpha, look.who, head, look.pose, lit)
    hair.ears(canvas, alpha, look.who, head, look.pose, lit, before=False)
    skin, cover = _wrap(look, canvas)
    blend(canvas.pixels, skin, cover)
    hair.ears(canvas, alpha, look.who, head, look.pose, lit, before=True)

    share: Floats = np.maximum(alpha.pixels.astype(np.float32) / 255, cover)
    fade = np.clip((_BOTTOM - (np.arange(height, dtype=np.float32) - origin[1]) / unit) / 0.25, 0, 1)
    return Patch(canvas.pixels, (share * fade[:, None]).astype(np.float32), left, top)


def paste(picture: Bytes, patch: Patch) -> None:
    """Lay ``patch`` over ``picture`` (h, w, 3), in place; what lies outside is cut off."""
    x0, y0 = max(0, patch.left), max(0, patch.top)
    x1 = min(picture.shape[1], patch.left + patch.pixels.shape[1])
    y1 = min(picture.shape[0], patch.top + patch.pixels.shape[0])
    if x1 > x0 and y1 > y0:
        inner = (slice(y0 - patch.top, y1 - patch.top), slice(x0 - patch.left, x1 - patch.left))
        blend(picture[y0:y1, x0:x1], patch.pixels[inner], patch.alpha[inner])


def _wrap(look: Look, canvas: Canvas) -> tuple[Bytes, Floats]:
    """The lit head as seen, (h, w, 3), and where it covers the canvas, (h, w) of 0..1."""
    rows, columns = canvas.pixels.shape[:2]
    size = int(np.clip(round(2 * EXTENT * canvas.unit * 1.15), *_SIDES))
    height = heights(look.who, look.units, size)
    flat = _flat(look, height)
    x = (np.arange(columns, dtype=np.float32)[None, :] - np.float32(canvas.origin[0])) / np.float32(canvas.unit)
    y = (np.arange(rows, dtype=np.float32)[:, None] - np.float32(canvas.origin[1])) / np.float32(canvas.unit)
    u, v, depth = cast(x, y, look.head, look.pose)
    scale = np.float32(size / (2 * EXTENT))
    middle = np.float32((size - 1) / 2)
    u, v = u * scale + middle, v * scale + middle
    # Bumps stand out from the ellipsoid, so turning the head shifts them against it.
    matrix = turn(look.pose)
    across, down = np.linalg.solve(matrix[:2, :2], matrix[:2, 2]).astype(np.float32) * scale * np.float32(0.8)
    bump = cv2.remap(height, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen: Bytes = cv2.remap(flat, u - across * bump, v - down * bump, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen, np.clip(depth * np.float32(canvas.unit / 2) + np.float32(0.5), 0, 1)


def _flat(look: Look, height: Floats) -> Bytes:
    """The lit face as if rolled out flat, (side, side, 3)."""
    who, size = look.who, height.shape[0]
    halves = {-1: side(look.units, 1 + look.asymmetry), 1: side(look.units, 1 - look.asymmetry)}
    canvas = blank(size, who.skin)
    spots = cv2.resize(hair.mottling(who.number), (size, size), interpolation=cv2.INTER_LINEAR)
    canvas.pixels[:] = np.clip(canvas.pixels * spots[..., None], 0, 255)
    hair.beard(canvas, who)
    wrinkles = canvas.mask()
    for sign, units in halves.items():
        features.creases(wrinkles, who, units, sign)
    features.nostrils(canvas, who, look.units)
    features.mouth(canvas, who, halves[-1], halves[1])
    for sign, units in halves.items():
        features.eye(canvas, who, units, sign, look.gaze)
        features.brow(canvas, who, units, sign)
    hair.on_head(canvas, who)
    factor, gloss = lighting(height, look.head, look.pose, look.light)
    soft = cv2.GaussianBlur(wrinkles.pixels, (0, 0), max(0.5, 0.008 * canvas.unit)).astype(np.float32)
    factor = factor * (1 - soft * np.float32(0.42 / 255))
    lit: npt.NDArray[np.float32] = canvas.pixels * factor[..., None] + (255 * gloss)[..., None]
    return np.minimum(lit, 255).astype(np.uint8)
