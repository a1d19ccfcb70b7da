"""fermata models card."""

import click


@click.command(
    epilog="""\b
Examples:
  fermata models card
  fermata models card --model models/reference --metrics models/reference/metrics.json --notes models/reference.md
"""
)
@click.option("--model", metavar="DIR", default="out/model", show_default=True, help="A bundle.")
@click.option(
    "--metrics",
    metavar="FILE",
    default="out/evaluation/metrics.json",
    show_default=True,
    help="What `fermata evaluate` found of this very model.",
)
@click.option("--notes", metavar="FILE", help="Markdown about the training data, its licence and the protocol.")
@click.option("--out", metavar="FILE", help="Default: MODEL_CARD.md beside the model.")
def command(model: str, metrics: str, notes: str | None, out: str | None) -> None:
    """Write a model card: what a model is, what it reached, where it is weak, what it is not for."""
    from pathlib import Path

    from tasks import bundle, files, modelcard
    from tasks.errors import UsageError

    folder = bundle.locate(model)
    card = bundle.read_card(folder)
    try:
        found = files.read_json(Path(metrics))
        said = Path(notes).read_text(encoding="utf-8") if notes else ""
    except (OSError, ValueError) as error:
        raise UsageError(
            f"models card: '{metrics if not isinstance(error, OSError) else error.filename}' cannot be read. "
            "--metrics is the metrics.json of `fermata evaluate`, --notes a text"
        ) from None
    digest = found.get("model_digest") if isinstance(found, dict) else None
    if digest != card.digest:
        raise UsageError(
            f"models card: '{metrics}' is of another model ({str(digest)[:12]}) than '{model}' "
            f"({card.digest[:12]}). Run: fermata evaluate --model {model}"
        )
    place = Path(out) if out else folder / "MODEL_CARD.md"
    files.write_text(place, modelcard.markdown(card, found, said))
    click.echo(f"Read {place}")
