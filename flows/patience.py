"""Asking a store again that is away for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from flows import progress, stop
from tasks.errors import RegistryError

R = TypeVar("R")

FIRST, LONGEST = 1.0, 15.0  # seconds between two tries; twice as long each time


def asked(ask: Callable[[], R], seconds: float, way: str) -> R:
    """What ``ask`` gives; asked again while the store doesn't answer.

    Args:
        ask: may be called again after it has raised AwayError.
        seconds: for which it is asked again.
        way: what is said behind the cause when they are over.

    Raises:
        RegistryError: the store was away all the time, or refuses.
    """
    from tasks.registry_errors import AwayError

    until, pause = time.monotonic() + seconds, FIRST
    while True:
        try:
            return ask()
        except AwayError as error:
            left = until - time.monotonic()
            if left <= 0:
                raise RegistryError(f"{error}. {way}") from None
            if pause == FIRST:
                progress.note(f"{error}: trying again for {left:.0f} s")
        except RegistryError as error:
            raise RegistryError(f"{error}. {way}") from None
        stop.check()
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST)
