"""Write one page that tells the whole chain: data, training, evaluation, promotion and scoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tasks.files import write_text
from tasks.report import charts, thumbs
from tasks.report.faces import KINDS
from tasks.report.page import render
from tasks.report.score import banners, data_path
from tasks.report.thumbs import data_uri
from tasks.report.view import score_view
from tasks.report.words import moment, number, share
from tasks.schema import EMOTIONS

NAV = (
    ("data", "Data"), ("training", "Training"), ("evaluation", "Evaluation"), ("promotion", "Promotion"),
    ("totals", "Scoring"), ("files", "Files"), ("faces", "Faces"), ("truth", "Truth"), ("limits", "Limits"),
)  # fmt: skip
SHEET = 12  # faces per emotion


@dataclass(frozen=True)
class Split:
    """Images of one split: ``counts`` (before, after) cleaning per emotion, in the order of EMOTIONS."""

    name: str
    counts: tuple[tuple[int, int], ...]

    @property
    def found(self) -> int:
        """Images before cleaning."""
        return sum(before for before, _ in self.counts)

    @property
    def kept(self) -> int:
        """Images after cleaning."""
        return sum(after for _, after in self.counts)


def write_demo_report(
    path: Path,
    *,
    manifest: dict[str, Any],
    history: list[dict[str, Any]],
    metrics: dict[str, Any],
    decision: dict[str, Any],
    score_folder: Path,
    sheet: dict[str, list[bytes]],
    truth: dict[str, Any] | None,
) -> Path:
    """Write one self-contained page about a whole chain.

    Args:
        path: the HTML file.
        manifest: of the prepared data: ``counts`` and ``found`` per split and emotion, ``rejects`` per reason.
        history: one row per epoch: ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``,
            ``learning_rate`` and ``seconds``.
        metrics: of the evaluation; ``confusion`` has the shape (7, 7), rows are the truth.
        decision: of the promotion, with its ``checks`` and ``reasons``.
        score_folder: a scored folder, see `write_score_report`.
        sheet: PNG bytes of prepared faces per emotion; 12 of each are shown.
        truth: what is known of a synthetic archive beside what was found in it; None of a real one.

    Returns:
        ``path``.

    Raises:
        OutputError: ``score_folder`` is not a scored folder, or a table in it cannot be read.
    """
    view = score_view(score_folder)
    page = render(
        "demo.html",
        {
            "title": "The whole chain",
            "eyebrow": "From faces to labels",
            "heading": "The whole chain, in one page",
            "nav": [item for item in NAV if truth is not None or item[0] != "truth"],
            "banners": banners(view),
            "footer": f"Data digest {manifest.get('digest', 'unknown')}. "
            f"{moment(view.run.finished or view.run.started)}",
            "s": view,
            "kinds": KINDS,
            "thumb_kinds": thumbs.KINDS,
            "data_path": data_path(score_folder, path),
            "emotions": EMOTIONS,
            "manifest": manifest,
            "splits": splits(manifest),
            "classes": _classes(manifest),
            "rejects": _rejects(manifest.get("rejects", {})),
            "sheet": [(e, [data_uri(png) for png in sheet[e][:SHEET]]) for e in EMOTIONS if sheet.get(e)],
            "history": history,
            "loss": _curves("Loss over epochs", history, "loss", None),
            "accuracy": _curves("Accuracy over epochs", history, "accuracy", 1.0),
            "metrics": metrics,
            "confusion": charts.heat_map("Confusion matrix", metrics["labels"], metrics["confusion"]),
            "decision": decision,
            "truth": truth,
        },
    )
    write_text(path, page)
    return path


def splits(manifest: Mapping[str, Any]) -> tuple[Split, ...]:
    """Counts before and after cleaning, per split in the manifest's order and emotion in the schema's."""
    found, kept = manifest["found"], manifest["counts"]
    names = [*found, *(name for name in kept if name not in found)]
    return tuple(
        Split(name, tuple((found.get(name, {}).get(e, 0), kept.get(name, {}).get(e, 0)) for e in EMOTIONS))
        for name in names
    )


def _classes(manifest: Mapping[str, Any]) -> Markup:
    """Kept images per emotion, over all splits."""
    counts = {e: sum(split.get(e, 0) for split in manifest["counts"].values()) for e in EMOTIONS}
    whole = sum(counts.values())
    parts = [charts.Part(e, n, f"{number(n)} · {share(n, whole)}", e) for e, n in counts.items()]
    return charts.bars("Faces kept per emotion", parts)


def _rejects(reasons: Mapping[str, int]) -> Markup:
    ordered = sorted(reasons.items(), key=lambda item: -item[1])
    return charts.bars("Images left out by reason", [charts.Part(name, n, number(n), name) for name, n in ordered])


def _curves(title: str, history: Sequence[Mapping[str, Any]], key: str, top: float | None) -> Markup:
    """Training and validation curves of one figure; an epoch without it is a gap."""
    curves = []
    for label, name in (("training", key), ("validation", f"val_{key}")):
        rows = [(row["epoch"], row[name]) for row in history if row.get(name) is not None]
        if rows:
            curves.append(charts.Line(label, label, tuple((float(x), float(y)) for x, y in rows)))
    return charts.lines(title, curves, top)
