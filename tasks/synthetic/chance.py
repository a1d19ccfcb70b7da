"""Draw looks at random: how people vary in pose, light, gaze and the way they make a face."""

from dataclasses import dataclass

import numpy as np

from tasks.synthetic.expression import PROTOTYPES, action_units, jittered
from tasks.synthetic.face import Look
from tasks.synthetic.head import Pose
from tasks.synthetic.identity import Identity
from tasks.synthetic.relief import Light


@dataclass(frozen=True, slots=True)
class Spread:
    """How much looks vary."""

    yaw: float = 15.0  # degrees; poses are uniform between minus and plus this
    pitch: float = 12.0
    roll: float = 9.0
    azimuth: float = 55.0  # of the lamp, degrees
    units: float = 0.15  # standard deviation of the factor on each action unit


def look(rng: np.random.Generator, who: Identity, emotion: str, intensity: float, spread: Spread) -> Look:
    """One look of ``who`` with ``emotion`` at ``intensity`` (0..1), varied by ``spread``."""
    units = action_units(emotion, intensity, int(rng.integers(len(PROTOTYPES[emotion]))))
    return Look(
        who=who,
        units=jittered(units, rng, spread.units),
        pose=Pose(
            float(rng.uniform(-spread.yaw, spread.yaw)),
            float(rng.uniform(-spread.pitch, spread.pitch)),
            float(rng.uniform(-spread.roll, spread.roll)),
        ),
        light=light(rng, spread.azimuth),
        gaze=(float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.5, 0.5))),
        asymmetry=float(np.clip(rng.normal(0, 0.08), -0.2, 0.2)),
    )


def light(rng: np.random.Generator, azimuth: float) -> Light:
    """A lamp within ``azimuth`` degrees of the viewer's direction."""
    return Light(
        azimuth=float(rng.uniform(-azimuth, azimuth)),
        elevation=float(rng.uniform(0, 50)),
        ambient=float(rng.uniform(0.45, 0.8)),
        gain=float(rng.uniform(0.85, 1.12)),
    )
