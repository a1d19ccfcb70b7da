"""fermata models register."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata models register
  fermata models register out/unregistered/3f2a9c01d4e5b677-0a1b2c3d
"""
)
@params_options
@click.argument("place", metavar="[DIR]", required=False)
def command(params_file: str, overrides: tuple[str, ...], place: str | None) -> None:
    """Register trainings that are done, and that the store was away for: that of DIR, or all in out/unregistered.

    Each becomes a version with the alias `candidate`, as it would have after its training; nothing is trained again.
    """
    checked(params_file, overrides)
    own_server.begin()
    from flows.register import register

    started = time.monotonic()
    versions = register(params_file=params_file, overrides=list(overrides), place=place)
    if not versions:
        click.echo("no training waits to be registered")
    for version in versions:
        say("models", f"{version.label} is registered", "candidate", time.monotonic() - started)
