"""Clips: moving pictures with known faces, emotions that come and go, hard cuts and true timestamps."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from tasks.synthetic.backdrop import backdrop, grain
from tasks.synthetic.canvas import Bytes, as_bytes
from tasks.synthetic.face import draw, face_box, paste
from tasks.synthetic.motion import Motion, motion
from tasks.synthetic.scenes import truth_face
from tasks.synthetic.truth import TruthFace

_SHORTEST: Final = 0.5  # of the mean length of a shot
_LANE: Final = 96  # pixels of width that one face needs at least
_JITTER: Final = 0.4  # of the distance between frames, at most, with a variable rate
_NOISE: Final = 2.0  # grey levels


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip whose frames are drawn when they are asked for; its truth is known beforehand."""

    width: int  # pixels
    height: int
    fps: float  # mean frames per second
    pts_ms: tuple[int, ...]  # presentation time of each frame; starts at 0 and rises
    cuts: tuple[int, ...]  # first frame of each shot but the first
    truth: tuple[TruthFace, ...]  # by frame, then from left to right
    _seed: tuple[int, ...]
    _shots: tuple[tuple[Motion, ...], ...]

    def __len__(self) -> int:
        return len(self.pts_ms)

    @property
    def frames(self) -> Iterator[Bytes]:
        """Draw the frames from the first on: BGR pixels, (height, width, 3); each call starts anew."""
        starts = (0, *self.cuts, len(self))
        for shot, (start, stop) in enumerate(pairwise(starts)):
            rng = np.random.default_rng((*self._seed, shot, 0xBA))
            scene = backdrop(rng, self.width, self.height)
            noise = grain(rng, 2 * self.width, 2 * self.height, _NOISE)
            for frame in range(start, stop):
                picture = scene.copy()
                for one in self._shots[shot]:
                    now = one.at(self.pts_ms[frame])
                    paste(picture, draw(now.look, now.unit, now.centre))
                # Another part of one sheet of noise for every frame: much faster than new noise, and as lively.
                x, y = (int(value) for value in rng.integers(0, (self.width, self.height)))
                noisy = picture + noise[y : y + self.height, x : x + self.width]
                yield as_bytes(noisy)


def clip(
    seed: int,
    index: int,
    seconds: float = 3.0,
    fps: float = 25.0,
    shots: int = 1,
    faces: int = 1,
    width: int = 480,
    height: int = 360,
    variable: bool = False,
) -> Clip:
    """Plan clip ``index`` of the series ``seed``; the same arguments give the same clip.

    Args:
        seed: at least 0.
        index: at least 0.
        seconds: length.
        fps: frames per second; times are rounded to whole milliseconds, which every container can hold.
        shots: how many, between hard cuts; each has another background and other people.
        faces: people in each shot, each in a lane of their own, so that none covers another.
        width: pixels, even.
        height: pixels, even.
        variable: let the time between frames vary.

    Raises:
        ValueError: an odd or too small picture for the faces, fewer than two frames per shot, a negative number.
    """
    count = round(seconds * fps)
    if min(seed, index, faces) < 0 or shots < 1 or fps <= 0 or fps > 500:
        raise ValueError(f"impossible clip. Received: {seed=}, {index=}, {faces=}, {shots=}, {fps=}")
    if count < 2 * shots:
        raise ValueError(f"a shot needs two frames. Received: {seconds=}, {fps=}, {shots=}")
    if width % 2 or height % 2 or width < max(1, faces) * _LANE or height < 2 * _LANE:
        raise ValueError(f"width and height must be even and fit the faces. Received: {width=}, {height=}, {faces=}")
    key = (seed, index, 0xC1)
    rng = np.random.default_rng(key)
    pts = _times(rng, count, fps, variable)
    cuts = _cuts(rng, count, shots)
    people = rng.permutation(1000 + shots * faces)[: shots * faces].reshape(shots, faces)
    starts = (0, *cuts, count)
    planned = tuple(
        tuple(
            motion(
                rng, seed, int(person), (lane * width / faces, (lane + 1) * width / faces), height, (pts[a], pts[b - 1])
            )
            for lane, person in enumerate(people[shot])
        )
        for shot, (a, b) in enumerate(pairwise(starts))
    )
    truth = [
        truth_face(
            now.look, face_box(now.look, now.unit, now.centre), now.emotion, now.intensity, frame, float(pts[frame])
        )
        for shot, (a, b) in enumerate(pairwise(starts))
        for frame in range(a, b)
        for now in (one.at(pts[frame]) for one in planned[shot])
    ]
    return Clip(width, height, fps, pts, cuts, tuple(truth), key, planned)


def _times(rng: np.random.Generator, count: int, fps: float, variable: bool) -> tuple[int, ...]:
    """Presentation times in ms, rising, the first at 0."""
    shift = rng.uniform(-_JITTER / 2, _JITTER / 2, count) if variable else np.zeros(count)
    shift[0] = 0
    return tuple(int(value) for value in np.rint((np.arange(count) + shift) * 1000 / fps))


def _cuts(rng: np.random.Generator, count: int, shots: int) -> tuple[int, ...]:
    """First frames of the second and later shots; each shot has at least two frames."""
    mean = count / shots
    free = (1 - _SHORTEST) * mean
    ends = [round(mean * shot + rng.uniform(-free / 2, free / 2)) for shot in range(1, shots)]
    return tuple(int(np.clip(end, 2 * place, count - 2 * (shots - place))) for place, end in enumerate(ends, start=1))
