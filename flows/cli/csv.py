"""fermata csv."""

import time

import click

from flows.cli.options import say


@click.command(
    epilog="""\b
Examples:
  fermata csv labels
  fermata csv labels --to /tmp/tables
  fermata csv s3://bucket/labels --to /tmp/tables
  fermata score /archive --out labels --csv

\b
Then, in R:
  faces <- read.csv("labels/faces.csv")
"""
)
@click.argument("out", metavar="OUT")
@click.option("--to", metavar="DIR", help="Where the files go; default: OUT.")
def command(out: str, to: str | None) -> None:
    """Write faces.csv, frames.csv and files.csv of the results in OUT.

    UTF-8, commas, texts in double quotes, nothing for null; the five landmarks are x1, y1 to x5, y5. A text that a
    spreadsheet would run as a formula (it begins with = + - @, maybe behind blanks), or that begins with an
    apostrophe, has one apostrophe more in front: take it off to have the name of the file.
    """
    from pathlib import Path

    from tasks.score import compact, store
    from tasks.score.folder import RUN, need
    from tasks.show import csv
    from tasks.show.finished import finished

    started, place = time.monotonic(), store.at(out)
    need(place)
    with place.desk() as desk:
        place.bring(desk, [*compact.NAMES, RUN])
        finished(desk, place.name)
        rows = csv.write(desk, Path(to) if to else desk)
        if not to:
            place.send(desk, [f"{name}.csv" for name in rows])
    what = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    say("csv", what, f"{(to or out).rstrip('/')}/faces.csv, ...", time.monotonic() - started)
