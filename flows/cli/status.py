"""fermata status."""

import click


@click.command(
    epilog="""\b
Examples:
  fermata status labels
  fermata status s3://bucket/labels
"""
)
@click.argument("folder", metavar="DIR")
def command(folder: str) -> None:
    """Say where a scoring run stands, also while it runs."""
    from tasks.score import ledger

    found = ledger.read(folder)
    click.echo(
        f"{found.state}: {found.done:,} of {found.units:,} units, {found.frames:,} frames, {found.faces:,} faces"
    )
    if statuses := ", ".join(f"{count:,} {status}" for status, count in found.statuses.items() if count):
        click.echo(statuses)
    if found.state == "finished" and (predicted := found.run.get("predicted")):
        click.echo(
            f"predicted {predicted['seconds']:,.0f} s, {predicted['frames']:,} frames, {predicted['faces']:,} faces, "
            f"{predicted['failed']:,} failed from {predicted['timed']:,} units; it took {found.run['seconds']:,.0f} s"
        )
    elif found.state == "stopped":
        click.echo("The same `fermata score` with --resume goes on from here.")
