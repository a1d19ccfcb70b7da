"""fermata search."""

import json
import time
from pathlib import Path
from typing import Any

import click

from flows import own_server
from flows.cli.options import override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata search --trials 20
  fermata search --set 'search.space={train.batch_size: {choices: [64, 128]}}' --set search.study=batches
  fermata train --params out/search/best.yaml
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--trials", metavar="N", type=int, help="In all; default: search.trials of the parameters.")
def command(params_file: str, overrides: tuple[str, ...], data: str, trials: int | None) -> None:
    """Search better parameters of the network and its training, with short trainings on a part of the data.

    Writes out/search/best.yaml, which --params takes. A search that was stopped goes on, and one with more trials adds
    to those it has; trials run side by side, so on one GPU set cluster.workers=1.
    """
    overrides = override(overrides, search__trials=trials)
    from tasks import params
    from tasks.search import space

    space(params.load(Path(params_file), overrides))
    own_server.begin()
    from flows.search import search

    started = time.monotonic()
    found = search(params_file=params_file, overrides=list(overrides), data=data)
    click.echo("\n".join(lines(found)))
    ended = [f"{found[name]} {name}" for name in ("pruned", "failed") if found[name]]
    say(
        "search",
        ", ".join([f"{found['trials']} trials", *ended]) + " -> out/search/best.yaml",
        f"validation accuracy {found['best'][0]['accuracy']:.3f}",
        time.monotonic() - started,
    )


def lines(found: dict[str, Any]) -> list[str]:
    """What is shown: one line per trial of the best, and one for what mattered."""
    shown = [f"{'trial':>5} {'accuracy':>8}  parameters"]
    for row in found["best"]:
        said = "  ".join(f"{name.rpartition('.')[2]} {_short(value)}" for name, value in row["values"].items())
        shown.append(f"{row['trial']:>5} {row['accuracy']:>8.4f}  {said}")
    if found["importance"]:
        shares = ", ".join(f"{name.rpartition('.')[2]} {share:.0%}" for name, share in found["importance"].items())
        shown.append(f"what mattered: {shares}")
    return shown


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
