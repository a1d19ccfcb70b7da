"""fermata score."""

import time

import click

from flows import own_server, stop
from flows.cli.options import checked, override, params_options, sampled, say


@click.command(
    epilog="""\b
Examples:
  fermata score /archive --out labels
  fermata score holiday.mp4 portraits/ --fps 5 --out labels
  fermata score '/archive/**/*.jpg' @more.txt --out labels
  fermata score s3://bucket/archive --out s3://bucket/labels
  fermata score interviews/ --sampling adaptive --fps 1 --most-fps 12 --out labels
  fermata score /archive --out labels --model out/model --detector-weights face_detection_yunet_2023mar.onnx
  fermata score /archive --out labels --resume
  fermata score /archive --out labels --retry decode_error,timeout
  fermata score /archive --out labels --csv

\b
Then, in Python:
  pandas.read_parquet("labels/faces")
"""
)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--out", metavar="DIR", required=True, help="A new folder for the results.")
@click.option("--model", metavar="MODEL", help="models:/NAME@ALIAS, models:/NAME/NUMBER, or a bundle's folder.")
@click.option("--every", metavar="N", type=int, help="Every n-th frame of a video.")
@click.option("--fps", metavar="F", type=float, help="So many frames per second of a video.")
@click.option(
    "--sampling",
    metavar="MODE",
    type=click.Choice(["fps", "every", "keyframes", "adaptive"]),
    help="fps, every, keyframes (fast; far apart), or adaptive (--fps, and up to --most-fps where faces move).",
)
@click.option("--most-fps", metavar="F", type=float, help="At most so many with --sampling adaptive.")
@click.option("--detector", metavar="NAME", help="auto, yunet, haar, mtcnn, or none: every picture is a face.")
@click.option("--detector-weights", metavar="FILE", help="YuNet's ONNX file.")
@click.option("--prior", metavar="NAME", help="How frequent emotions are: everyday, uniform, trained or estimate.")
@click.option("--workers", metavar="N", type=int, help="Processes; default: one per core.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler, which see the same files."
)
@click.option("--resume", is_flag=True, help="Go on with the run in DIR: what it didn't score, what is new or changed.")
@click.option("--retry", metavar="STATUS,...", help="As --resume, and score files again that ended so.")
@click.option("--overwrite", is_flag=True, help="Replace the run in DIR.")
@click.option("--allow-synthetic", is_flag=True, help="Let a model that was trained on drawn faces label media.")
@click.option("--no-faces", is_flag=True, help="Leave faces out of the report.")
@click.option("--keep-crops", is_flag=True, help="Keep what the model sees of each face, for `fermata rescore`.")
@click.option("--csv", "as_csv", is_flag=True, help="Write the tables as CSV too, as `fermata csv` does.")
@click.option("--strict", is_flag=True, help="Exit with 1 if any file failed.")
@params_options
def command(
    sources: tuple[str, ...],
    out: str,
    model: str | None,
    every: int | None,
    fps: float | None,
    sampling: str | None,
    most_fps: float | None,
    detector: str | None,
    detector_weights: str | None,
    prior: str | None,
    workers: int | None,
    scheduler: str | None,
    resume: bool,
    retry: str | None,
    overwrite: bool,
    allow_synthetic: bool,
    no_faces: bool,
    keep_crops: bool,
    as_csv: bool,
    strict: bool,
    params_file: str,
    overrides: tuple[str, ...],
) -> int:
    """Label every face in files and folders of pictures, videos and archives, found by content.

    A SOURCE is a file, a folder, a URL of either (s3://..., https://...), a pattern in quotes ('photos/**/*.jpg'), or
    @FILE: a list of files, one per line, or in the column `source` of a CSV or Parquet file.

    DIR gets faces/, frames/ and files/ (Parquet: a row for everything that was seen, with a reason for everything
    that couldn't be), run.json and report.html.
    """
    if (resume or retry) and overwrite:
        raise click.UsageError("--resume or --retry and --overwrite exclude each other")
    from tasks.schema import FILE_STATUSES

    again = [word.strip() for word in (retry or "").split(",") if word.strip()]
    if wrong := [word for word in again if word not in FILE_STATUSES]:
        raise click.UsageError(f"--retry: no status '{wrong[0]}'. There are: {', '.join(FILE_STATUSES)}")
    overrides = sampled(
        overrides, model, sampling, every, fps, most_fps, detector, detector_weights, workers, scheduler
    )
    overrides = override(overrides, score__keep_crops=keep_crops or None, score__prior=prior)
    checked(params_file, overrides)
    own_server.begin()
    from flows.score import score
    from tasks.media.walk import files as list_files

    list_files(sources)  # a missing source is said at once
    started = time.monotonic()
    try:
        run = score(
            sources=list(sources),
            out=out,
            params_file=params_file,
            overrides=list(overrides),
            resume=resume or bool(again),
            retry=again,
            overwrite=overwrite,
            allow_synthetic=allow_synthetic,
            show_faces=not no_faces,
            csv=as_csv,
        )
    except KeyboardInterrupt:
        stop.end("stopped cleanly; the same command with --resume goes on from here")
    totals = run["totals"]
    statuses = ", ".join(f"{count:,} {status}" for status, count in totals["by_status"].items() if count)
    say(
        "score",
        f"{totals['files']:,} files, {totals['frames_sampled']:,} frames, {totals['faces']:,} faces",
        statuses,
        time.monotonic() - started,
    )
    click.echo(f"Open {out}/report.html, or read {out}/faces{'.csv' if as_csv else ' with pandas'}.")
    fine = sum(totals["by_status"][status] for status in ("scored", "no_face", "duplicate"))
    return int(strict and fine < totals["files"])
