"""What a drawn face does: facial action units, and the combinations that stand for emotions."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from tasks.schema import EMOTIONS


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """Strengths 0..1 of the action units of the Facial Action Coding System that the drawing knows."""

    au1: float = 0.0  # inner brow raiser
    au2: float = 0.0  # outer brow raiser
    au4: float = 0.0  # brow lowerer
    au5: float = 0.0  # upper lid raiser
    au6: float = 0.0  # cheek raiser
    au7: float = 0.0  # lid tightener
    au9: float = 0.0  # nose wrinkler
    au10: float = 0.0  # upper lip raiser
    au12: float = 0.0  # lip corner puller
    au15: float = 0.0  # lip corner depressor
    au17: float = 0.0  # chin raiser
    au20: float = 0.0  # lip stretcher
    au23: float = 0.0  # lip tightener
    au25: float = 0.0  # lips part
    au26: float = 0.0  # jaw drop


NAMES: Final = tuple(field.name for field in fields(ActionUnits))

# Ekman, Friesen, Hager: Facial Action Coding System, Investigator's Guide (2002), table 10-1: prototypes and
# major variants, limited to the units above. The first of each is the prototype.
PROTOTYPES: Final[Mapping[str, tuple[ActionUnits, ...]]] = MappingProxyType(
    {
        "angry": (
            ActionUnits(au4=1, au5=0.5, au7=0.8, au23=1),
            ActionUnits(au4=1, au7=1, au17=0.5, au23=0.9),
            ActionUnits(au4=1, au5=0.6, au7=0.7, au10=0.4, au23=0.6, au25=0.6),
        ),
        "disgust": (
            ActionUnits(au9=1, au15=0.5, au17=0.6),
            ActionUnits(au9=1, au10=0.9, au25=0.5),
            ActionUnits(au9=0.9, au10=0.8, au17=0.7),
        ),
        "fear": (
            ActionUnits(au1=1, au2=0.6, au4=0.6, au5=0.9, au20=0.9, au25=0.7),
            ActionUnits(au1=1, au2=0.5, au4=0.5, au5=1, au20=0.8, au25=0.5, au26=0.35),
        ),
        "happy": (
            ActionUnits(au6=0.8, au12=1),
            ActionUnits(au6=1, au12=1, au25=0.8),
            ActionUnits(au6=0.9, au12=1, au25=0.9, au26=0.3),
        ),
        "neutral": (ActionUnits(),),
        "sad": (
            ActionUnits(au1=1, au4=0.6, au15=0.9),
            ActionUnits(au1=1, au4=0.5, au15=1, au17=0.7),
            ActionUnits(au1=0.9, au4=0.4, au7=0.3, au15=1),
        ),
        "surprise": (
            ActionUnits(au1=1, au2=1, au5=0.8, au25=0.3, au26=1),
            ActionUnits(au1=0.9, au2=1, au5=0.6, au25=0.3, au26=0.7),
        ),
    }
)  # fmt: skip


def action_units(emotion: str, intensity: float, variant: int = 0) -> ActionUnits:
    """Action units of ``emotion`` at ``intensity``: 0 is a face at rest, 1 the full prototype.

    Args:
        emotion: one of ``tasks.schema.EMOTIONS``.
        intensity: 0..1, multiplied with each unit.
        variant: which published combination, modulo their number; 0 is the prototype.

    Raises:
        ValueError: an unknown emotion, or an intensity outside 0..1.
    """
    if emotion not in PROTOTYPES:
        raise ValueError(f"emotion must be one of {', '.join(EMOTIONS)}. Received: emotion={emotion!r}")
    if not 0 <= intensity <= 1:
        raise ValueError(f"intensity must lie in 0..1. Received: intensity={intensity}")
    prototype = PROTOTYPES[emotion][variant % len(PROTOTYPES[emotion])]
    return ActionUnits(*(getattr(prototype, name) * intensity for name in NAMES))


def jittered(units: ActionUnits, rng: np.random.Generator, spread: float) -> ActionUnits:
    """Vary each active unit by a factor and let resting ones stir, as no two faces make the same face.

    Args:
        units: what to start from.
        rng: drawn from once per unit.
        spread: standard deviation of the factor; resting units move by about a quarter of it.
    """
    values = np.array([getattr(units, name) for name in NAMES])
    factor = 1 + spread * rng.standard_normal(values.size)
    stir = np.abs(rng.standard_normal(values.size)) * spread / 4
    return ActionUnits(*np.clip(np.where(values > 0, values * factor, stir), 0, 1).tolist())


def side(units: ActionUnits, factor: float) -> ActionUnits:
    """The units of one half of an asymmetric face: all strengths times ``factor``, at most 1."""
    return replace(units, **{name: min(1.0, getattr(units, name) * factor) for name in NAMES})
