"""fermata models import-reference."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata models import-reference
  fermata models import-reference --candidate
"""
)
@params_options
@click.option(
    "--folder", metavar="DIR", default="models/reference", show_default=True, help="A bundle, with metrics.json beside."
)
@click.option("--candidate", is_flag=True, help="As candidate: `fermata promote` decides.")
def command(params_file: str, overrides: tuple[str, ...], folder: str, candidate: bool) -> None:
    """Register a bundle from elsewhere as first champion."""
    checked(params_file, overrides)
    own_server.begin()
    from flows.reference import import_reference

    started = time.monotonic()
    version = import_reference(params_file=params_file, overrides=list(overrides), folder=folder, candidate=candidate)
    what = "candidate" if candidate else "champion"
    say("models", f"{folder} -> {version.label}", what, time.monotonic() - started)
