"""fermata promote."""

import time
from typing import Any

import click

from flows.cli.options import checked, params_options, say
from tasks.errors import GateError


@click.command(
    epilog="""\b
Examples:
  fermata promote --dry-run
  fermata promote --set promote.min_gain=0.01
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; move and tag nothing.")
@click.option("--anew", is_flag=True, help="Floors only: the champion takes faces that are normalised otherwise.")
def command(params_file: str, overrides: tuple[str, ...], data: str, dry_run: bool, anew: bool) -> None:
    """Compare `candidate` with `champion` on the same images; move the alias, or exit with 3 and say why not."""
    checked(params_file, overrides)
    from flows.promote import promote

    started = time.monotonic()
    decision = promote(params_file=params_file, overrides=list(overrides), data=data, dry_run=dry_run, anew=anew)
    _table(decision, anew)
    if not decision["promoted"]:
        raise GateError("not promoted: " + "; ".join(decision["reasons"]))
    before = f"champion before: v{decision['champion']}" if decision["champion"] else "no champion before"
    verb = "would be" if dry_run else "is"
    say("promote", f"version {decision['version']} {verb} champion", before, time.monotonic() - started)


def _table(decision: dict[str, Any], anew: bool) -> None:
    against = f"champion {decision['champion']}" if decision["champion"] and not anew else "no champion"
    click.echo(
        f"version {decision['version']} against {against} on the same {decision['images']:,} images "
        f"of {decision['split']} (digest {decision['digest'][:8]}...)"
    )
    for check in decision["checks"]:
        gain = "" if check["gain"] is None else f"{check['gain']:+.3f}"
        word = "ok" if check["ok"] else "falls short"
        click.echo(f"  {check['name']:<16} {check['value']:.3f} >= {check['floor']:.3f}  {gain:>7}  {word}")
