"""fermata rollback."""

import time

import click

from flows import own_server
from flows.cli.options import checked, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata rollback --reason "fear is missed in the night's clips"
"""
)
@params_options
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept with the version and in the history.")
def command(params_file: str, overrides: tuple[str, ...], reason: str) -> None:
    """Make the version that was champion before champion again.

    The one that was champion is no candidate any more, so that the next promotion doesn't bring it back. Rolling back
    again goes on backwards.
    """
    if not reason.strip():
        raise click.UsageError("--reason: say why; it is kept with the version")
    checked(params_file, overrides)
    own_server.begin()
    from flows.rollback import rollback

    started = time.monotonic()
    done = rollback(reason.strip(), params_file=params_file, overrides=list(overrides))
    say(
        "rollback",
        f"{done['model']} v{done['champion']} is champion",
        f"champion before: v{done['before']}",
        time.monotonic() - started,
    )
