"""How many faces got a label, why the others have none, and how labels change with the size of a face."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from tasks.report import charts
from tasks.report.run import Run
from tasks.report.sizes import BANDS, Sizes
from tasks.report.words import named, number, share
from tasks.schema import ABSTENTIONS, EMOTIONS

SMALL, LARGE = 4, 5  # bands before the first are under 32 pixels, those from the second on 48 pixels and more
LEAST = 30  # labels on either side, of fewer their shares aren't compared
APART = 0.1  # difference of two shares that is told


@dataclass(frozen=True)
class Reason:
    """``faces`` without a label for one of `schema.ABSTENTIONS`."""

    kind: str
    faces: int


@dataclass(frozen=True)
class Band:
    """Faces of one size in pixels: how many of them have a label, and which."""

    name: str
    faces: int
    labelled: str
    labelled_bar: Markup
    most: str
    shares: Markup
    quality: str


@dataclass(frozen=True)
class Labels:
    """What the section about labels shows.

    Attributes:
        labelled: faces with a label.
        reasons: why the others have none; those that occur.
        bar: both.
        rules: what each reason means in this run: names, and what holds.
        bands: from the smallest faces to the largest.
        caution: what a reader of the shares has to know of small faces; nothing, mostly.
    """

    labelled: int
    reasons: tuple[Reason, ...]
    bar: Markup
    rules: tuple[tuple[tuple[str, ...], str], ...]
    bands: tuple[Band, ...]
    caution: str


def labels(run: Run, faces: int, reasons: Mapping[str, int], sizes: Sizes) -> Labels:
    """Gather it.

    Args:
        faces: all of them.
        reasons: faces without a label by reason.
        sizes: all faces by size and kind: the emotions, then those without a label.
    """
    labelled = faces - int(sizes.kinds[:, -1].sum())
    there = tuple(Reason(reason, reasons[reason]) for reason in ABSTENTIONS if reasons.get(reason))
    parts = [("with a label", labelled, "labelled"), *((named(one.kind), one.faces, one.kind) for one in there)]
    return Labels(
        labelled,
        there,
        charts.proportions("Faces with and without a label", [_part(*part, faces) for part in parts]),
        tuple(rules(run)),
        tuple(_band(*row) for row in zip(BANDS, sizes.kinds, sizes.quality, sizes.known, strict=True)),
        caution(sizes.kinds),
    )


def rules(run: Run) -> Iterator[tuple[tuple[str, ...], str]]:
    """When a label is withheld in ``run``: reasons, and what holds then."""
    limits = {name: value for name, value in run.abstain.items() if isinstance(value, int | float)}
    rejects = run.model.get("rejects") or ()
    unsure = f"the confidence of the most probable emotion is under {run.abstain_below:g}"
    if rejects and limits.get("unreadable", 1) < 1:
        unsure += f", or more than {share(limits['unreadable'], 1, 0)} of people would name none of the emotions"
    if rejects and limits.get("not_a_face", 1) < 1:
        yield ("not_a_face",), f"the model's score for that is over {limits['not_a_face']:g}"
    if run.model.get("quality") and limits.get("quality", 0) > 0:
        yield (
            ("too_small", "blurred", "turned"),
            f"of labels of such pictures fewer than {share(limits['quality'], 1, 0)} are right. "
            "What is worst about the picture is the reason",
        )
    if rejects and limits.get("covered", 1) < 1:
        yield ("covered",), f"mouth or eyes are hidden: the model's score for that is over {limits['covered']:g}"
    yield ("unsure",), unsure


def caution(kinds: NDArray[np.int64]) -> str:
    """What small faces do to the shares of labels, where there are enough to say it.

    Args:
        kinds: faces by band and kind, shape (7, 8).
    """
    said = []
    whole, small = int(kinds.sum()), int(kinds[:SMALL].sum())
    if 2 * small >= whole > 0:
        said.append(f"{share(small, whole)} of the faces are under 32 pixels.")
    few, many = kinds[:SMALL, :-1].sum(axis=0), kinds[LARGE:, :-1].sum(axis=0)
    if min(few.sum(), many.sum()) >= LEAST:
        before, after = few / few.sum(), many / many.sum()
        most = int((before - after).argmax())
        if before[most] - after[most] >= APART:
            said.append(
                f"Of the labels of faces under 32 pixels {share(before[most], 1)} are {EMOTIONS[most]}, of those from "
                f"48 pixels on {share(after[most], 1)}. Either other people are in them, or their size changes their "
                "labels: compare faces of like size."
            )
    return " ".join(said)


def _band(name: str, kinds: NDArray[np.int64], quality: float, known: int) -> Band:
    faces, counts = int(kinds.sum()), kinds[:-1].tolist()
    labelled = sum(counts)
    most = int(np.argmax(counts))
    said = f"{EMOTIONS[most]} {share(counts[most], labelled)}" if labelled else ""
    both = [_part("with a label", labelled, "labelled", faces), _part("without", faces - labelled, "unsure", faces)]
    shown = [_part(emotion, n, emotion, labelled) for emotion, n in zip(EMOTIONS, counts, strict=True) if n]
    return Band(
        name,
        faces,
        share(labelled, faces),
        charts.proportions(f"Faces of {name} pixels with a label", both),
        said,
        charts.proportions(f"Labels of faces of {name} pixels", shown),
        f"{quality / known:.2f}" if known else "",
    )


def _part(label: str, count: int, kind: str, whole: int) -> charts.Part:
    return charts.Part(label, count, f"{share(count, whole)} · {number(count)}", kind)
