"""A Dask scheduler and workers in processes of their own, as somebody else starts them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

PATIENCE: Final = 120.0  # seconds


@contextmanager
def scheduled(
    folder: Path, environment: Mapping[str, str], *workers: Sequence[str], scheduler: Sequence[str] = ("--port", "0"),
    common: Sequence[str] = (),
) -> Iterator[str]:  # fmt: skip
    """Start a scheduler and ``workers`` in ``folder``, each with its options; its address. They end with the block.

    Args:
        scheduler: options of the scheduler.
        common: options of all of them.
    """
    own = ["--no-dashboard", "--host", "127.0.0.1", *common]
    with ExitStack() as stack:

        def start(*arguments: str) -> None:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, *own], cwd=folder, env=dict(environment),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(process.terminate)

        place = folder / "scheduler.json"
        start("scheduler", *scheduler, "--scheduler-file", str(place))
        address = _address(place)
        for worker in workers:
            start("worker", address, "--no-nanny", *worker)
        yield address


def _address(place: Path) -> str:
    """What the scheduler writes into ``place``, which is there before it is written.

    Raises:
        RuntimeError: nothing, for too long.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            return str(json.loads(place.read_text())["address"])
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.1)
    raise RuntimeError(f"no Dask scheduler in {PATIENCE:.0f} s: '{place}' says nothing")
