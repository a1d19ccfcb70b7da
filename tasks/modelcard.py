"""A model card: what a model is, what it was judged on, where it is weak and what it must not be used for.

Source: Mitchell et al., Model Cards for Model Reporting, FAT* 2019, whose sections it has.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tasks import quality
from tasks.bundle import Card

Metrics = Mapping[str, Any]

FIGURES: Final = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "macro_recall": "macro recall",
    "ece": "calibration error (ECE)",
}

USES = """\
## Intended use

Labelling the expression that a face shows in photographs and video frames, in bulk, for research, archives and studies
in which people look at what comes out. Faces are cut out and normalised by Fermata, exactly as in training.

Out of scope: deciding anything about a person, such as in hiring, schools, insurance, policing or at borders; saying
what somebody feels, means, or is like; health or truthfulness; watching people who don't know of it. In many places
some of these are against the law. An expression isn't an emotion, and a label isn't a measurement of one."""

LIMITS = """\
## Limits and ethical considerations

- People agree with each other, and with such labels, only to a degree; a good part of what counts as an error here is a
  matter of opinion. Neutral, sad and fear are confused most by people, too.
- No attribute of a person is known or guessed, so nothing is said here of groups of people. Bring a column that says
  who belongs to which group, and `fermata evaluate --group` judges them apart. Until then expect differences: data sets
  gathered from the web don't show all people alike.
- Faces that are turned away, covered, small or badly lit are harder than the figures above, which are of crops that an
  automatic detector had found.
- Confidence was calibrated on the split below. On other material it can mislead: look at a sample by eye."""


def markdown(card: Card, metrics: Metrics, notes: str = "") -> str:
    """The model card as Markdown.

    Args:
        card: of the bundle.
        metrics: of an evaluation of it, as metrics.json has them.
        notes: Markdown about the training data, its licence and the protocol.
    """
    blocks = [
        f"# Model card: {card.architecture}, {card.digest[:12]}",
        "\n".join(_details(card)),
        USES,
        "\n".join(["## Training data", "", notes.strip() or f"Source `{card.source}`; nothing more was noted."]),
        "\n".join(_results(metrics)),
        "\n".join(_per_class(metrics)),
        *("\n".join(_slice(name, rows)) for name, rows in metrics["slices"].items() if name != "class"),
        LIMITS,
    ]
    return "\n\n".join(blocks) + "\n"


def _details(card: Card) -> Iterator[str]:
    yield "## Model details"
    yield ""
    spec = card.spec
    face = f"{spec.size} x {spec.size} pixels, {'colour' if spec.colour else 'grey'}"
    light = "" if spec.lighting == "none" else f", light evened out ({spec.lighting})"
    yield f"- **Takes** a face of {face}{light}, {'not aligned' if spec.align == 'none' else 'aligned by landmarks'}."
    yield f"- **Answers** {', '.join(card.labels)}: a probability each (temperature {card.temperature:.3f})."
    if card.rejects:
        yield f"- **Rejects**: beside them how much a picture is {', '.join(card.rejects)}, each 0..1."
    learnt = "what several people voted for" if card.truth == "votes" else "the data set's own labels"
    yield f"- **Learnt** {learnt}."
    if card.prior is not None:
        yield f"- **Prior** that its answers are under: {_shares(card.prior)}. In use another takes its place."
    if card.quality is not None:
        yield f"- **Confidence** knows the picture's quality: {_quality(card.quality)}."
    yield f"- **Files**: `model.tflite` ({card.precision}; sha256 {card.digest}), `model.keras`, `model.json`."
    if any(card.offsets.values()):
        raised = ", ".join(f"{emotion} by {added:.2f}" for emotion, added in card.offsets.items() if added)
        yield f"- **Adjusted** after training: logits of {raised}, so that more of what is rare or hard is found."
    if card.parity_accuracy is not None:
        yield (
            f"- **Parity**: model.tflite is {card.parity_accuracy * 100:+.2f} points of accuracy from model.keras; "
            f"probabilities differ by at most {card.parity:.3f}."
        )
    if card.latency_ms is not None and card.faces_per_second is not None:
        yield (
            f"- **Speed** where it was exported, one thread: {card.latency_ms:.2f} ms for a face, "
            f"{card.faces_per_second:,.0f} faces per second in batches."
        )
    if card.teachers:
        yield f"- **Distilled** from {', '.join(card.teachers)}."
    made = ", ".join(f"{name} {version}" for name, version in card.trained_with.items())
    yield f"- **Trained** with {made}, at revision {card.git_revision or 'unknown'}."


def _quality(told: dict[str, Any]) -> str:
    fitted = quality.Fitted.parse(told)
    base = math.exp(fitted.temperature_base)
    by = [f"{name} {weight:+.3f}" for name, weight in zip(quality.NAMES, fitted.temperature_weights, strict=True)]
    return f"evidence is divided by a temperature of {base:.3f}, whose logarithm changes with {', '.join(by)}"


def _shares(found: Mapping[str, float]) -> str:
    return ", ".join(f"{emotion} {share:.3f}" for emotion, share in found.items())


def _judged(metrics: Metrics) -> Iterator[str]:
    """By which truth, and under which prior."""
    if "truth" not in metrics:
        return
    if metrics["truth"] == "votes":
        votes = metrics["votes"]
        left = ", ".join(f"{reason} {count:,}" for reason, count in votes["left_out"].items()) or "none"
        yield f"Truth: the majority of people's votes. {votes['protocol']} Left out here: {left}."
    else:
        yield "Truth: the data set's own labels."
    yield ""
    prior = metrics["prior"]
    shares = "shares that aren't known" if prior["shares"] is None else _shares(prior["shares"])
    yield f"Prior: {prior['name']} ({shares})."
    if prior["interval"]:
        ranges = ", ".join(f"{emotion} {_interval(bounds)}" for emotion, bounds in prior["interval"].items())
        yield f"Its intervals, 95%: {ranges}."
    yield ""


def _results(metrics: Metrics) -> Iterator[str]:
    views, gap = metrics["tta"], metrics["train_test_gap"]
    yield "## Results"
    yield ""
    failures = metrics["counts"]["failures"]
    yield (
        f"{metrics['images']:,} images of split `{metrics['split']}` (digest {metrics['data_digest'][:12]}), "
        f"{failures} that could not be judged; averaged over {views['views']} view(s) of each image. "
        f"Intervals are bootstrap, {metrics['confidence']:.0%}."
    )
    yield ""
    yield from _judged(metrics)
    yield "| figure | value | interval |"
    yield "|---|---|---|"
    for name, title in FIGURES.items():
        yield f"| {title} | {metrics[name]:.4f} | {_interval(metrics['intervals'].get(name))} |"
    yield f"| accuracy of the image alone | {views['accuracy_without']:.4f} | |"
    yield f"| gain by the views | {views['gain']:+.4f} | {_interval(views['gain_interval'])} |"
    crossed = metrics["calibration"]["cross_fitted"]
    if crossed is not None:
        yield f"| ECE, temperature of the other half | {crossed['ece']:.4f} | |"
    if gap["training_accuracy"] is not None:
        yield f"| accuracy on {gap['training_images']:,} training images | {gap['training_accuracy']:.4f} | |"
    for coverage, accuracy in metrics["abstention"]["accuracy_at"].items():
        yield f"| accuracy of the {float(coverage):.0%} it is surest of | {accuracy:.4f} | |"
    if metrics["robustness"]:
        for kind, mean in metrics["robustness"]["mean_by_kind"].items():
            yield f"| accuracy under {kind}, mean of 5 severities | {mean:.4f} | |"
    yield from _coverage(metrics.get("coverage"))
    yield from _votes(metrics.get("votes"))
    yield from _rejects(metrics.get("rejects"))


def _coverage(found: Metrics | None) -> Iterator[str]:
    if not found:
        return
    below = f"confidence of {found['abstain_below']:g}"
    yield f"| share that gets a label, from a {below} on | {found['labelled']:.4f} | |"
    if found["accuracy_labelled"] is not None:
        yield f"| accuracy of what gets a label | {found['accuracy_labelled']:.4f} | |"
    for row in found["by_size"] or ():
        shift = "" if row["variation"] is None else f"; shares of labels moved by {row['variation']:.3f}"
        yield f"| accuracy at {row['side']} pixels | {row['accuracy']:.4f}, ECE {row['ece']:.4f}{shift} | |"


def _votes(found: Metrics | None) -> Iterator[str]:
    if not found:
        return
    if found["accuracy"] is not None:
        for name, title in (("accuracy", "accuracy"), ("macro_recall", "macro recall")):
            bounds = _interval(found["intervals"].get(name))
            yield f"| {title} by the majority of votes, {found['images']:,} images | {found[name]:.4f} | {bounds} |"
    yield (
        f"| cross-entropy with the votes (of their mean shares {found['baseline_cross_entropy']:.4f}, least "
        f"{found['least_cross_entropy']:.4f}) | {found['cross_entropy']:.4f} | |"
    )
    yield (
        f"| agreement with one voter (of the best constant {found['agreement_of_best_constant']:.4f}, of the majority "
        f"{found['agreement_of_majority']:.4f}) | {found['agreement_with_one_voter']:.4f} | |"
    )
    word = found["word"]
    yield f"| accuracy by the data set's own label, {word['images']:,} images | {word['accuracy']:.4f} | |"


def _rejects(found: Metrics | None) -> Iterator[str]:
    if not found:
        return
    for name, mean in found["mean"].items():
        yield f"| mean of {name} over {found['images']:,} images | {mean:.4f} | |"
    if found["unreadable_roc_auc"] is not None:
        yield f"| unreadable, of what most voters name no emotion for: ROC AUC | {found['unreadable_roc_auc']:.4f} | |"


def _per_class(metrics: Metrics) -> Iterator[str]:
    yield "## Per class"
    yield ""
    yield "| class | images | precision | recall | interval | F1 |"
    yield "|---|---|---|---|---|---|"
    recalls = metrics["intervals"].get("recall", {})
    for name, row in metrics["per_class"].items():
        yield (
            f"| {name} | {row['support']:,} | {row['precision']:.3f} | {row['recall']:.3f} "
            f"| {_interval(recalls.get(name))} | {row['f1']:.3f} |"
        )
    yield ""
    yield f"Rows are the truth, columns the answer: {', '.join(metrics['labels'])}."
    yield ""
    for row in metrics["confusion"]:
        yield "    " + " ".join(f"{count:5d}" for count in row)


def _slice(name: str, rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"### By {name}"
    yield ""
    yield "| group | images | accuracy | interval |"
    yield "|---|---|---|---|"
    for row in rows:
        figures = "too few | |" if row.get("suppressed") else f"{row['accuracy']:.3f} | {_interval(row['interval'])} |"
        yield f"| {row['group']} | {row['count']:,} | {figures}"


def _interval(bounds: Any) -> str:
    return "" if not bounds else f"{bounds[0]:.3f} .. {bounds[1]:.3f}"
