"""fermata monitor."""

import time
from pathlib import Path

import click

from flows import own_server, places
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata monitor labels
  fermata monitor labels s3://bucket/labels --set monitor.window=3
  fermata monitor labels --against runs --set 'monitor.thresholds={size: 0.5}'
  fermata monitor --write-reference --model models/mine --source fer2013.csv --split PublicTest
"""
)
@click.argument("outs", metavar="[OUT]...", nargs=-1)
@click.option(
    "--against",
    metavar="WHAT",
    type=click.Choice(["auto", "model", "runs"]),
    help="The model's evaluation, the first runs of OUT, or auto: the former until there are enough of the latter.",
)
@click.option("--report", metavar="DIR", default=str(places.MONITOR), show_default=True, help="Where the page goes.")
@click.option("--no-log", is_flag=True, help="No MLflow run.")
@click.option("--write-reference", is_flag=True, help="Make the model's reference, and compare nothing.")
@click.option("--model", metavar="MODEL", default=str(places.MODEL), show_default=True, help="Whose reference.")
@click.option(
    "--source", metavar="PATH", default=str(places.PREPARED), show_default=True, help="Labelled faces for it."
)
@click.option("--split", metavar="NAME", help="Of the source; default: the only one, or evaluate.split.")
@params_options
def command(
    outs: tuple[str, ...],
    against: str | None,
    report: str,
    no_log: bool,
    write_reference: bool,
    model: str,
    source: str,
    split: str | None,
    params_file: str,
    overrides: tuple[str, ...],
) -> int:
    """Hold the newest runs of each OUT (default: labels) against what they should look like.

    Each run of `fermata score` leaves a profile: how often each emotion, how sure, how bright, sharp and large the
    faces, how many frames without any, how many failures. DIR gets report.html and monitor.json, for several OUT in a
    folder each. Exit code 3 says that something has drifted. Where nothing could be judged, since there are no earlier
    runs or too few faces, that is said, with its reason.
    """
    overrides = override(overrides, monitor__reference=against, monitor__log=False if no_log else None)
    checked(params_file, overrides)
    if write_reference:
        if outs:
            raise click.UsageError("--write-reference compares nothing: leave out OUT")
        return _reference(params_file, overrides, model, source, split)
    own_server.begin()
    from flows.monitor import monitor
    from tasks.monitor.outcome import slug
    from tasks.urls import shown

    drifted = False
    for out in outs or ("labels",):
        started = time.monotonic()
        place = report if len(outs) < 2 else str(Path(report) / slug(shown(out)))
        found = monitor(out=out, params_file=params_file, overrides=list(overrides), report=place)
        judged = f"{found['judged']} of {found['measured']} quantities judged"
        what = f"{found['out']}: {len(found['window'])} newest of {found['runs']} runs, {judged}"
        steady = "steady" if found["judged"] else "nothing could be judged"
        said = f"drifted: {', '.join(found['drifted'])}" if found["drifted"] else steady
        say("monitor", what, said, time.monotonic() - started)
        if found["why"]:
            click.echo(found["why"])
        click.echo(f"Open {found['report']}")
        drifted |= bool(found["drifted"])
    return 3 if drifted else 0


def _reference(params_file: str, overrides: tuple[str, ...], model: str, source: str, split: str | None) -> int:
    own_server.begin()
    from flows.write_reference import write_reference

    started = time.monotonic()
    found, path = write_reference(
        params_file=params_file, overrides=list(overrides), model=model, source=source, split=split
    )
    say("monitor", f"reference: {found.faces:,} images of {found.run_id}", str(path), time.monotonic() - started)
    return 0
