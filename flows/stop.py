"""Ctrl-C and SIGTERM: a stop that was asked for is not lost, wherever it arrives.

Python raises at whatever line runs. Where that is a callback, or code of Prefect or Dask that catches everything, the
exception is swallowed; so the wish is kept as well, and looked at between two pieces of work.
"""

import signal
from types import FrameType

_asked: int | None = None


def listen() -> None:
    """Take SIGINT and SIGTERM as a wish to stop; main thread only."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask)


def _ask(number: int, _: FrameType | None) -> None:
    global _asked
    _asked = number
    raise KeyboardInterrupt


def asked() -> int | None:
    """The signal by which a stop was asked for, or None."""
    return _asked


def status() -> int:
    """Exit status of a command that was stopped: what a shell says of one that the signal ended."""
    return 128 + (_asked or signal.SIGINT)


def check() -> None:
    """Stop here when it was asked for.

    Raises:
        KeyboardInterrupt: it was.
    """
    if _asked is not None:
        raise KeyboardInterrupt
