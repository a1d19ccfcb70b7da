"""fermata evaluate."""

import time

import click

from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata evaluate
  fermata evaluate --split validation --out out/on-validation --no-log
"""
)
@params_options
@click.option("--model", metavar="DIR", default="out/model", show_default=True, help="A bundle that train wrote.")
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="Which split; default: evaluate.split of the parameters.")
@click.option("--out", metavar="DIR", default="out/evaluation", show_default=True, help="Where the metrics go.")
@click.option("--log/--no-log", default=True, show_default=True, help="Add the metrics to the training's MLflow run.")
def command(
    params_file: str, overrides: tuple[str, ...], model: str, data: str, split: str | None, out: str, log: bool
) -> None:
    """Judge a model: accuracy, precision, recall, F1, calibration error and confusion matrix."""
    from flows.cli.options import override

    overrides = override(overrides, evaluate__split=split)
    checked(params_file, overrides)
    from flows import places
    from flows.evaluate import evaluate

    started = time.monotonic()
    registered = str(places.REGISTERED) if log else None
    metrics = evaluate(
        params_file=params_file, overrides=list(overrides), model=model, data=data, out=out, registered=registered
    )
    say(
        "evaluate",
        f"{metrics['images']:,} images of {metrics['split']}",
        f"accuracy {metrics['accuracy']:.3f}, macro F1 {metrics['macro_f1']:.3f}, ECE {metrics['ece']:.3f}",
        time.monotonic() - started,
    )
