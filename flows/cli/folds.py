"""fermata folds."""

import time
from typing import Any

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata prepare --set prepare.split.folds=5
  fermata folds
  fermata folds --set train.part=0.2 --set train.epochs=4 --set cluster.workers=2
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="Prepared with folds.")
def command(params_file: str, overrides: tuple[str, ...], data: str) -> None:
    """Cross-validate the network of params.yaml: train one per fold, judge it on that fold.

    Writes out/folds.json. A run that was stopped goes on; folds train side by side, so on one GPU set
    cluster.workers=1.
    """
    checked(params_file, overrides)
    own_server.begin()
    from flows.folds import cross_validate

    started = time.monotonic()
    found = cross_validate(params_file=params_file, overrides=list(overrides), data=data)
    click.echo("\n".join(lines(found)))
    accuracy = found["accuracy"]
    say(
        "folds",
        f"{len(found['folds'])} folds -> out/folds.json",
        f"accuracy {accuracy['mean']:.3f} +- {accuracy['sd']:.3f}",
        time.monotonic() - started,
    )


def lines(found: dict[str, Any]) -> list[str]:
    """What is shown: one line per fold, then mean and standard deviation."""
    rows = [(str(one["fold"]), f"{one['images']:,}", one["accuracy"], one["macro_f1"]) for one in found["folds"]]
    rows += [(kind, "", found["accuracy"][kind], found["macro_f1"][kind]) for kind in ("mean", "sd")]
    return [
        f"{'fold':<6} {'images':>8} {'accuracy':>8} {'macro F1':>8}",
        *(f"{name:<6} {images:>8} {accuracy:>8.4f} {f1:>8.4f}" for name, images, accuracy, f1 in rows),
    ]
