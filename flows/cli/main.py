"""How the command line begins and ends.

Only what hears of a stop is loaded first, so that a stop is one line from then on. What comes earlier, while Python
itself starts, nobody here can hear: Python shows a traceback for Ctrl-C then, and SIGTERM ends it silently.
"""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from flows import stop


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; show errors as one line, never as a traceback."""
    ended: list[int] = []
    try:
        stop.listen()
        if arguments is None:
            atexit.register(_leave, ended)  # what is registered first is called last
        ended.append(_run(arguments))
        stop.over(ended[0])
    except KeyboardInterrupt:
        stop.end()
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
    """Exit status of the command line.

    Raises:
        KeyboardInterrupt: it was stopped.
    """
    from tasks import quiet

    quiet.environment()
    import click

    from flows.cli import errors
    from flows.cli.group import group

    try:
        return int(group.main(args=arguments, standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # what click makes of KeyboardInterrupt
        raise KeyboardInterrupt from None
    except Exception as error:  # noqa: BLE001  the last one that can say it in a line
        stop.note(error)
        stop.check()  # Dask and Prefect were told too: what breaks after that is no bug
        return errors.say(error)
