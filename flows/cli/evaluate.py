"""fermata evaluate."""

import time
from typing import Any

import click

from flows import own_server, places
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata evaluate
  fermata evaluate --split validation --out out/on-validation --no-log
  fermata evaluate --source fer2013.csv --split PrivateTest --tta 10 --out out/private
  fermata evaluate --source data/raw/fer2013.zip --split PublicTest --set data.votes.kind=ferplus \\
      --set data.votes.path=fer2013new.csv --set data.votes.join=join.csv --truth votes --out out/votes
  fermata evaluate --source posed.zip --prior uniform --sizes --out out/posed
  fermata evaluate --model models:/emotion@champion --source my-faces.zip --robustness --out out/mine
  fermata evaluate --source faces.csv --group subject --group camera --set 'data.labels={"joyful": "happy"}' --out out/x
"""
)
@params_options
@click.option(
    "--model", metavar="MODEL", default=str(places.MODEL), show_default=True, help="A bundle, or models:/NAME@ALIAS."
)
@click.option(
    "--source",
    "--data",
    "source",
    metavar="PATH",
    default=str(places.PREPARED),
    show_default=True,
    help="A prepared folder; or class folders, a zip of them, a FER-2013 CSV, a listing, Parquet, tars.",
)
@click.option("--split", metavar="NAME", help="Which split; default: the only one, or evaluate.split.")
@click.option(
    "--truth",
    type=click.Choice(["labels", "votes", "auto"]),
    help="What is right: the data set's word, or most people's votes; auto: votes for a model that learnt them.",
)
@click.option(
    "--prior",
    type=click.Choice(["everyday", "uniform", "trained", "estimate"]),
    help="How frequent each emotion is taken to be; shares of your own: --set 'evaluate.prior={...}'.",
)
@click.option("--tta", metavar="N", type=int, help="Views per image whose answers are averaged.")
@click.option("--robustness", is_flag=True, help="Also under six kinds of damage, five severities each.")
@click.option("--sizes", is_flag=True, help="Also reduced to 48, 32, 24, 20, 16 and 12 pixels.")
@click.option("--group", "groups", metavar="COLUMN", multiple=True, help="Judge the groups of this column apart.")
@click.option("--pose", is_flag=True, help="Judge faces apart by how far they are turned, which YuNet's landmarks say.")
@click.option("--out", metavar="DIR", default=str(places.EVALUATION), show_default=True, help="Where the metrics go.")
@click.option(
    "--log/--no-log",
    default=None,
    help="Add the metrics to the training's MLflow run; default: for the default model and source.",
)
def command(
    params_file: str,
    overrides: tuple[str, ...],
    model: str,
    source: str,
    split: str | None,
    truth: str | None,
    prior: str | None,
    tta: int | None,
    robustness: bool,
    sizes: bool,
    groups: tuple[str, ...],
    pose: bool,
    out: str,
    log: bool | None,
) -> None:
    """Judge a model on labelled faces.

    DIR gets metrics.json (figures with their intervals, calibration, abstention, slices), curves and the most
    confident mistakes as pictures, and tables of predictions, probable label errors and failures.
    """
    overrides = override(
        overrides,
        evaluate__truth=truth,
        evaluate__prior=prior,
        evaluate__tta=tta,
        evaluate__robustness=True if robustness else None,
        evaluate__sizes=True if sizes else None,
        evaluate__slices__groups=list(groups) or None,
        evaluate__slices__pose=True if pose else None,
    )
    checked(params_file, overrides)
    own_server.begin()
    from flows.evaluate import evaluate

    started = time.monotonic()
    logged = log if log is not None else (model, source) == (str(places.MODEL), str(places.PREPARED))
    metrics = evaluate(
        params_file=params_file,
        overrides=list(overrides),
        model=model,
        source=source,
        split=split,
        out=out,
        registered=str(places.REGISTERED) if logged else None,
    )
    say("evaluate", *_said(metrics), time.monotonic() - started)


def _said(metrics: dict[str, Any]) -> tuple[str, str]:
    """What was judged, and how it went."""
    what = f"{metrics['images']:,} images of {metrics['split']} by {metrics['truth']}, {metrics['prior']['name']} prior"
    if left := metrics["counts"]["left_out"]:
        what += f", {left:,} left out"
    if failed := metrics["counts"]["failures"]:
        what += f", {failed:,} failed"
    accuracy = f"accuracy {metrics['accuracy']:.3f}"
    if metrics["intervals"]:
        low, high = metrics["intervals"]["accuracy"]
        accuracy += f" [{low:.3f}, {high:.3f}]"
    found = [accuracy, f"macro F1 {metrics['macro_f1']:.3f}", f"ECE {metrics['ece']:.3f}"]
    if metrics["tta"]["views"] > 1:
        found.append(f"{metrics['tta']['views']} views gain {100 * metrics['tta']['gain']:+.1f} points")
    if metrics["robustness"]:
        found.append(f"damaged {metrics['robustness']['mean']:.3f}")
    if rows := metrics["coverage"]["by_size"]:
        found.append(f"at {rows[-1]['side']} pixels {rows[-1]['accuracy']:.3f}")
    return what, ", ".join(found)
