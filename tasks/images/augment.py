"""A random warp of a face: the randomness is drawn first, from (seed, key), and applied second.

What was drawn is data: rounded and described as JSON it stands in a table, and parsed again it gives the same pixels.
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tasks.params import Warping

AREA: Final = (0.02, 0.2)  # share of the picture that an erased rectangle covers
ASPECT: Final = (0.3, 3.3)  # its height by its width, where the picture is square

_LEVELS = np.arange(256.0)


class Rectangle(NamedTuple):
    """Upper left corner and size, in shares of the picture's width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Warp:
    """One drawn warp; without arguments it changes nothing.

    Attributes:
        rotation: degrees, clockwise.
        shift_x: to the right, share of the width.
        shift_y: downwards, share of the height.
        shear: tangent of the angle.
        zoom: factor.
        flip: mirrored left to right.
        brightness: factor of the grey levels.
        erased: painted over with the mean level of the picture.
    """

    rotation: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    shear: float = 0.0
    zoom: float = 1.0
    flip: bool = False
    brightness: float = 1.0
    erased: Rectangle | None = None


def draw(params: Warping, random: np.random.Generator) -> Warp:
    """Draw a warp uniformly within the ranges of ``params``.

    The order of draws: rotation, shift_x, shift_y, shear and zoom, always; flip; brightness; whether to erase; where
    it does, area, aspect, x and y. The last four steps draw nothing where their parameter is 0 or false.

    Erasing is that of Zhong et al., "Random Erasing Data Augmentation", AAAI 2020, with two differences: the logarithm
    of the aspect is uniform, so that wide and tall are equally likely, and the place is drawn among those where the
    rectangle fits, so that nothing is drawn again.
    """
    rotation, shift_x, shift_y, shear, zoom = random.uniform(-1, 1, 5).tolist()
    return Warp(
        rotation=params.rotation * rotation,
        shift_x=params.shift * shift_x,
        shift_y=params.shift * shift_y,
        shear=params.shear * shear,
        zoom=1 + params.zoom * zoom,
        flip=params.flip and random.random() < 0.5,
        brightness=1 + params.brightness * random.uniform(-1, 1) if params.brightness else 1.0,
        erased=_rectangle(random) if params.erasing and random.random() < params.erasing else None,
    )


def rounded(warp: Warp) -> Warp:
    """The warp that ``describe`` can write in full: to 0.01 degrees, and to 0.0001 for all else.

    No number moves a pixel by more than 0.01 % of the side this way.
    """
    return Warp(
        rotation=_short(warp.rotation, 2),
        shift_x=_short(warp.shift_x),
        shift_y=_short(warp.shift_y),
        shear=_short(warp.shear),
        zoom=_short(warp.zoom),
        flip=warp.flip,
        brightness=_short(warp.brightness),
        erased=Rectangle(*map(_short, warp.erased)) if warp.erased else None,
    )


def apply(image: npt.NDArray[np.uint8], warp: Warp) -> npt.NDArray[np.uint8]:
    """Warp ``image`` (h, w) or (h, w, 3) about its centre in a single interpolation; borders take the nearest pixel.

    Brightness follows, clipped at 255, and then erasing with the mean of what came out, per channel.
    """
    height, width = image.shape[:2]
    angle = np.deg2rad(warp.rotation)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = warp.zoom * turn @ np.array([[-1.0 if warp.flip else 1.0, warp.shear], [0.0, 1.0]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre + np.array([warp.shift_x * width, warp.shift_y * height]) - linear @ centre
    matrix = np.column_stack([linear, offset])
    warped: npt.NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if warp.brightness != 1:
        warped = cv2.LUT(warped, np.minimum(np.rint(_LEVELS * warp.brightness), 255).astype(np.uint8))
    if warp.erased:
        x, y, across, down = warp.erased
        rows = slice(round(y * height), round((y + down) * height))
        columns = slice(round(x * width), round((x + across) * width))
        warped[rows, columns] = np.rint(cv2.mean(warped)[: warped[0, 0].size])
    return warped


def describe(warp: Warp) -> str:
    """What ``warp`` does as compact JSON with sorted keys, such as {"flip":true,"rotation":-3.21}; {} for nothing.

    Numbers are rounded: what is to be replayed from this text must have been ``rounded`` before it was applied.
    """
    done = {name: value for name, value in vars(rounded(warp)).items() if value != getattr(_STILL, name)}
    return json.dumps(done, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse(text: str) -> Warp:
    """The warp of a description: ``parse(describe(warp)) == rounded(warp)``.

    Raises:
        ValueError: ``text`` is not what ``describe`` writes.
    """
    try:
        warp = Warp(**json.loads(text))
        warp = replace(warp, erased=Rectangle(*warp.erased) if warp.erased else None)
        same = describe(warp) == text
    except (TypeError, ValueError):
        same = False
    if not same:
        raise ValueError(f"not the description of a warp: {text!r}")
    return warp


_STILL = Warp()


def _rectangle(random: np.random.Generator) -> Rectangle:
    area = random.uniform(*AREA)
    aspect = math.exp(random.uniform(math.log(ASPECT[0]), math.log(ASPECT[1])))
    width, height = math.sqrt(area / aspect), math.sqrt(area * aspect)
    return Rectangle(random.uniform(0, 1 - width), random.uniform(0, 1 - height), width, height)


def _short(value: float, digits: int = 4) -> float:
    return round(value, digits) + 0.0  # no -0.0
