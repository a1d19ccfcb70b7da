"""A Dask client from params: of a scheduler elsewhere, or of a local cluster."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import security, stop
from tasks import cores
from tasks.errors import FermataError
from tasks.params import Cluster
from tasks.urls import is_url, plain

if TYPE_CHECKING:
    from distributed import Client, LocalCluster, Security

_REVIVE = 5.0  # seconds between two looks whether a worker is gone for good


@contextmanager
def client(params: Cluster, workers: int | None = None, threads: int = 1) -> Iterator["Client"]:
    """Yield a client of the scheduler at ``params.address``, or of a local cluster that ends with the block.

    Args:
        workers: of a local cluster; None: ``params.workers``, 0 there meaning one per core.
        threads: per worker. Decoders and LiteRT hold the core they run on, so one is right but for training.

    Raises:
        FermataError: no scheduler answers at ``params.address``, or a worker died while it started.
        UsageError: certificates that don't serve, or a scheduler elsewhere without them.
    """
    held = security.security(params)
    from distributed import Client
    from distributed.comm.core import FatalCommClosedError

    # What Dask says of workers and schedulers that end is said in one line here; it adds tracebacks.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if params.address:
        try:
            connected = Client(params.address, timeout="10s", security=held)
        except FatalCommClosedError:
            raise FermataError(
                f"cluster.address: the Dask scheduler at '{params.address}' and the certificates in "
                f"'{params.security}' (cluster.security) don't know each other. Use those that it was started with"
            ) from None
        except (OSError, ValueError) as error:
            raise FermataError(f"cluster.address: no Dask scheduler answers at '{params.address}' ({error})") from None
        with connected, _deaths_explained():
            yield connected
        return
    count = workers or params.workers or cores.count()
    _configure()
    with stop.unheard():
        started = _local(count, threads, held)
    with (
        started as cluster,
        Client(cluster) as connected,
        tempfile.TemporaryDirectory(prefix="fermata-workers-") as folder,
    ):
        said = Path(folder) / "said.log"
        connected.register_plugin(_ready(said))
        with _deaths_explained(said), _revived(cluster):
            yield connected


def _local(count: int, threads: int, held: "Security | None") -> "LocalCluster":
    from distributed import LocalCluster

    try:
        return LocalCluster(
            n_workers=count,
            threads_per_worker=threads,
            host="127.0.0.1",
            security=held,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": sys.stderr.isatty()},  # its pages cost a second; the address is shown there
            silence_logs=logging.CRITICAL,
            memory_limit=0,  # the process' own limits hold; Dask would kill a worker for TensorFlow's arena
        )
    except RuntimeError as error:
        raise FermataError(
            f"cluster: a worker died while it started ({error}). Use fewer workers (cluster.workers), or try again"
        ) from None


@contextmanager
def _revived(cluster: "LocalCluster") -> Iterator[None]:
    """Start a worker anew whose nanny gave up, as it does when a worker dies before it has said that it lives."""
    from distributed.core import Status
    from tornado.ioloop import PeriodicCallback

    def look() -> None:
        gone = [name for name, nanny in cluster.workers.items() if nanny.status in (Status.closed, Status.failed)]
        for name in gone:
            del cluster.workers[name]
        if gone:
            cluster.scale(len(cluster.worker_spec))

    looks = PeriodicCallback(look, 1000 * _REVIVE)
    cluster.loop.add_callback(looks.start)
    try:
        yield
    finally:
        cluster.loop.add_callback(looks.stop)


@contextmanager
def _deaths_explained(said: Path | None = None) -> Iterator[None]:
    """Put the death of workers into one line, with the last one that they wrote to ``said``."""
    from distributed import KilledWorker

    try:
        yield
    except KilledWorker as error:
        lines = said.read_text(encoding="utf-8", errors="replace").split("\n") if said and said.exists() else []
        last = next(
            (f". One of them said last: {line.strip()[:200]!r}" for line in reversed(lines) if line.strip()), ""
        )
        raise FermataError(
            f"cluster: {error.allowed_failures + 1} workers in a row died of the same piece of work, most likely for "
            f"want of memory. Use fewer workers (cluster.workers), or smaller pieces{last}"
        ) from None


def _configure() -> None:
    """Four of Dask's habits; two cost a worker a sixth of its speed here, measured by benchmarks/scale.py."""
    import dask

    # Workers are told to give every freed block back to the system at once: each batch of faces then faults its pages
    # in again. What they hold doesn't grow without it (tests/campaigns/million.py).
    environment = dask.config.get("distributed.nanny.pre-spawn-environ")
    kept = {name: value for name, value in environment.items() if name != "MALLOC_TRIM_THRESHOLD_"}
    dask.config.set(
        {
            "distributed.worker.profile.enabled": False,
            # How often each event loop looks whether it is late; at 20 ms, idle loops take 7 % of a core.
            "distributed.admin.tick.interval": "1s",
            # A worker that isn't back so soon is closed for good, also while it starts; and one that has died twice in
            # that time. Where all were, a run would wait for ever.
            "distributed.deploy.lost-worker-timeout": "1000 days",
        }
    )
    # `set` would merge the two; the setting has to go.
    dask.config.config["distributed"]["nanny"]["pre-spawn-environ"] = kept


def reachable(sources: Sequence[str], params: Cluster) -> list[str]:
    """``sources`` as workers find them: those of a cluster elsewhere have a working folder of their own."""
    return [_absolute(source) for source in sources] if params.address else list(sources)


def _absolute(source: str) -> str:
    """A URL as it is; of a list, its own place: the names in it are relative to that."""
    if source.startswith("@") and not os.path.lexists(source):
        return f"@{_absolute(source[1:])}"
    place = plain(source) if source else source
    return source if not source or is_url(place) else os.path.abspath(place)  # noqa: PTH100


def _ready(said: Path) -> Any:
    """What each local worker does first, also one that takes a dead one's place."""
    from distributed.diagnostics.plugin import WorkerPlugin

    class Ready(WorkerPlugin):  # type: ignore[misc, unused-ignore]
        """Leave Ctrl-C to the flow, keep OpenCV on its own core, and libraries' chatter out of the user's sight."""

        name = "fermata-ready"

        def setup(self, worker: Any) -> None:
            import signal

            import cv2

            # A terminal sends Ctrl-C to all its processes; a worker that died of it would be started again by its
            # nanny. Those started here are deaf to it by birth.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            cv2.setNumThreads(1)
            # libpng and libjpeg write a line about each damaged picture, TensorFlow one about each core.
            sink = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            for descriptor in (1, 2):
                os.dup2(sink, descriptor)
            os.close(sink)

    return Ready()
