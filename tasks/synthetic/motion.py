"""How one person moves through one shot: place, size, pose and emotion as functions of time."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasks.schema import EMOTIONS
from tasks.synthetic.chance import light
from tasks.synthetic.expression import action_units
from tasks.synthetic.face import Look, face_box
from tasks.synthetic.head import Pose
from tasks.synthetic.identity import Identity, identity
from tasks.synthetic.relief import Light

_SIZES: Final = (60.0, 190.0)  # pixels, height of a face's box
_ROOM: Final = 1.5  # width of a lane per height of the largest face: no shoulder may reach a neighbour's face
_RAMP: Final = 0.12  # share of a shot in which an emotion rises or falls
_SWING: Final = (9.0, 6.0, 5.0)  # degrees of yaw, pitch and roll, to either side
_UNIT_BOX: Final = (1.45, 1.80)  # largest width and height of a box in head units, over poses, people and jaws


@dataclass(frozen=True, slots=True)
class Moment:
    """One person at one time."""

    look: Look
    unit: float  # pixels per head unit
    centre: tuple[float, float]  # pixels, middle of the head
    emotion: str
    intensity: float


@dataclass(frozen=True, slots=True)
class Motion:
    """One person in one shot; ``at`` tells where and how they are."""

    who: Identity
    light: Light
    start_ms: int
    end_ms: int
    emotions: tuple[str, str]  # first and second half of the shot
    peaks: tuple[float, float]
    variants: tuple[int, int]
    unit: float
    middle: tuple[float, float]
    reach: tuple[float, float]  # pixels to either side
    phases: tuple[float, ...]  # radians: across, down, size, yaw, pitch, roll

    def at(self, pts_ms: float) -> Moment:
        """Where and how the person is at ``pts_ms``."""
        share = float(np.clip((pts_ms - self.start_ms) / max(1, self.end_ms - self.start_ms), 0, 1))
        seconds = (pts_ms - self.start_ms) / 1000
        across, down, size, *turns = (float(np.sin(phase + 0.9 * seconds)) for phase in self.phases)
        half = int(share >= 0.5)
        inside = 2 * share - half
        intensity = self.peaks[half] * float(np.clip(min(inside, 1 - inside) / (2 * _RAMP), 0, 1))
        yaw, pitch, roll = (swing * turn for swing, turn in zip(_SWING, turns, strict=True))
        look = Look(
            who=self.who,
            units=action_units(self.emotions[half], intensity, self.variants[half]),
            pose=Pose(yaw, pitch, roll),
            light=self.light,
        )
        unit = self.unit * (1 + 0.05 * size)
        box = face_box(look, unit, (0.0, 0.0))
        # The box's middle, not the head's, follows the path, so that the face stays in its lane.
        x = self.middle[0] + self.reach[0] * across - box.x - box.w / 2
        y = self.middle[1] + self.reach[1] * down - box.y - box.h / 2
        return Moment(look, unit, (x, y), self.emotions[half], intensity)


def motion(
    rng: np.random.Generator, seed: int, person: int, lane: tuple[float, float], height: int, span: tuple[int, int]
) -> Motion:
    """Draw how ``person`` moves.

    Args:
        rng: source of all randomness but the person's.
        seed: population of the person.
        person: number of the person.
        lane: left and right end of the strip that the face stays in, pixels.
        height: of the picture, pixels.
        span: first and last time of the shot, ms.
    """
    width = lane[1] - lane[0]
    largest = min(_SIZES[1], 0.5 * height, width / _ROOM)
    size = float(rng.uniform(min(largest, max(_SIZES[0], 0.6 * largest)), largest))
    unit = size / _UNIT_BOX[1] / 1.05
    spare_x = max(0.0, width - 1.4 * size)
    spare_y = max(0.0, height - 1.7 * size)
    first, second = rng.choice(EMOTIONS, 2, replace=False)
    peaks = rng.uniform(0.8, 1.0, 2)
    variants = rng.integers(0, 3, 2)
    return Motion(
        who=identity(seed, person),
        light=light(rng, 40.0),
        start_ms=span[0],
        end_ms=span[1],
        emotions=(str(first), str(second)),
        peaks=(float(peaks[0]), float(peaks[1])),
        variants=(int(variants[0]), int(variants[1])),
        unit=unit,
        middle=((lane[0] + lane[1]) / 2, height / 2 - 0.1 * size),
        reach=(0.5 * spare_x * float(rng.uniform(0.3, 0.9)), 0.5 * spare_y * float(rng.uniform(0.2, 0.7))),
        phases=tuple(float(value) for value in rng.uniform(0, 2 * np.pi, 6)),
    )
