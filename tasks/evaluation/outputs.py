"""The files that an evaluation leaves."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tasks import evaluate, files
from tasks.evaluation import charts
from tasks.evaluation.doubts import doubts
from tasks.evaluation.gallery import gallery
from tasks.evaluation.mistakes import Mistake
from tasks.evaluation.verdict import Verdict
from tasks.monitor import profile
from tasks.monitor.reference import reference
from tasks.schema import EMOTIONS

OPTIONAL: Final = (
    "robustness.png",
    "sizes.png",
    "mistakes.png",
)  # an older run's are taken away where this one has none


def write(
    folder: Path,
    metrics: dict[str, Any],
    verdict: Verdict,
    mistakes: Sequence[Mistake] = (),
    faces: Mapping[str, npt.NDArray[np.uint8]] | None = None,
) -> None:
    """Write metrics.json and the tables and pictures that stand in ``tasks.evaluation`` to ``folder``.

    Args:
        mistakes: the most confident ones.
        faces: key -> picture of each of them; None: no gallery.
    """
    answers, labels, probabilities = verdict.answers, verdict.answers.labels, verdict.probabilities
    for name in OPTIONAL:
        (folder / name).unlink(missing_ok=True)
    evaluate.write(folder, metrics, answers.keys, labels, probabilities)
    files.write_text(
        folder / profile.NAME,
        profile.text(reference(verdict.everything, verdict.card, metrics["split"], verdict.prior.shares)),
    )
    figures = {
        "roc": charts.roc(probabilities, labels, metrics),
        "precision-recall": charts.precision_recall(probabilities, labels, metrics),
        "reliability": charts.reliability(metrics),
        "risk-coverage": charts.risk_coverage(metrics),
    }
    if metrics["robustness"]:
        figures["robustness"] = charts.robustness(metrics)
    if metrics["coverage"]["by_size"]:
        figures["sizes"] = charts.sizes(metrics)
    if mistakes and faces is not None:
        figures["mistakes"] = gallery(mistakes, faces)
    for name, figure in figures.items():
        with files.replacing(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, format="png", dpi=110)
    _table(
        folder / "mistakes.csv",
        ("key", "actual", "predicted", "confidence"),
        ((one.key, EMOTIONS[one.actual], EMOTIONS[one.predicted], round(one.confidence, 4)) for one in mistakes),
    )
    _table(
        folder / "label-errors.csv",
        ("key", "given", "suggested", "confidence", "margin"),
        (
            (answers.keys[one.at], EMOTIONS[one.given], EMOTIONS[one.suggested], *_rounded(one.confidence, one.margin))
            for one in doubts(probabilities, labels)
        ),
    )
    _table(
        folder / "failures.csv",
        ("key", "label", "reason", "detail"),
        ((one.key, EMOTIONS[one.label] if one.label >= 0 else "", *one[2:]) for one in answers.failures),
    )


def _rounded(*values: float) -> list[float]:
    return [round(value, 4) for value in values]


def _table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import pandas as pd

    with files.replacing(path) as temporary:
        pd.DataFrame(list(rows), columns=list(header)).to_csv(temporary, index=False)
