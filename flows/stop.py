"""Ctrl-C, SIGTERM and SIGHUP: a stop that was asked for is one line, and is not lost, wherever it arrives.

Python raises at whatever line runs. Where that is a callback, or code of Prefect or Dask that catches everything, the
exception is swallowed; so the wish is kept as well, and looked at between two pieces of work. Where it is an import,
libraries complain of the exception, or stay half-loaded; so it waits for the end of that. What the command line itself
imports comes before its work: nothing has to be put in order then, and the process ends at once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

STOPPED: Final = "stopped: nothing is half-written"

_HEARD: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ONCE: Final = 1.0  # seconds in which a signal that comes again is the same wish: `timeout` sends two
_LOOK: Final = 0.02  # seconds between two looks whether an import is over
_END: Final = 5.0  # seconds that helpers have to end
_LAST: Final = "multiprocessing.resource_tracker"  # a helper of Python's, which cleans up when this process is gone
_IMPORT: Final = "<frozen importlib._bootstrap>"  # the file of frames that import
_COMMAND_LINE: Final = "flows.cli"

_asked: list[int] = []  # signals that came
_heard: list[float] = []  # when the last of them did
_helped: list[bool] = []  # whether helpers were started
_kept = ExitStack()  # settings of Prefect's, until the process ends


def listen() -> None:
    """Take SIGINT, SIGTERM and SIGHUP as a wish to stop; main thread only."""
    _handle(_ask)


def _handle(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in _HEARD:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` lets it be
            signal.signal(number, handler)


@contextmanager
def unheard() -> Iterator[None]:
    """Let what the block starts never hear Ctrl-C, which a terminal sends to all; this process hears it afterwards.

    A blocked signal stays blocked in processes and threads that are started meanwhile: it can't hit them before they
    are able to ignore it.
    """
    import psutil  # noqa: F401  ends them, also where nothing can be loaded

    _helped.append(True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ask(number: int, frame: FrameType | None) -> None:
    now = time.monotonic()
    if not _heard or now - _heard[-1] > _ONCE:
        _heard.append(now)
        _asked.append(number)
        _raise(frame)


def _raise(frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, now or when the import that ``frame`` is part of is over."""
    importer = _importer(frame)
    if importer.startswith(_COMMAND_LINE):
        end()
    if importer:
        _later()
        return
    _hush()
    with suppress(Exception):  # whatever state Prefect is in: what is asked for is a stop
        _hasten()
    raise KeyboardInterrupt


def _later() -> None:
    signal.signal(signal.SIGALRM, lambda _, frame: _raise(frame))
    signal.setitimer(signal.ITIMER_REAL, _LOOK)


def _importer(frame: FrameType | None) -> str:
    """The module whose import ``frame`` is part of, the outermost one; empty: it is part of none."""
    name = ""
    while frame is not None:
        before, frame = frame, frame.f_back
        if frame is not None and before.f_code.co_filename == _IMPORT:
            name = frame.f_globals.get("__name__", "")
    return name


def _hush() -> None:
    """Let no library complain of a stop: of an exception that it has to ignore, or of helpers that are gone."""
    import logging
    import threading

    logging.disable(logging.CRITICAL)
    threading.excepthook = lambda _: None
    sys.unraisablehook = _ignored


def _ignored(what: "sys.UnraisableHookArgs") -> None:
    """Where the stop itself is ignored, raise it again a little later."""
    if what.exc_type is KeyboardInterrupt:
        _later()


def _hasten() -> None:
    """A Prefect server that is gone or away would be told of the stop again and again, for a minute."""
    context = getattr(sys.modules.get("prefect.context"), "SettingsContext", None)
    if context is None or context.get() is None:  # Prefect is not loaded
        return
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


def over(code: int) -> None:
    """From now on a stop only hastens the end: the work is done, and ``code`` says how."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    _handle(lambda _, __: _leave(code))


def end(line: str = STOPPED) -> NoReturn:
    """Say ``line`` and end this process and its helpers now, once its own work is in order.

    Prefect would wait at the exit for a temporary server of its own, which Ctrl-C has ended with everything else.
    """
    with suppress(OSError):  # the terminal is gone
        print(line, file=sys.stderr)  # noqa: T201
    _leave(status())


def _leave(code: int) -> NoReturn:
    signal.setitimer(signal.ITIMER_REAL, 0)
    _handle(signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, RuntimeError):  # gone, closed, or being flushed
            stream.flush()
    # In the middle of an import, nothing else can be loaded: what it needs may be half-loaded.
    if _helped or not _importer(sys._getframe()):
        _end_helpers()
    os._exit(code)


def _end_helpers() -> None:
    from psutil import NoSuchProcess, Process, wait_procs

    told = []
    for helper in Process().children(recursive=True):
        with suppress(NoSuchProcess):
            if _LAST not in " ".join(helper.cmdline()):
                helper.terminate()
                told.append(helper)
    for helper in wait_procs(told, _END)[1]:
        with suppress(NoSuchProcess):
            helper.kill()
