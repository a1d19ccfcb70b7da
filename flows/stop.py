"""Ctrl-C and SIGTERM: a stop that was asked for is not lost, wherever it arrives.

Python raises at whatever line runs. Where that is a callback, or code of Prefect or Dask that catches everything, the
exception is swallowed; so the wish is kept as well, and looked at between two pieces of work.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import NoReturn

_asked: list[int] = []  # signals that came
_kept = ExitStack()  # settings of Prefect's, until the process ends


def listen() -> None:
    """Take SIGINT and SIGTERM as a wish to stop; main thread only."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask)


@contextmanager
def unheard() -> Iterator[None]:
    """Let what the block starts never hear Ctrl-C, which a terminal sends to all; this process hears it afterwards.

    A blocked signal stays blocked in processes and threads that are started meanwhile: it can't hit them before they
    are able to ignore it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ask(number: int, _: FrameType | None) -> None:
    first = not _asked
    _asked.append(number)
    if first and hasattr(sys.modules.get("prefect.context"), "get_settings_context"):  # it is loaded to the end
        _hasten()
    raise KeyboardInterrupt


def _hasten() -> None:
    """A Prefect server that is gone or away would be told of the stop again and again, for a minute."""
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    _kept.enter_context(temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}))


def asked() -> int | None:
    """The signal by which a stop was asked for, or None."""
    return _asked[0] if _asked else None


def note(error: BaseException) -> None:
    """Take note of a SIGTERM that ``error`` came of: in a flow Prefect puts its own handler in place of ours.

    It tells us afterwards, but not where telling its server fails: that may have been sent the signal too, as by
    `timeout` or a service manager.
    """
    seen: BaseException | None = error
    while seen is not None and type(seen).__name__ != "TerminationSignal":
        seen = seen.__cause__ or seen.__context__
    if seen is not None:
        _asked.append(signal.SIGTERM)


def status() -> int:
    """Exit status of a command that was stopped: what a shell says of one that the signal ended."""
    return 128 + (asked() or signal.SIGINT)


def check() -> None:
    """Stop here when it was asked for.

    Raises:
        KeyboardInterrupt: it was.
    """
    if _asked:
        raise KeyboardInterrupt


def end() -> NoReturn:
    """End this process and its helpers now, once its own work is in order.

    Prefect would wait at the exit for a temporary server of its own, which Ctrl-C has ended with everything else.
    """
    import psutil

    sys.stdout.flush()
    sys.stderr.flush()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    os._exit(status())
