"""Preparing a zip of small faces with one worker and two, beside a bare loop and beside the same work without Dask.

    python -m benchmarks.scale [IMAGES]

Every figure is taken inside: from the first chunk that is submitted to the last shard that is written, when all
processes have prepared some hundred faces. What the driver does alone (the plan, the decision) is counted apart.
"""

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.crowd import Crowd, kept
from flows import cluster
from flows.spread import spread
from tasks import quiet
from tasks.params import Cluster, Data, Prepare
from tasks.prepare.build import build
from tasks.prepare.decide import decide
from tasks.prepare.stage import stage
from tasks.sources import SOURCES

IMAGES: Final = 64_000
FEW: Final = 12_000  # for `python -m benchmarks`, which is to be short
TURNS: Final = 2  # of everything in turn; the best counts
PLACE: Final = Path("out/soak")  # the zip is kept there

Row = tuple[str, str, float, float]
Spread = Callable[..., Iterable[tuple[Any, Any]]]  # as flows.spread.spread without its client


def measure(images: int = FEW) -> Iterator[Row]:
    """Yield (name, unit, ours, what it is beside), both in images per second."""
    quiet.environment()
    path = kept(Crowd(images), PLACE)
    cv2.setNumThreads(1)
    _warm(path)
    turns = [
        (_bare(path), *_processes(path, 1), _processes(path, 2), _with_workers(path, 1), _with_workers(path, 2))
        for _ in range(TURNS)
    ]
    seconds, alone, pairs, ones, twos = zip(*turns, strict=True)
    bare, plain, one, two = images / min(seconds), min(alone), min(ones), min(twos)
    beside = min(pairs, key=lambda pair: sum(each.work for each in pair))
    yield "prepare, no Dask : bare loop", "img/s", images / plain.work, bare
    yield "prepare, 1 worker : bare loop", "img/s", images / one.work, bare
    yield "prepare, 1 worker : no Dask", "img/s", images / one.work, images / plain.work
    yield "prepare, 2 workers : 1 worker", "img/s", images / two.work, images / one.work
    # What the machine gives: two processes that know nothing of each other, and no scheduler.
    yield "no Dask, 2 processes : 1 process", "img/s", sum(images / each.work for each in beside), images / plain.work
    yield "the same with planning, deciding", "img/s", images / two.all, images / one.all


class Seconds(NamedTuple):
    """From the first chunk that is submitted to the last shard, without and with what the driver does alone."""

    work: float
    all: float


def _with_workers(path: Path, workers: int) -> Seconds:
    with cluster.client(Cluster(workers=workers)) as client:
        client.run(_warm, path)

        def over(function: Callable[..., Any], items: Iterable[Any], *shared: Any) -> Iterator[tuple[Any, Any]]:
            return spread(client, function, items, *shared)

        return _prepare(path, over)


def _processes(path: Path, count: int) -> list[Seconds]:
    """The same without Dask, in ``count`` processes at once that are started as workers are."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_warm, initargs=(path,)) as pool:
        list(pool.map(time.sleep, [0.5] * count))  # all have started
        return list(pool.map(_prepare, [path] * count, [_plain] * count))


def _warm(path: Path) -> None:
    """Run once in each process, before anything is timed: what is imported and set up at the first face."""
    _prepare(path, _plain, 512, 1)


def _plain(function: Callable[..., Any], items: Iterable[Any], *shared: Any) -> Iterator[tuple[Any, Any]]:
    """One after the other in this process."""
    for item in items:
        yield item, function(item, *shared)


def _prepare(path: Path, over: Spread, rows: int = Prepare().shard_rows, chunks: int | None = None) -> Seconds:
    """What flows/prepare.py does between the plan and the manifest; ``chunks``: with the first ones only."""
    wanted, times = Prepare(shard_rows=rows), [time.perf_counter()]
    plan = SOURCES["class-folders"].plan(Data(source="class-folders", path=str(path.absolute())), wanted.shard_rows)
    times.append(time.perf_counter())
    with tempfile.TemporaryDirectory() as name:
        work, out = Path(name) / "staged", Path(name) / "built"
        staged = [found for _, found in over(stage, plan.chunks[:chunks], wanted, ("", ""), work)]
        times.append(time.perf_counter())
        decisions = decide(staged, wanted)
        times.append(time.perf_counter())
        for _ in over(build, decisions.chunks, wanted, work, out):
            pass
    started, planned, examined, decided = times
    over = time.perf_counter()
    return Seconds(examined - planned + over - decided, over - started)


def _bare(path: Path) -> float:
    """Seconds to decode, resize, encode as PNG and write as Parquet; nothing is looked at, measured or left out."""
    rows, started = Prepare().shard_rows, time.perf_counter()
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        for start in range(0, len(names), rows):
            faces = [_face(archive.read(name)) for name in names[start : start + rows]]
            pq.write_table(pa.table({"image": faces}), Path(folder) / f"{start}.parquet", compression="zstd")
    return time.perf_counter() - started


def _face(data: bytes) -> bytes:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.imencode(".png", cv2.resize(image, (48, 48)))[1].tobytes()


if __name__ == "__main__":
    for name, unit, ours, other in measure(int(sys.argv[1]) if len(sys.argv) > 1 else IMAGES):
        print(f"{name:<34} {ours:>8,.0f} {unit:<5} {other:>8,.0f} {unit:<5} {ours / other:>6.2f}")  # noqa: T201
