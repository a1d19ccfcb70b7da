"""fermata raw."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata raw
  fermata raw --set data.source=class-folders --set data.path=data/raw/faces.zip
"""
)
@params_options
@click.option("--out", metavar="FILE", default="data/raw.json", show_default=True, help="Where the inventory goes.")
def command(params_file: str, overrides: tuple[str, ...], out: str) -> None:
    """Say what the data set of params.yaml holds before anything is decoded, and write it down for DVC."""
    checked(params_file, overrides)
    own_server.begin()
    from flows.raw import raw

    started = time.monotonic()
    found = raw(params_file=params_file, overrides=list(overrides), out=out)
    for warning in found["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    splits = ", ".join(f"{sum(row.values()):,} {split}" for split, row in (found["counts"] or {}).items())
    votes = f"{found['votes']['rows']:,} rows of votes" if found["votes"] else ""
    say(
        "raw",
        f"{found['source']}, {found['images']:,} images",
        "; ".join(part for part in (splits, votes) if part),
        time.monotonic() - started,
    )
