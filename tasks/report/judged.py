"""How the model of a run was judged: against which truth, and how accuracy falls as more faces get a label."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from tasks.files import read_json
from tasks.report import charts
from tasks.report.words import number, plural, share

METRICS: Final = "metrics.json"  # beside a bundle, as `fermata evaluate` writes it
TRUTHS: Final = {"votes": "what most of the people who looked at them saw", "labels": "the data set's own labels"}
SIDES: Final = 6  # curves by size, at most


@dataclass(frozen=True)
class Judged:
    """What is known of the model's evaluation.

    Attributes:
        truth: what counted as right, in words.
        said: the figures in sentences.
        chart: accuracy against coverage; None where metrics.json is not at hand.
        legend: kind and name of each of its curves, where there are several.
    """

    truth: str
    said: tuple[str, ...]
    chart: Markup | None
    legend: tuple[tuple[str, str], ...] = ()


def judged(model: Mapping[str, Any], below: float) -> Judged:
    """Gather it.

    Args:
        model: as run.json describes it; its `uri` may be a folder with metrics.json in it.
        below: confidence under which the run withholds a label.
    """
    found = beside(model)
    name = str((found or {}).get("truth") or model.get("truth") or "")
    truth = TRUTHS.get(name, name or "unknown: the model doesn't say it")
    if found is not None:
        try:
            return _told(found, truth, below)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            pass  # written by another version: the report can do without
    return Judged(truth, (), None)


def beside(model: Mapping[str, Any]) -> dict[str, Any] | None:
    """metrics.json of ``model`` where its bundle is a folder of this machine; None: not there, or another model's."""
    uri = str(model.get("uri") or "")
    path = Path(uri) / METRICS
    try:
        found = read_json(path) if uri and path.is_file() else None
    except (OSError, json.JSONDecodeError, UnicodeDecodeError, ValueError):
        return None
    same = isinstance(found, dict) and found.get("model_digest") == model.get("digest") is not None
    return found if same else None


def _told(found: Mapping[str, Any], truth: str, below: float) -> Judged:
    low, high = found["intervals"]["accuracy"]
    prior = (found.get("prior") or {}).get("name")
    views = found["tta"]["views"]
    said = [
        f"With every face labelled it is right about {share(found['accuracy'], 1)} of "
        f"{plural(found['images'], 'image')} of the split {found['split']} "
        f"({share(found['confidence'], 1, 0)} interval: {share(low, 1)} to {share(high, 1)})"
        f"{f', under the prior {prior}' if prior else ''}.",
        _at(found, below),
    ]
    if views > 1:
        alone = share(found["tta"]["accuracy_without"], 1)
        said.append(
            f"These are means over {views} views of each image; looked at once, as in this run, {alone} are right."
        )
    if left := found["counts"].get("left_out"):
        said.append(f"{number(left)} others were left out: people don't agree on them, or see none of the emotions.")
    curves = _curves(found)
    chart = charts.lines("Accuracy against coverage", curves, top=1.0, along="percent labelled")
    legend = tuple((curve.kind, curve.label) for curve in curves) if len(curves) > 1 else ()
    return Judged(truth, tuple(one for one in said if one), chart, legend)


def _at(found: Mapping[str, Any], below: float) -> str:
    """What withholding labels under the run's confidence does there."""
    kept = found.get("coverage") or {}
    if kept.get("abstain_below") == below and kept.get("accuracy_labelled") is not None:
        coverage, accuracy = kept["labelled"], kept["accuracy_labelled"]
    else:
        known = [point for point in found["abstention"]["curve"] if point["threshold"] >= below]
        if not known:
            return ""
        coverage, accuracy = known[-1]["coverage"], 1 - known[-1]["risk"]
    return (
        f"Where labels under a confidence of {below:g} are withheld, as in this run, about {share(coverage, 1, 0)} of "
        f"those images get one, and {share(accuracy, 1)} of these are right."
    )


def _curves(found: Mapping[str, Any]) -> list[charts.Line]:
    """One curve of all images, or one for each size to which they were reduced."""
    rows = ((found.get("coverage") or {}).get("by_size") or [])[:SIDES]
    if not rows:
        return [charts.Line("all images", "all", _points(found["abstention"]["curve"]))]
    return [
        charts.Line(f"{row['side']:g} pixels", f"side-{at}", _points(row["abstention"]["curve"]))
        for at, row in enumerate(rows)
    ]


def _points(curve: list[dict[str, Any]]) -> tuple[tuple[float, float], ...]:
    """Every fourth of them, so that the last one is all faces."""
    return tuple((100 * float(point["coverage"]), 1 - float(point["risk"])) for point in curve[::-4][::-1])
