"""Who a drawn face is: everything about it that no expression, pose or light changes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

Colour = tuple[float, float, float]  # blue, green, red, 0..255

# Six tones after Fitzpatrick's scale (1988), lightest first; identities lie between neighbours.
_SKIN: Final = (
    (186.0, 206.0, 240.0), (156.0, 184.0, 226.0), (128.0, 162.0, 210.0),
    (98.0, 132.0, 186.0), (72.0, 104.0, 156.0), (54.0, 78.0, 122.0),
)  # fmt: skip
_HAIR: Final = (
    (24.0, 26.0, 30.0), (34.0, 48.0, 72.0), (52.0, 78.0, 118.0), (96.0, 150.0, 196.0),
    (40.0, 70.0, 150.0), (172.0, 174.0, 176.0),
)  # fmt: skip
_IRIS: Final = ((30.0, 48.0, 78.0), (40.0, 60.0, 100.0), (120.0, 96.0, 70.0), (70.0, 100.0, 84.0))
HAIR_STYLES: Final = ("bald", "short", "fringe", "long")


@dataclass(frozen=True, slots=True)
class Identity:
    """One person. Lengths are in head units: 1 is half the height of the skull, crown to chin."""

    number: int
    width: float  # half the width of the head
    jaw: float  # how much wider than an ellipse the jaw is
    skin: Colour
    hair: Colour
    hair_style: str
    hairline: float  # height of the hairline, negative is up
    iris: Colour
    eye_spacing: float  # from the middle to a pupil
    eye_width: float  # half an eye
    eye_open: float  # half the resting aperture
    brow_height: float  # above the eyes
    brow_thickness: float
    brow_arch: float
    nose_length: float
    nose_width: float
    mouth_width: float  # half of it
    mouth_height: float  # below the eyes
    lip: float  # thickness of the lower lip
    beard: float  # 0 none .. 1 dense
    glasses: bool
    clothes: Colour


@lru_cache(maxsize=4096)
def identity(seed: int, number: int) -> Identity:
    """Draw person ``number`` of the population ``seed``; the same arguments give the same person.

    Args:
        seed: at least 0.
        number: at least 0.

    Raises:
        ValueError: a negative argument.
    """
    if seed < 0 or number < 0:
        raise ValueError(f"seed and number must be at least 0. Received: seed={seed}, number={number}")
    rng = np.random.default_rng((seed, number, 0x1D))
    tone = float(rng.uniform(0, len(_SKIN) - 1))
    skin = _mix(_SKIN[int(tone)], _SKIN[int(tone) + 1], tone % 1)
    # Fair hair on dark skin is rare, and low contrast between brows and skin would hide half of the expression.
    hair = _HAIR[int(rng.integers(len(_HAIR) if tone < 2 else 2))]
    return Identity(
        number=number,
        width=float(rng.uniform(0.70, 0.80)),
        jaw=float(rng.uniform(-0.02, 0.26)),
        skin=skin,
        hair=_mix(hair, _HAIR[0], float(rng.uniform(0, 0.3))),
        hair_style=str(rng.choice(HAIR_STYLES, p=(0.1, 0.4, 0.25, 0.25))),
        hairline=float(rng.uniform(-0.68, -0.54)),
        iris=_IRIS[int(rng.integers(len(_IRIS) if tone < 3 else 2))],
        eye_spacing=float(rng.uniform(0.28, 0.325)),
        eye_width=float(rng.uniform(0.128, 0.158)),
        eye_open=float(rng.uniform(0.052, 0.068)),
        brow_height=float(rng.uniform(0.185, 0.235)),
        brow_thickness=float(rng.uniform(0.026, 0.05)),
        brow_arch=float(rng.uniform(0.01, 0.05)),
        nose_length=float(rng.uniform(0.32, 0.40)),
        nose_width=float(rng.uniform(0.10, 0.15)),
        mouth_width=float(rng.uniform(0.23, 0.29)),
        mouth_height=float(rng.uniform(0.56, 0.61)),
        lip=float(rng.uniform(0.05, 0.085)),
        beard=float(rng.uniform(0.2, 0.8)) if rng.random() < 0.2 else 0.0,
        glasses=bool(rng.random() < 0.08),
        clothes=(float(rng.uniform(30, 210)), float(rng.uniform(30, 210)), float(rng.uniform(30, 210))),
    )


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` with ``share`` (0..1) of ``second``."""
    blue, green, red = (one + (two - one) * share for one, two in zip(first, second, strict=True))
    return blue, green, red
