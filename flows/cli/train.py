"""fermata train."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata train
  fermata train --set train.epochs=20 --set train.optimiser.learning_rate=0.0005
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
def command(params_file: str, overrides: tuple[str, ...], data: str) -> None:
    """Train the network of params.yaml and register it with the alias `candidate`."""
    checked(params_file, overrides)
    own_server.begin()
    from flows.train import train

    started = time.monotonic()
    summary = train(params_file=params_file, overrides=list(overrides), data=data)
    say(
        "train",
        f"{summary['architecture']}, {summary['epochs']} epochs -> {summary['model']} v{summary['version']}",
        f"validation accuracy {summary['validation_accuracy']:.3f}",
        time.monotonic() - started,
    )
