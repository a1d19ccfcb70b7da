"""fermata subtitles."""

import time

import click

from flows.cli.options import say


@click.command(
    epilog="""\b
Examples:
  fermata subtitles labels
  fermata subtitles labels --format ass --to /tmp/subtitles
  mpv --sub-file=labels/subtitles/archive/clip.mp4.vtt /archive/clip.mp4
"""
)
@click.argument("out", metavar="OUT")
@click.option(
    "--format", "form", type=click.Choice(["vtt", "ass"]), default="vtt", show_default=True,
    help="vtt for browsers and most players; ass, whose labels follow the faces, for mpv, VLC and FFmpeg.",
)  # fmt: skip
@click.option("--to", metavar="DIR", help="Where the files go; default: OUT/subtitles.")
def command(out: str, form: str, to: str | None) -> None:
    """Write subtitles for every video in OUT that shows a face: who (track number), which expression, how sure.

    Files are named after the videos, in the same folders. A line stands from a face's first sample to the sample at
    which its smoothed emotion is another one, the last one sampling interval longer. Times count from where a player
    begins: with the first sound or picture of the video. The videos are looked at for that, and for their size; where
    one is gone, its labels have no place on the screen.
    """
    from pathlib import Path

    from tasks.report.words import plural
    from tasks.score import store
    from tasks.score.folder import need
    from tasks.score.mirror import mirrored
    from tasks.show import subtitles
    from tasks.show.finished import finished

    started, place = time.monotonic(), store.at(out)
    need(place)
    files = lines = 0
    with mirrored(place) as folder:
        run, target = finished(folder, place.name), Path(to) if to else folder / "subtitles"
        for path, cues, why in subtitles.write(folder, run, target, form):
            files, lines = files + 1, lines + cues
            if why is not None:
                click.echo(f"{path}: labels have no place on the screen, as the video can't be opened: {why}", err=True)
    if not files:
        click.echo(f"no video in '{out}' shows a face: there is nothing to write", err=True)
        return
    where = to or f"{place.name}/subtitles"
    say("subtitles", f"{plural(files, 'video')}, {plural(lines, 'line')}", where, time.monotonic() - started)
