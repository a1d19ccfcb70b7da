"""fermata rescore."""

import time

import click

from flows import own_server
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata score /archive --out labels --keep-crops
  fermata rescore labels --model models:/emotion@champion
  fermata rescore labels --prior uniform
  fermata report labels/versions/0002-emotion-v3

\b
Then, in Python:
  pandas.read_parquet("labels/versions/0002-emotion-v3/faces")
"""
)
@click.argument("out", metavar="OUT")
@click.option("--model", metavar="MODEL", help="models:/NAME@ALIAS, models:/NAME/NUMBER, or a bundle's folder.")
@click.option(
    "--prior", metavar="NAME", help="everyday, uniform, trained or estimate; alone: the labels of the run's own model."
)
@click.option("--abstain-below", metavar="P", type=click.FloatRange(0, 1), help="Confidence; default: the run's own.")
@click.option("--workers", metavar="N", type=int, help="Processes; default: one per core.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler, which see the same files."
)
@click.option("--allow-synthetic", is_flag=True, help="Let a model that was trained on drawn faces label media.")
@params_options
def command(
    out: str,
    model: str | None,
    prior: str | None,
    abstain_below: float | None,
    workers: int | None,
    scheduler: str | None,
    allow_synthetic: bool,
    params_file: str,
    overrides: tuple[str, ...],
) -> None:
    """Label the faces of a run with another model, from the crops that `score --keep-crops` left in OUT.

    With --prior and without --model the labels of the run's own model are put under another prior; no crops are needed.

    No medium is read. The labels become OUT/versions/NNNN-MODEL/, a folder like OUT that every other command takes;
    OUT's own tables stay as they are.
    """
    overrides = override(
        overrides, score__model=model, score__prior=prior, cluster__workers=workers, cluster__address=scheduler
    )
    checked(params_file, overrides)
    own_server.begin()
    from flows.rescore import rescore
    from tasks.score import flips

    started = time.monotonic()
    run = rescore(
        out=out,
        params_file=params_file,
        overrides=list(overrides),
        abstain_below=abstain_below,
        allow_synthetic=allow_synthetic,
        same_model=prior is not None and model is None,
    )
    found = run["rescored"]["flips"]
    say("rescore", f"{found['faces']:,} faces, {flips.line(found)}", "", time.monotonic() - started)
    click.echo(f"Open {run['folder']}/report.html, or read {run['folder']}/faces with pandas.")
