"""fermata annotate."""

import time

import click

from flows import own_server
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata annotate labels
  fermata annotate labels --source /archive/clip.mp4 --to /tmp/clip
  fermata annotate labels --source /archive/clip.mp4 --track 2 --track 5 --blur-others
  fermata annotate labels --blur-others        # every face

\b
Look at the result before you pass it on: a face that was not found is not hidden. Score with --every 1 first,
so that no frame is left between two that were looked at.
"""
)
@click.argument("out", metavar="OUT")
@click.option("--source", metavar="FILE", help="Only this one, named as in the results.")
@click.option(
    "--track", "tracks", metavar="N", type=int, multiple=True, help="With --blur-others: a face that stays; repeat it."
)
@click.option("--blur-others", is_flag=True, help="Pixelate every other face; without --track, every face.")
@click.option("--to", metavar="DIR", help="Where the files go; default: OUT/annotated.")
@click.option("--workers", metavar="N", type=int, help="Processes; default: one per core.")
@params_options
def command(
    out: str,
    source: str | None,
    tracks: tuple[int, ...],
    blur_others: bool,
    to: str | None,
    workers: int | None,
    params_file: str,
    overrides: tuple[str, ...],
) -> int:
    """Draw boxes, track numbers, emotions and probabilities into every video and picture in OUT that shows a face.

    Videos become .mp4 with every frame at its time, upright and without sound; pictures become .jpg or .png. Between
    two looked-at frames a box moves along its track. A number is a track's; in a picture, a face's. What is gone, or
    has changed since it was scored, is named and skipped, and the exit code is 1.
    """
    if tracks and not (source and blur_others):
        raise click.UsageError("--track needs --source and --blur-others: it says which faces of one file stay")
    overrides = override(overrides, cluster__workers=workers)
    checked(params_file, overrides)
    from tasks.report.words import plural
    from tasks.score import store
    from tasks.score.folder import need

    need(store.at(out))  # said before a server starts
    own_server.begin()
    from flows.annotate import annotate

    started = time.monotonic()
    done = annotate(
        out=out, to=to, source=source, tracks=list(tracks), blur_others=blur_others,
        params_file=params_file, overrides=list(overrides),
    )  # fmt: skip
    skipped = f"{done['skipped']:,} skipped" if done["skipped"] else ""
    where = to or f"{store.at(out).name.rstrip('/')}/annotated"
    what = f"{plural(done['video'], 'video')}, {plural(done['image'], 'picture')} -> {where}"
    say("annotate", what, skipped, time.monotonic() - started)
    if blur_others:
        click.echo("A face that was not found is not hidden: look at each file before you pass it on.")
    return int(done["skipped"] > 0)
