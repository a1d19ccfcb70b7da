"""Figures of groups of images, by Fairlearn's MetricFrame: what was measured, and columns that the data set brings.

Bird et al., "Fairlearn: A toolkit for assessing and improving fairness in AI", 2020. Nothing about a person is ever
inferred: a group of people is judged apart only where the data set says itself who belongs to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks.evaluation.bootstrap import wilson
from tasks.params import Slices
from tasks.schema import EMOTIONS

SIDES: Final = (32, 48, 64, 128, 256)  # pixels of the original's shorter side at which a group begins
ANGLES: Final = (15, 30, 45)  # degrees away from the camera
QUARTERS: Final = 4
MOST: Final = 100  # groups of one slice that are shown

Labels = npt.NDArray[np.int64]
Row = dict[str, Any]


def slices(
    measures: Mapping[str, npt.NDArray[np.float32]],
    groups: Mapping[str, Sequence[str]],
    predicted: Labels,
    labels: Labels,
    params: Slices,
    confidence: float,
) -> dict[str, list[Row]]:
    """Slice by class, by each measure and by each column; see ``rows`` for what is said of a group.

    Args:
        measures: name -> (n,); `resolution` is cut at SIDES, `yaw` and `pitch` at ANGLES, others into quarters.
        groups: column -> n values; empty ones are called `(none)`.
        predicted: (n,).
        labels: (n,).
        confidence: of the intervals.
    """
    cut = {"class": [EMOTIONS[label] for label in labels.tolist()]}
    cut |= {name: bands(name, values) for name, values in measures.items()}
    cut |= {name: [value or "(none)" for value in values] for name, values in groups.items()}
    return {name: rows(values, predicted, labels, params.smallest, confidence) for name, values in cut.items()}


def rows(values: Sequence[str], predicted: Labels, labels: Labels, smallest: int, confidence: float) -> list[Row]:
    """group, count, accuracy with its Wilson interval, and macro F1 over the group's classes.

    A group of fewer than ``smallest`` images has its count alone, with `suppressed`: its figures would be noise, and
    could tell of single people. Beyond MOST groups the smaller ones are counted together.
    """
    from fairlearn.metrics import MetricFrame, count

    names, place, counts = np.unique(np.array(values, dtype=np.str_), return_inverse=True, return_counts=True)
    shown = (counts >= smallest)[place]
    figures: dict[str, Any] = {}
    if shown.any():
        frame = MetricFrame(
            metrics={"count": count, "accuracy": _accuracy, "macro_f1": _macro_f1},
            y_true=labels[shown],
            y_pred=predicted[shown],
            sensitive_features=place[shown],
        )
        figures = frame.by_group.to_dict("index")
    found = [_row(str(name), number, int(counts[number]), figures, confidence) for number, name in enumerate(names)]
    if len(found) <= MOST:
        return found
    largest = sorted(found, key=lambda row: -row["count"])
    rest = largest[MOST:]
    more = {"group": f"({len(rest)} more)", "count": sum(row["count"] for row in rest), "suppressed": True}
    return [*largest[:MOST], more]


def bands(name: str, values: npt.NDArray[np.float32]) -> list[str]:
    """The band of each of (n,) values, named by its bounds; `unknown` where the value is none."""
    known = values[np.isfinite(values)].astype(np.float64)
    if name == "resolution":
        edges = np.array(SIDES, np.float64)
    elif name in ("yaw", "pitch"):
        values, edges = np.abs(values), np.array(ANGLES, np.float64)
    else:
        shares = np.arange(1, QUARTERS) / QUARTERS
        edges = np.unique(np.round(np.quantile(known, shares), 2)) if len(known) else np.zeros(0)
    texts = [f"{edge:g}" for edge in edges]
    names = [
        "all" if not texts else f"1: under {texts[0]}" if not at else f"{at + 1}: from {texts[at - 1]}"
        for at in range(len(texts) + 1)
    ]
    places = np.searchsorted(edges, values, side="right")
    return [names[at] if ok else "unknown" for at, ok in zip(places.tolist(), np.isfinite(values), strict=True)]


def _row(name: str, number: int, count: int, figures: Mapping[Any, Any], confidence: float) -> Row:
    known = figures.get(number)
    if known is None:
        return {"group": name, "count": count, "suppressed": True}
    accuracy = float(known["accuracy"])
    return {
        "group": name,
        "count": count,
        "accuracy": accuracy,
        "interval": wilson(round(accuracy * count), count, confidence),
        "macro_f1": float(known["macro_f1"]),
    }


def _accuracy(labels: Any, predicted: Any) -> float:
    return float(np.mean(np.asarray(labels) == np.asarray(predicted)))


def _macro_f1(labels: Any, predicted: Any) -> float:
    from sklearn.metrics import f1_score

    present = np.unique(labels)
    return float(f1_score(labels, predicted, labels=present, average="macro", zero_division=0.0))
