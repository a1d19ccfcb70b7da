"""What a model's evaluation looked like: the profile that the newest runs are held against."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tasks.bundle import Card
from tasks.evaluation import posterior
from tasks.evaluation.answers import Answers
from tasks.monitor.profile import NAME, Profile, parse
from tasks.monitor.quantities import QUANTITIES
from tasks.prior import Shares
from tasks.schema import EMOTIONS


def reference(answers: Answers, card: Card, split: str, shares: Shares | None = None) -> Profile:
    """The profile of what the model said of the images of a split, each alone, as scoring sees faces.

    Brightness and blur are left out where the model's faces have another light than those that scoring measures.
    Sizes, frames and files are not a data set's: there the first runs have to serve.

    Args:
        split: its name, which stands for the run's.
        shares: (7,) the prior; None: the model's own.
    """
    probabilities = posterior.of_images(answers, card, shares)
    counts = {
        "classes": np.bincount(probabilities.argmax(axis=1), minlength=len(EMOTIONS)),
        "confidence": QUANTITIES["confidence"].count(probabilities.max(axis=1)),
    }
    if answers.looks is not None and card.spec.lighting == "none":
        for at, measure in enumerate(("brightness", "blur")):
            counts[measure] = QUANTITIES[measure].count(answers.looks[:, at])
    total = len(answers.labels)
    return Profile(
        "evaluation", split, "", f"{card.architecture} {card.digest[:12]}", card.digest, faces=total, people=total,
        counts={key: tuple(row.tolist()) for key, row in counts.items()},
    )  # fmt: skip


def find(model: dict[str, Any], places: Iterable[Path]) -> tuple[Profile, Path] | None:
    """The profile of ``model`` in the first of ``places`` that has one, and the file.

    Args:
        model: as run.json describes it.

    Raises:
        OutputError: a file there is none of this version's.
    """
    for path in (place / NAME for place in places):
        if path.is_file():
            found = parse(path.read_bytes(), str(path))
            if found.digest == model["digest"]:
                return found, path
    return None
