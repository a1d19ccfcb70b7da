"""A model card: what a model is, what it was judged on, where it is weak and what it must not be used for.

Source: Mitchell et al., Model Cards for Model Reporting, FAT* 2019, whose sections it has.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.bundle import Card

Metrics = Mapping[str, Any]

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
    yield "| figure | value | interval |"
    yield "|---|---|---|"
    for name, title in (("accuracy", "accuracy"), ("macro_f1", "macro F1"), ("ece", "calibration error (ECE)")):
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
