"""fermata ensemble."""

import json
import time
from typing import Any

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata ensemble out/seeds/1 out/seeds/2 out/seeds/3
  fermata ensemble out/model models:/emotion@champion --out out/both.json
"""
)
@params_options
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", default="validation", show_default=True, help="What members are chosen on.")
@click.option("--out", metavar="FILE", default="out/ensemble.json", show_default=True, help="Weights and figures.")
def command(
    params_file: str, overrides: tuple[str, ...], models: tuple[str, ...], data: str, split: str, out: str
) -> None:
    """Choose which models together label best, and how much each counts.

    MODEL is a bundle or models:/NAME@ALIAS. They are chosen on one split and judged on evaluate.split, never on the
    same.
    """
    checked(params_file, overrides)
    own_server.begin()
    from flows.ensemble import choose

    started = time.monotonic()
    found = choose(
        params_file=params_file, overrides=list(overrides), models=list(models), data=data, split=split, out=out
    )
    click.echo("\n".join(lines(found)))
    judged = found["judged_on"]
    say(
        "ensemble",
        f"{len(found['teachers'])} of {len(models)} models -> {out}",
        f"accuracy {found['ensemble'][judged]['accuracy']:.3f} on {judged}",
        time.monotonic() - started,
    )


def lines(found: dict[str, Any]) -> list[str]:
    """What is shown: one line per member, one for the ensemble, and how to distil it."""
    splits = [found["chosen_on"], found["judged_on"]]
    rows = [(one["model"], f"{one['weight']:.2f}", one) for one in found["members"]]
    rows.append(("ensemble", "", found["ensemble"]))
    return [
        f"{'accuracy':<44} {'weight':>6} {splits[0]:>10} {splits[1]:>10}",
        *(
            f"{name:<44} {weight:>6} {row[splits[0]]['accuracy']:>10.4f} {row[splits[1]]['accuracy']:>10.4f}"
            for name, weight, row in rows
        ),
        f"To distil it: --set 'train.distil.teachers={json.dumps(found['teachers'])}'",
    ]
