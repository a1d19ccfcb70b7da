"""fermata explore."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata explore
  fermata explore --data data/prepared --out out/explore --set explore.gallery=1000
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--out", metavar="DIR", default="out/explore", show_default=True, help="Where the report goes.")
def command(params_file: str, overrides: tuple[str, ...], data: str, out: str) -> None:
    """Report what a prepared data set holds: classes, what was left out and why, copies, measures, votes, groups."""
    checked(params_file, overrides)
    own_server.begin()
    from flows.explore import explore

    started = time.monotonic()
    summary = explore(params_file=params_file, overrides=list(overrides), data=data, out=out)
    levels = ((level, count) for level, count in summary["findings"].items() if count)
    found = ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in levels)
    say(
        "explore",
        f"{summary['images']:,} images: {summary['kept']:,} kept, {summary['rejected']:,} left out",
        found or "nothing stands out",
        time.monotonic() - started,
    )
    click.echo(f"Open {out.rstrip('/')}/report.html")
