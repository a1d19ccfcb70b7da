"""fermata plan."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, sampled, say


@click.command(
    epilog="""\b
Examples:
  fermata plan /archive
  fermata plan /archive --fps 5 --out plan
"""
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--out", metavar="DIR", default="", help="Write DIR/plan.parquet: a row per file, member and part.")
@click.option("--model", metavar="MODEL", help="models:/NAME@ALIAS, models:/NAME/NUMBER, or a bundle's folder.")
@click.option("--every", metavar="N", type=int, help="Every n-th frame of a video.")
@click.option("--fps", metavar="F", type=float, help="So many frames per second of a video.")
@click.option("--sampling", metavar="MODE", help="fps, every, keyframes or adaptive.")
@click.option("--most-fps", metavar="F", type=float, help="At most so many with --sampling adaptive.")
@click.option("--detector", metavar="NAME", help="auto, yunet, haar, mtcnn or none.")
@click.option("--detector-weights", metavar="FILE", help="YuNet's ONNX file.")
@click.option("--workers", metavar="N", type=int, help="Processes; default: one per core.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler, which see the same files."
)
@params_options
def command(
    sources: tuple[str, ...],
    out: str,
    model: str | None,
    sampling: str | None,
    every: int | None,
    fps: float | None,
    most_fps: float | None,
    detector: str | None,
    detector_weights: str | None,
    workers: int | None,
    scheduler: str | None,
    params_file: str,
    overrides: tuple[str, ...],
) -> None:
    """Say what `fermata score` would find, and how long it would take.

    Everything is hashed and recognised; a sample is scored and timed, and thrown away. SOURCE is what it is for
    `fermata score`.
    """
    overrides = sampled(
        overrides, model, sampling, every, fps, most_fps, detector, detector_weights, workers, scheduler
    )
    checked(params_file, overrides)
    own_server.begin()
    from flows.plan import plan
    from tasks.media.walk import files as list_files

    list_files(sources)  # a missing source is said at once
    started = time.monotonic()
    found = plan(sources=list(sources), out=out, params_file=params_file, overrides=list(overrides))
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found["by_media_type"].items())
    say(
        "plan",
        f"{found['entries']:,} files and members: {kinds}",
        f"{found['duplicates']:,} duplicates scored once, {found['units']:,} units",
        time.monotonic() - started,
    )
    if left := ", ".join(f"{count:,} {status}" for status, count in found["by_status"].items()):
        click.echo(f"not scored: {left}")
    if (told := found["predicted"]) is not None:
        click.echo(
            f"{told['units']:,} units, timed on {told['timed']:,}: about {_spelt(told['seconds'])} on "
            f"{told['workers']} workers, {told['frames']:,} frames, {told['faces']:,} faces, "
            f"{told['bytes'] / 1e6:,.1f} MB of results, {told['failed']:,} failures expected"
        )


def _spelt(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
