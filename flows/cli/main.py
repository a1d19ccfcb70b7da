"""The `fermata` command: its group, its exit codes, and how errors are shown."""

import atexit
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from flows import own_server, stop
from tasks import quiet
from tasks.errors import FermataError
from tasks.urls import shown

# name -> module of flows.cli; imported when the command runs or shows its help
COMMANDS = {
    "demo": "demo",
    "raw": "raw",
    "prepare": "prepare",
    "data": "data",
    "explore": "explore",
    "train": "train",
    "evaluate": "evaluate",
    "export": "export",
    "adapt": "adapt",
    "folds": "folds",
    "search": "search",
    "ensemble": "ensemble",
    "features": "features",
    "baselines": "baselines",
    "promote": "promote",
    "rollback": "rollback",
    "lineage": "lineage",
    "plan": "plan",
    "score": "score",
    "status": "status",
    "rescore": "rescore",
    "forget": "forget",
    "monitor": "monitor",
    "audit": "audit",
    "report": "report",
    "csv": "csv",
    "subtitles": "subtitles",
    "annotate": "annotate",
    "models": "models",
    "synth": "synth",
    "certificates": "certificates",
    "doctor": "doctor",
}
SUMMARIES = {
    "demo": "Run the whole chain on drawn faces, into out/demo.",
    "raw": "Say what a face data set holds before it is cleaned.",
    "prepare": "Clean a face data set into Parquet shards.",
    "data": "Compare versions of the prepared data set.",
    "explore": "Report what a prepared data set holds.",
    "train": "Train a network and register it as candidate.",
    "evaluate": "Judge a model on a prepared or raw data set.",
    "export": "Write a model in another precision, and measure it.",
    "adapt": "Bring a model to the look of other faces, without labels.",
    "folds": "Cross-validate on the folds of a prepared data set.",
    "search": "Search for better parameters, trial by trial.",
    "ensemble": "Choose models whose averaged answers are better.",
    "features": "Write embeddings and landmarks per face as Parquet.",
    "baselines": "What simple classifiers reach on the same faces.",
    "promote": "Make the candidate champion if the gate lets it.",
    "rollback": "Make the champion before this one champion again.",
    "lineage": "Say where a label, a file's labels or a model come from.",
    "plan": "Say what scoring would find, and how long it would take.",
    "score": "Label every face in folders of pictures and videos.",
    "status": "Say where a scoring run stands.",
    "rescore": "Label a run's faces with another model, from its crops.",
    "forget": "Remove all that a scored folder says of a file.",
    "monitor": "Say whether the newest runs have drifted.",
    "audit": "Say who labelled what, and check the log of it.",
    "report": "Write report.html of a scored folder again.",
    "csv": "Write a scored folder's tables as CSV.",
    "subtitles": "Write a scored folder's videos as subtitles.",
    "annotate": "Draw what was found into videos and pictures.",
    "models": "List the architectures with their sizes.",
    "synth": "Draw a small archive of faces with known truth.",
    "certificates": "Make certificates for TLS between Dask's processes.",
    "doctor": "Say what is installed and found.",
}

EPILOG = """\b
Exit codes:
  0    done; files that failed have their row and reason (score --strict: 1)
  1    it went wrong while running
  2    it can't be done as asked: an option, a parameter, a path
  3    a promotion gate said no, monitoring found drift, an audit log is broken
  130  stopped by Ctrl-C, nothing half-written (143: by SIGTERM)

\b
Start here:
  fermata demo
  fermata score DIR --out labels
"""


class Lazy(click.Group):
    """A group whose commands are imported one by one, when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of a user's way."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"flows.cli.{COMMANDS[cmd_name]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="fermata")
def group() -> None:
    """Fermata labels faces with emotions, at the scale of archives."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; show errors as one line, never as a traceback."""
    quiet.environment()
    stop.listen()
    ended: list[int] = []
    if arguments is None:
        atexit.register(_leave, ended)  # what is registered first is called last
    ended.append(_run(arguments))
    sys.exit(ended[0])


def _leave(ended: list[int]) -> None:
    """End without taking the interpreter apart: threads of Arrow's that still let go of a table would abort it.

    https://github.com/apache/arrow/issues/34314
    """
    if ended:
        with suppress(OSError):  # nobody reads any more, as `| head` doesn't
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(ended[0])


def _run(arguments: list[str] | None) -> int:
    """Exit status of the command line."""
    try:
        return int(group.main(args=arguments, standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _stopped()
    except Exception as error:  # noqa: BLE001  the last one that can say it in a line
        stop.note(error)
        if stop.asked():  # Dask and Prefect were told too: what breaks after that is no bug
            _stopped()
        return _said(error)


def _said(error: Exception) -> int:
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


def _stopped() -> NoReturn:
    click.echo("stopped: nothing is half-written", err=True)
    if stop.asked():
        stop.end()
    sys.exit(stop.status())
