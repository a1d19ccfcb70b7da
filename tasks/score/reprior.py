"""Labels under another prior, from the tables alone: no network is asked again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks import prior
from tasks.errors import UsageError
from tasks.schema import EMOTIONS, FACES
from tasks.score import label
from tasks.score.abstain import Rule

READABLE: Final = "unsure"  # faces that got no label for another reason say nothing about the prior
Relabel = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Model:
    """What a run knows of the model that made its labels.

    Attributes:
        temperature: by which logits were divided when the prior was in them.
        quality: `quality.Fitted.told`; None: the model has none.
        detector: that found the faces.
    """

    temperature: float
    quality: dict[str, Any] | None
    detector: str


def told(name: str, shares: prior.Shares | None, found: prior.Estimate | None = None) -> dict[str, Any]:
    """The prior as it stands in run.json: `name`, `shares` (None: the model's own, unknown) and `interval`."""
    interval = None if found is None else (found.low, found.high)
    return prior.told(name, None if shares is None else prior.mapping(shares), interval)


def fixed(run: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The prior that an earlier run in the same folder had estimated, which later runs there keep; None: none."""
    found = (run or {}).get("prior") or {}
    return found if found.get("name") == "estimate" and found.get("interval") else None


def estimate(faces: Iterable[pa.Table], before: prior.Shares, temperature: float) -> prior.Estimate:
    """The prior under which ``faces``, rows of FACES that were labelled under ``before``, are most likely."""
    pieces = []
    for table in faces:
        because = table["abstained_because"]
        readable = table.filter(pc.or_kleene(pc.is_null(because), pc.fill_null(pc.equal(because, READABLE), False)))
        pieces.append(label.answers(readable)[:, : len(EMOTIONS)])
    return prior.estimate(np.concatenate([np.empty((0, len(EMOTIONS)), np.float32), *pieces]), before, temperature)


def changed(faces: pa.Table, before: prior.Shares, after: prior.Shares, model: Model, rule: Rule) -> pa.Table:
    """Rows of FACES as they are under the prior ``after``."""
    seen = label.qualities(faces, model.detector, model.quality)
    return label.labelled(faces, answers(faces, before, after, model), rule, seen).cast(FACES)


def answers(faces: pa.Table, before: prior.Shares, after: prior.Shares, model: Model) -> label.Probabilities:
    """(n, 7 + r) about rows of FACES, under the prior ``after``."""
    found = label.answers(faces)
    emotions = prior.applied(found[:, : len(EMOTIONS)], before, after, model.temperature)
    return np.concatenate([emotions, found[:, len(EMOTIONS) :]], axis=1)


def known(run: Mapping[str, Any], name: str) -> prior.Shares:
    """The shares that the run's labels are under.

    Args:
        name: of the run's folder, for the message.

    Raises:
        UsageError: its model didn't say its own, or an earlier version of Fermata wrote it.
    """
    shares = (run.get("prior") or {}).get("shares")
    if shares is None:
        raise UsageError(
            f"'{name}': its labels are under a prior that isn't known, so it can't be changed. "
            "Score or rescore it with a model that says its prior"
        )
    return prior.vector(shares)
