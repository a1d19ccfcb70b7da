"""Bad pictures to learn from: what cameras, codecs and distance do to a face, drawn first and applied second.

Another family than `images.damage`, which judges: there noise is Gaussian and independent, blur Gaussian, compression
JPEG, resolution lost by averaging. Here noise is that of photons, of neighbours and of single pixels, blur is that of
motion and of a lens, compression is that of WebP's key frames (VP8, close to H.264's), and resolution is lost in any
way.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks.schema import IMAGE_SIZE

Image = npt.NDArray[np.uint8]

LEAST_SIDE: Final = 8  # pixels to which a face is reduced
READABLE: Final = 16  # pixels; of a smaller face fewer people say what it shows
_DOWN: Final = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST)
_UP: Final = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_LINEAR)


@dataclass(frozen=True)
class Degradation:
    """What is done to one picture, in this order; without arguments nothing.

    Attributes:
        lens: radius of a disk that every point becomes, pixels of a 48 pixel face.
        motion: length of the path that it moves along while it is exposed, the same unit.
        angle: of that path, degrees.
        gain, bias: levels become gain * level + bias.
        side: pixels that the face has left; 0: all.
        down, up: how it is reduced and enlarged, numbers of `_DOWN` and `_UP`.
        photons: that a white pixel catches; 0: countless.
        grain: standard deviation of noise that is shared by neighbours, grey levels.
        impulses: share of the pixels that are black or white.
        quality: of WebP, 1..100; 0: not compressed.
        seed: of the noise.
    """

    lens: float = 0.0
    motion: float = 0.0
    angle: float = 0.0
    gain: float = 1.0
    bias: float = 0.0
    side: int = 0
    down: int = 0
    up: int = 0
    photons: float = 0.0
    grain: float = 0.0
    impulses: float = 0.0
    quality: int = 0
    seed: int = 0


NOTHING: Final = Degradation()


def draw(random: np.random.Generator, strength: float = 1.0) -> Degradation:
    """Draw one to three kinds of damage. The order of draws never changes: all are drawn, and some are taken.

    Args:
        strength: 1 as in training; more is harder.
    """
    kinds = random.permutation(6)[: random.choice((1, 1, 1, 2, 2, 3))]
    size, amount, angle = random.random(6), random.random(6), random.uniform(0, 180)
    ways = random.integers(0, 4, 2)
    seed = int(random.integers(1 << 31))
    part = strength * size
    found: dict[str, float | int] = {"seed": seed}
    if 0 in kinds:
        largest = IMAGE_SIZE / max(1.0, strength)
        side = math.exp(math.log(LEAST_SIDE) + size[0] * math.log(largest / LEAST_SIDE))
        found |= {"side": max(4, round(side / max(1.0, strength))), "down": int(ways[0]), "up": int(ways[1])}
    if 1 in kinds:
        found |= {"lens": 0.5 + 3.5 * part[1]}
    if 2 in kinds:
        found |= {"motion": 2.0 + 9.0 * part[2], "angle": angle}
    if 3 in kinds:
        found |= _noise(amount[3], part[3], float(amount[0]))
    if 4 in kinds:
        found |= {"quality": max(1, round(40 * (1 - size[4]) ** 1.5 / max(1.0, strength)))}
    if 5 in kinds:
        gain = math.exp(-2.2 * part[5])
        found |= {"gain": gain, "bias": float((255 - 255 * gain) * amount[5] ** 2)}
    return Degradation(**found)  # type: ignore[arg-type]


def _noise(kind: float, part: float, other: float) -> dict[str, float]:
    """One kind of noise, or two of them."""
    photons = {"photons": 8 + 180 * (1 - min(1.0, float(part))) ** 2}
    grain, impulses = {"grain": 6 + 40 * float(part)}, {"impulses": 0.01 + 0.14 * float(part)}
    first = photons if kind < 0.5 else grain if kind < 0.8 else impulses
    return first | (grain if other < 0.25 else {})


def apply(image: Image, done: Degradation) -> Image:
    """Degrade ``image``, (h, w) grey or (h, w, 3) BGR, which stays as it is and comes back where nothing is done."""
    if done == NOTHING:
        return image
    height, width = image.shape[:2]
    scale = max(height, width) / IMAGE_SIZE
    found = image
    if done.lens:
        found = _filtered(found, _disk(done.lens * scale))
    if done.motion:
        found = _filtered(found, _path(done.motion * scale, done.angle))
    if done.gain != 1 or done.bias:
        found = np.clip(np.rint(found * np.float32(done.gain) + np.float32(done.bias)), 0, 255).astype(np.uint8)
    if done.side:
        side = (
            max(1, round(done.side * width / max(height, width))),
            max(1, round(done.side * height / max(height, width))),
        )
        found = np.asarray(cv2.resize(found, side, interpolation=_DOWN[done.down]), np.uint8)
    random = np.random.default_rng(done.seed)
    if done.side and done.quality:  # a small face was compressed as a small one
        found = _compressed(found, max(30, done.quality))
    if done.side:
        found = np.asarray(cv2.resize(found, (width, height), interpolation=_UP[done.up]), np.uint8)
    if done.photons or done.grain or done.impulses:
        found = _noisy(found, done, random)
    if done.quality and not done.side:
        found = _compressed(found, done.quality)
    return found


def unreadable(done: Degradation) -> float:
    """Share of people, 0..1, who would no longer name an emotion: our estimate, from how little is left."""
    tiny = max(0.0, (READABLE - done.side) / READABLE) if done.side else 0.0
    smeared = max(0.0, (done.lens - 3.0) / 4, (done.motion - 9) / 8)
    noisy = max(0.0, (done.grain - 40) / 60, (done.impulses - 0.14) * 2)
    dark = max(0.0, (0.1 - done.gain) * 5)
    return min(0.9, tiny + smeared + noisy + dark)


def _filtered(image: Image, kernel: npt.NDArray[np.float32]) -> Image:
    return np.asarray(cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _disk(radius: float) -> npt.NDArray[np.float32]:
    """The image of a point out of focus, with a soft edge; sum 1."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _path(length: float, angle: float) -> npt.NDArray[np.float32]:
    """The image of a point that moves evenly along a straight line; sum 1."""
    reach = math.ceil(length / 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    steps = np.linspace(-length / 2, length / 2, 4 * reach + 1)
    turn = math.radians(angle)
    for step in steps:
        x, y = reach + step * math.cos(turn), reach + step * math.sin(turn)
        kernel[round(y), round(x)] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)


def _noisy(image: Image, done: Degradation, random: np.random.Generator) -> Image:
    levels = image.astype(np.float32)
    if done.photons:
        levels = random.poisson(np.maximum(levels, 0) * (done.photons / 255)).astype(np.float32) * (255 / done.photons)
    if done.grain:
        height, width = image.shape[:2]
        rough = random.standard_normal((height // 2 + 1, width // 2 + 1)).astype(np.float32)
        fine = random.standard_normal((height, width)).astype(np.float32)
        mixed = 0.8 * cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR) + 0.8 * fine
        levels = levels + done.grain * (mixed if image.ndim == 2 else mixed[..., None])
    if done.impulses:
        dice = random.random(image.shape[:2])
        levels[dice < done.impulses / 2] = 0
        levels[dice > 1 - done.impulses / 2] = 255
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _compressed(image: Image, quality: int) -> Image:
    data = cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1]
    colour = cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE
    return np.asarray(cv2.imdecode(data, colour), np.uint8)
