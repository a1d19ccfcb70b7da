"""Work spread over a Dask cluster, with a bounded number of pieces in flight."""

import itertools
import pickle  # nosec B403
import threading
import time
from collections.abc import Callable, Generator, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from flows import stop
from tasks.errors import FermataError, UsageError
from tasks.settle import settle

if TYPE_CHECKING:
    from distributed import Client

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_FLIGHT = 3  # pieces per worker: enough to keep it busy, few enough to stop soon
LONELY = 600.0  # seconds without any worker after which nobody is waited for: machines start, and restart, in less
_LOOK = 5.0  # seconds between two looks at the workers, while nothing is done
_NAP = 0.02  # seconds between two looks at what is done


def spread(
    connected: "Client",
    function: Callable[..., Result],
    items: Iterable[Item],
    *shared: Any,
    in_flight: int = IN_FLIGHT,
    lives: int = 1,
    on: str = "",
    off: str = "",
    lonely: float = LONELY,
) -> Generator[tuple[Item, Result]]:
    """Yield (item, function(item, *shared)) as workers finish, in no order.

    No more than ``in_flight`` pieces per worker are known to the scheduler at a time, so that ten million items neither
    fill its memory nor delay a stop. A piece whose worker dies is run again on another (Dask's allowed-failures).

    Args:
        lives: how often a piece is given to Dask that has given it up: a worker takes those that wait for it along
            when it dies. More than 1 where ``function`` knows itself when it is enough.
        on: only on workers with this Dask resource, of which a piece takes 1.
        off: not on workers with this resource while there are others.
        lonely: seconds without any worker after which it ends.

    Raises:
        UsageError: no worker has the resource ``on``.
        whatever ``function`` raises; pieces in flight are cancelled then.
        FermataError: the scheduler is gone, or all workers are and none comes back.
    """
    from distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    given, workers = _where(connected, on, off)
    remaining = iter(items)
    pending: dict[str, tuple[Item, int]] = {}
    name = getattr(function, "__name__", "work")  # what the dashboard shows
    address = connected.scheduler.address

    def submit(item: Item, left: int) -> Any:
        # Packed here, once: Dask looks through what it is given, and a chunk lists thousands of files.
        key = f"{name}-{uuid4().hex}"
        future = connected.submit(_call, function, pickle.dumps(item), *shared, pure=False, key=key, **given)
        pending[future.key] = item, left
        return future

    running = as_completed([submit(item, lives) for item in itertools.islice(remaining, workers * in_flight)])
    try:
        while _waited(running, connected, lonely):
            future = next(running)
            stop.check()
            item, left = pending.pop(future.key)
            try:
                result = future.result()
            except KilledWorker:
                if left == 1:
                    raise
                running.add(submit(item, left - 1))
                continue
            # Nobody but us cancels, and we don't look at what we did.
            except (FutureCancelledError, CommClosedError) as error:
                why = getattr(error, "reason", None) or "connection closed"
                raise FermataError(
                    f"cluster: the Dask scheduler at '{address}' has ended, or no longer answers ({why}). "
                    "What is finished is kept; where the command has --resume, that goes on from it"
                ) from None
            yield item, result
            for item in itertools.islice(remaining, 1):
                running.add(submit(item, lives))
    finally:
        if pending:
            connected.cancel(list(running.futures), force=True)


def _waited(running: Any, connected: "Client", lonely: float) -> bool:
    """Wait until a piece is done; False: there are no more.

    Raises:
        FermataError: there has been no worker for ``lonely`` seconds.
    """
    alive = looked = time.monotonic()
    while not running.is_empty() and not running.has_ready():
        time.sleep(_NAP)
        now = time.monotonic()
        if now - looked < min(_LOOK, lonely):
            continue
        looked = now
        if connected.scheduler_info(n_workers=-1)["workers"]:
            alive = now
        elif now - alive > lonely:
            raise FermataError(
                f"cluster: the Dask scheduler at '{connected.scheduler.address}' has had no worker for {lonely:.0f} s. "
                "What is finished is kept. Start workers (dask worker ADDRESS --nthreads 1); where the command has "
                "--resume, that goes on from it"
            )
    return not running.is_empty()


def _where(connected: "Client", on: str, off: str) -> tuple[dict[str, Any], int]:
    """What Dask is told of the workers for some pieces, and how many such workers there are."""
    known = connected.scheduler_info(n_workers=-1)["workers"]
    having = [address for address, worker in known.items() if worker.get("resources", {}).get(on or off)]
    if on and not having:
        raise UsageError(
            f"cluster.classify_on: no worker has the resource '{on}'. Start one: dask worker "
            f"{connected.scheduler.address} --nthreads 1 --resources {on}=1"
        )
    if on:
        return {"resources": {on: 1}}, len(having)
    others = [address for address in known if address not in having]
    if not having or not others:
        return {}, max(1, len(known))
    return {"workers": others, "allow_other_workers": True}, len(others)


def _call(function: Callable[..., Result], packed: bytes, *shared: Any) -> Result:
    with _ALONE:
        _begin()
        return function(pickle.loads(packed), *shared)  # noqa: S301  what Dask brought, who unpickles all that it brings


# Detectors and interpreters are not for two threads at once, and a worker of another's cluster may have many.
_ALONE = threading.Lock()


@lru_cache
def _begin() -> None:
    """Once in each worker, before its first piece of work; OpenCV keeps to one core, also on workers of others."""
    import cv2

    cv2.setNumThreads(1)
    settle("modules")
