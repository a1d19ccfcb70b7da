"""fermata baselines."""

import time
from typing import Any

import click

from flows import own_server
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata baselines
  fermata baselines --model out/model --split validation
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="What is judged on; default: evaluate.split of the parameters.")
@click.option("--model", metavar="DIR", default="", help="A bundle, to judge it and a linear probe on it too.")
@click.option("--layer", metavar="NAME", default="", help="For the probe; default: what the last Dense layer takes.")
def command(params_file: str, overrides: tuple[str, ...], data: str, split: str | None, model: str, layer: str) -> None:
    """Judge what simpler systems reach: guessing, HOG with a linear SVM, a linear probe on a network."""
    overrides = override(overrides, evaluate__split=split)
    checked(params_file, overrides)
    own_server.begin()
    from flows.baselines import baselines

    started = time.monotonic()
    found = baselines(params_file=params_file, overrides=list(overrides), data=data, model=model, layer=layer)
    click.echo("\n".join(lines(found)))
    say("baselines", f"{len(found)} on {next(iter(found.values()))['images']:,} images", "", time.monotonic() - started)


def lines(found: dict[str, dict[str, Any]]) -> list[str]:
    """What is shown: one line per system."""
    return [
        f"{'system':<44} {'accuracy':>8} {'macro F1':>8} {'weighted F1':>11}",
        *(
            f"{name:<44} {row['accuracy']:>8.4f} {row['macro_f1']:>8.4f} {row['weighted_f1']:>11.4f}"
            for name, row in found.items()
        ),
    ]
