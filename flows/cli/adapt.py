"""fermata adapt."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Example:
  fermata adapt --model out/model --data archive/prepared --split all --out out/adapted
"""
)
@params_options
@click.option("--model", metavar="DIR", default="out/model", show_default=True, help="A bundle that train wrote.")
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="Whose faces; default: evaluate.split of the parameters.")
@click.option("--out", metavar="DIR", default="out/adapted", show_default=True, help="Where the new bundle goes.")
def command(params_file: str, overrides: tuple[str, ...], model: str, data: str, split: str | None, out: str) -> None:
    """Let a model's batch norms see the look of other faces: darker, blurred, or from another camera.

    Labels are not read and weights are not changed. The temperature stays; judge the result with `fermata evaluate`.
    """
    checked(params_file, overrides)
    own_server.begin()
    from flows.adapt import adapt

    started = time.monotonic()
    found = adapt(params_file=params_file, overrides=list(overrides), model=model, data=data, split=split, out=out)
    say("adapt", f"{found['faces']:,} faces -> {out}", f"model {found['digest'][:12]}", time.monotonic() - started)
