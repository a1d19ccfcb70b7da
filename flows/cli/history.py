"""fermata models history."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli.options import checked, params_options

if TYPE_CHECKING:
    from tasks.registry_promotions import Entry, Told


@click.command(
    epilog="""\b
Examples:
  fermata models history
  fermata models history --json | jq '.[0].entries'
"""
)
@params_options
@click.option("--json", "as_json", is_flag=True, help="As JSON, with all tags.")
def command(params_file: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """List the versions of the registered model with what was decided of each, by whom and when; newest first."""
    settings = checked(params_file, overrides)
    from tasks.registry_address import uri
    from tasks.registry_promotions import Promotions

    found = Promotions(settings.tracking, uri(settings.tracking, Path.cwd())).history()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    if not found:
        click.echo(f"'{settings.tracking.model_name}' has no versions yet. Train one: dvc repro, or fermata train")
    for one in found:
        click.echo("\n".join(lines(one)))


def lines(told: "Told") -> list[str]:
    """A version, and a line for each promotion or rollback that was tried with it."""
    aliases = ", ".join(told.aliases) or "-"
    decision = told.version.tags.get("promotion.decision", "not judged")
    made = f"{told.made:%Y-%m-%d %H:%M}"
    head = f"{told.version.label:<14} {aliases:<22} {decision:<12} registered {made}  run {told.version.run_id}"
    return [head, *(_entry(entry) for entry in told.entries)]


def _entry(entry: "Entry") -> str:
    when = entry.when[:16].replace("T", " ")
    reason = f": {entry.reason}" if entry.reason else ""
    return f"  {when}  {entry.kind} by {entry.by} on {entry.host}  {entry.outcome}{reason}"
