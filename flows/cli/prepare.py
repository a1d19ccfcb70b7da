"""fermata prepare."""

import time

import click

from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata prepare
  fermata prepare --set data.source=fer2013-csv --set data.path=data/raw/fer2013.csv
  fermata prepare --set data.source=class-folders --set data.path=data/raw/faces.zip
"""
)
@params_options
@click.option("--out", metavar="DIR", default="data/prepared", show_default=True, help="Where the shards go.")
def command(params_file: str, overrides: tuple[str, ...], out: str) -> None:
    """Clean the data set of params.yaml into Parquet shards, with a reason for each image left out."""
    checked(params_file, overrides)
    from flows.prepare import prepare

    started = time.monotonic()
    manifest = prepare(params_file=params_file, overrides=list(overrides), out=out)
    rejects = ", ".join(f"{count:,} {reason}" for reason, count in manifest["rejects"].items() if count)
    for warning in manifest["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    say(
        "prepare",
        f"{manifest['images']:,} faces -> {manifest['kept']:,} in {len(manifest['shards'])} shards",
        f"{manifest['rejected']:,} rejected" + (f": {rejects}" if rejects else ""),
        time.monotonic() - started,
    )
