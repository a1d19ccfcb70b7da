"""fermata prepare."""

import time
from collections.abc import Iterator
from typing import Any

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata prepare
  fermata prepare --set data.source=fer2013-csv --set data.path=data/raw/fer2013.csv
  fermata prepare --set data.source=class-folders --set data.path=data/raw/faces.zip
  fermata prepare --set data.source=parquet --set data.path=s3://bucket/faces
"""
)
@params_options
@click.option("--out", metavar="DIR", default="data/prepared", show_default=True, help="Where the shards go.")
def command(params_file: str, overrides: tuple[str, ...], out: str) -> None:
    """Clean the data set of params.yaml into Parquet shards, with a reason for each image left out."""
    checked(params_file, overrides)
    own_server.begin()
    from flows.prepare import prepare

    started = time.monotonic()
    manifest = prepare(params_file=params_file, overrides=list(overrides), out=out)
    for warning in manifest["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    rejects = ", ".join(f"{count:,} {reason}" for reason, count in manifest["rejects"].items())
    copies = sum(sum(row.values()) for row in manifest["augmented"].values())
    say(
        "prepare",
        f"{manifest['images']:,} faces -> {manifest['kept']:,} in {len(manifest['shards'])} shards"
        + (f", {copies:,} copies" if copies else ""),
        f"{manifest['rejected']:,} rejected" + (f": {rejects}" if rejects else ""),
        time.monotonic() - started,
    )
    for line in facts(manifest):
        say("", line)


def facts(manifest: dict[str, Any]) -> Iterator[str]:
    """What a curator wants to know of the data set as it came."""
    found, votes = manifest["duplicates"], manifest["votes"]
    if found["groups"]:
        yield (
            f"{found['groups']:,} groups of equal images hold {found['images']:,}; {found['across_splits']:,} groups "
            f"stand in several splits, {found['conflicting_groups']:,} ({found['conflicting_images']:,} images) carry "
            "different labels"
        )
    if votes and votes["images"]:
        share = votes["agreeing"] / votes["images"]
        yield f"{votes['images']:,} kept images have votes; {share:.1%} carry the label that most people gave"
