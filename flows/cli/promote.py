"""fermata promote."""

import time
from typing import Any

import click

from flows import own_server
from flows.cli.options import checked, params_options, say
from tasks.errors import GateError


@click.command(
    epilog="""\b
Examples:
  fermata promote --dry-run
  fermata promote --set promote.min_gain=0.01 --set promote.gain_by=lower
"""
)
@params_options
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; move and tag nothing.")
@click.option("--anew", is_flag=True, help="Floors only: the champion takes faces that are normalised otherwise.")
@click.option("--all", "everything", is_flag=True, help="Show each group of images too, not only those that lose most.")
def command(
    params_file: str, overrides: tuple[str, ...], data: str, dry_run: bool, anew: bool, everything: bool
) -> None:
    """Compare `candidate` with `champion` on the same images; move the alias, or exit with 3 and say why not.

    The whole table is kept with the version in the registry, also where it is refused: see `fermata models history`.
    """
    settings = checked(params_file, overrides)
    own_server.begin()
    from flows.promote import promote

    started = time.monotonic()
    decision = promote(params_file=params_file, overrides=list(overrides), data=data, dry_run=dry_run, anew=anew)
    click.echo("\n".join(table(decision, settings.promote.confidence, anew, everything)))
    if not decision["promoted"]:
        raise GateError("not promoted: " + "; ".join(decision["reasons"]))
    before = f"champion before: v{decision['champion']}" if decision["champion"] else "no champion before"
    verb = "would be" if dry_run else "is"
    say("promote", f"version {decision['version']} {verb} champion", before, time.monotonic() - started)


def table(decision: dict[str, Any], confidence: float, anew: bool, everything: bool) -> list[str]:
    """What was compared, and a line for each check; of groups that hold only the worst, unless ``everything``."""
    rival = decision["champion"] and not anew and decision["champion"] != decision["version"]
    against = f"champion {decision['champion']}" if rival else "no champion"
    lines = [
        f"version {decision['version']} against {against} on the same {decision['images']:,} images "
        f"of {decision['split']} (digest {decision['digest'][:8]}...)"
    ]
    groups = [check for check in decision["checks"] if check["name"].startswith("slice ") and check["ok"]]
    hidden = [] if everything else sorted(groups, key=lambda check: float(check["gain"]))[1:]
    shown = [check for check in decision["checks"] if check not in hidden]
    width = max(16, *(len(_name(check["name"])) for check in shown))
    for check in shown:
        lines.append(_line(check, width, confidence))
        if hidden and check in groups:
            lines.append(f"  {'':<{width}} and {len(hidden)} more groups that hold (--all)")
    return lines


def _line(check: dict[str, Any], width: int, confidence: float) -> str:
    group = check["name"].startswith("slice ")
    value = "" if check["value"] is None else _number(check["value"], check["name"] == "gain")
    bound = "" if check["bound"] is None else f"{check['sense']} {_number(check['bound'], check['name'] == 'gain')}"
    gain = "" if check["gain"] is None or check["name"] == "gain" else f"{check['gain']:+.3f}"
    interval = ""
    if check["interval"]:
        low, high = check["interval"]
        interval = f"({low:+.3f} .. {high:+.3f})" if group else f"({100 * confidence:g} %: {low:+.3f} .. {high:+.3f})"
    word = "ok" if check["ok"] else "not measured" if check["note"] == "not measured" else "falls short"
    note = f"  {check['note']}" if check["note"] and check["note"] != word else ""
    figures = f"  {_name(check['name']):<{width}} {value:>7} {bound:<10} {gain:>7} {interval:<27}"
    return f"{figures} {word}{note}".rstrip()


def _name(name: str) -> str:
    return name.replace("recall.", "recall ").removeprefix("slice ")


def _number(value: float, signed: bool) -> str:
    return f"{value:+.3f}" if signed else f"{value:.3f}"
