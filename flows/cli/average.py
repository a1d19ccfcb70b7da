"""fermata models average."""

from pathlib import Path

import click

from flows.cli.options import checked, override, params_options


@click.command(
    epilog="""\b
Examples:
  fermata models average out/reference/4-votes out/reference/5-labels --out out/both
"""
)
@params_options
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="What it is judged on; default: evaluate.split of the parameters.")
@click.option("--out", metavar="DIR", default="out/average", show_default=True, help="Where the new bundle goes.")
def command(
    params_file: str, overrides: tuple[str, ...], models: tuple[str, ...], data: str, split: str | None, out: str
) -> None:
    """Make one network of several: the average of their weights.

    For networks that went on from one training, such as a model and what was trained from it (train.start): the average
    is often better than each. MODEL is a bundle or models:/NAME@ALIAS.
    """
    overrides = override(overrides, evaluate__split=split)
    checked(params_file, overrides)
    from tasks import bundle, dataset, params
    from tasks.soup import average

    settings = params.load(Path(params_file), overrides)
    judged = dataset.load(Path(data), settings.evaluate.split)
    card = average([bundle.locate(model) for model in models], Path(out), judged)
    click.echo(
        f"average   {len(models)} networks -> {out}: accuracy {card.validation_accuracy:.3f} on {len(judged.labels):,} "
        f"images of {judged.name}"
    )
