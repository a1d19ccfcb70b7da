"""How errors are shown: one line each, never a traceback."""

import os
import sys
import tempfile
import traceback

import click

from tasks.errors import FermataError
from tasks.urls import shown


def say(error: Exception) -> int:
    """Say in one line what went wrong; return the exit status."""
    if isinstance(error, FermataError):
        click.echo(str(error), err=True)
        return error.exit_code
    if isinstance(error, OSError):
        place = f"'{error.filename}': " if error.filename else ""
        click.echo(f"{place}{error.strerror or error}", err=True)
        return 1
    if os.environ.get("FERMATA_DEBUG"):
        raise error
    click.echo(_failing(error) or _kept(error), err=True)
    return 1


def _kept(error: Exception) -> str:
    """Write an error that nobody expected into a file, and say where it is."""
    with tempfile.NamedTemporaryFile("w", prefix="fermata-", suffix=".log", delete=False) as log:
        traceback.print_exception(error, file=log)
    return f"unexpected {type(error).__name__}: {error}. This is a bug: please report it with {log.name}"


def _failing(error: Exception) -> str:
    """What is said of a Prefect server that fails or is gone, which alone is asked by httpx; empty: another error."""
    httpx = sys.modules.get("httpx")
    if isinstance(error, RuntimeError) and str(error).startswith("Failed to reach API"):  # Prefect's, of any cause
        why = "no answer"
    elif httpx is not None and isinstance(error, httpx.HTTPError):
        response = getattr(error, "response", None)
        why = f"it answers {response.status_code}" if response is not None else str(error) or type(error).__name__
    else:
        return ""
    from flows import own_server

    if (code := own_server.ended()) is not None:
        return (
            f"Prefect's temporary server ended with exit code {code}. See that its folder '{own_server.home()}' can be "
            "written and the disk has room, or set PREFECT_HOME to another one"
        )
    return (
        f"PREFECT_API_URL: Prefect's server at '{shown(os.environ.get('PREFECT_API_URL', ''))}' does not serve "
        f"({why}). Start it and its database, or unset PREFECT_API_URL; where the command has --resume, that goes on "
        "from what is finished"
    )
