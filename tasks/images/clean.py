"""What makes a face useless for training: one small rule per flaw, over whole batches, with its reason and words."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.images.measure import Measures
from tasks.params import Clean
from tasks.schema import REASONS

Mask = npt.NDArray[np.bool_]


class Rule(NamedTuple):
    """One flaw.

    Attributes:
        found: (n,) which faces have it.
        worded: what was measured and what is tolerated, for one face's mean, std, two_tone and sharpness.
    """

    found: Callable[[Measures, Clean], Mask]
    worded: Callable[[Measures, Clean], str]


class Flaws(NamedTuple):
    """The first flaw of each face.

    Attributes:
        reasons: (n,) position in ``schema.REASONS``, or -1.
        details: row -> what was measured, for the rows with a reason.
    """

    reasons: npt.NDArray[np.int8]
    details: dict[int, str]


def flaws(measures: Measures, clean: Clean) -> Flaws:
    """Ask all RULES in their order; where several hold, the first is the reason."""
    reasons = np.full(len(measures.mean), -1, np.int8)
    details: dict[int, str] = {}
    for reason, rule in RULES.items():
        rows = np.flatnonzero(rule.found(measures, clean) & (reasons < 0))
        reasons[rows] = REASONS.index(reason)
        details |= {row: rule.worded(Measures(*(one[row] for one in measures)), clean) for row in rows.tolist()}
    return Flaws(reasons, details)


def wrong_size(width: int, height: int, clean: Clean) -> str | None:
    """What is wrong with an original of ``width`` x ``height`` pixels, or None: enlarged, it would show nothing."""
    if min(width, height) < clean.min_side:
        return f"{width} x {height} pixels: the shorter side is under {clean.min_side}"
    return None


def blank(measures: Measures, clean: Clean) -> Mask:
    """A picture without content."""
    return measures.std < clean.blank_std


def two_tone(measures: Measures, clean: Clean) -> Mask:
    """A thresholded photograph, a line drawing or a notice: no skin, no light."""
    return (measures.two_tone >= clean.two_tone) & (clean.two_tone < 1)


def too_dark(measures: Measures, clean: Clean) -> Mask:
    """Nearly black: the levels that are left show no face."""
    return measures.mean < clean.dark


def too_bright(measures: Measures, clean: Clean) -> Mask:
    """Nearly white: washed out, or a faint sign on an empty page."""
    return measures.mean > clean.bright


def blurred(measures: Measures, clean: Clean) -> Mask:
    """Out of focus, moved, or enlarged from a few pixels."""
    return measures.sharpness < clean.sharpness


# In the order of REASONS.
RULES: Final = {
    "blank": Rule(
        blank, lambda one, clean: f"standard deviation {one.std:.4g} is under {clean.blank_std:g} grey levels"
    ),
    "two_tone": Rule(
        two_tone,
        lambda one, clean: f"{one.two_tone:.4g} of the pixels are of two tones, the limit is {clean.two_tone:g}",
    ),
    "too_dark": Rule(too_dark, lambda one, clean: f"mean grey level {one.mean:.4g} is under {clean.dark:g}"),
    "too_bright": Rule(too_bright, lambda one, clean: f"mean grey level {one.mean:.4g} is over {clean.bright:g}"),
    "blurred": Rule(blurred, lambda one, clean: f"sharpness {one.sharpness:.4g} is under {clean.sharpness:g}"),
}
