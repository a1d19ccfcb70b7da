"""Commands that are stopped at any moment say one line, and leave nothing that runs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
import pytest
import yaml
from commands import TINY
from noise import pictures

from tasks.params import parse

pytestmark = pytest.mark.chain
LONG: Final = pytest.mark.long
HEARD: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

COMMANDS: Final = {
    "score": ["score", "media", "--out", "labels", "--model", "model", "--allow-synthetic"],
    "prepare": ["prepare"],
    "train": ["train"],
    "evaluate": ["evaluate", "--model", "model"],
    "help": ["--help"],
}
STOPPED: Final = "stopped: nothing is half-written"
CLEANLY: Final = "stopped cleanly; the same command with --resume goes on from here"
PROGRESS: Final = ("plan:", "warning:", *(f"{name}:" for name in COMMANDS))
# `fermata`, whose processes are all sent a signal as soon as it loads a module, or calls a function after that.
STOPPED_AT: Final = """
import os, sys
(module, _, function), number = sys.argv.pop(1).partition(":"), int(sys.argv.pop(1))
class Finder:
    def find_spec(self, name, path=None, target=None):
        if self in sys.meta_path and name == module:
            sys.meta_path.remove(self)
            sys.setprofile(called) if function else os.killpg(0, number)
def called(frame, event, _):
    if event == "call" and frame.f_code.co_name == function:
        sys.setprofile(None)
        os.killpg(0, number)
sys.meta_path.insert(0, Finder())
from flows.cli import main
main()
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(
    environment: dict[str, str], bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> Callable[..., "subprocess.Popen[str]"]:
    """Start a command of COMMANDS in a session and a folder of its own, with a Prefect server of its own."""
    own = {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(parse(TINY).model_dump()))
    pictures(tmp_path / "media", 160)
    shutil.copytree(bundle_folder, tmp_path / "model")
    shutil.copytree(prepared_folder, tmp_path / "data/prepared")

    def begin(name: str, *python: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *(python or ("-m", "flows.cli")), *COMMANDS[name]],
            cwd=tmp_path, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    return begin


# Of what the command line itself loads, also where Prefect has no settings yet, and of what a flow loads.
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=LONG)])
@pytest.mark.parametrize(
    "place",
    [
        "click", "psutil", "flows.score", "prefect.context:settings_customise_sources", "distributed",
        *(
            pytest.param(name, marks=LONG)
            for name in (
                "tasks.quiet", "flows.cli.score", "flows.own_server", "threading", "pydantic", "prefect.plugins",
                "prefect.settings.context", "prefect.main", "prefect.flow_engine", "anyio", "httpx", "flows.units",
                "numpy", "pyarrow", "cv2", "dask", "tornado", "tasks.report",
            )
        ),
    ],
)  # fmt: skip
def test_a_stop_while_a_module_is_loaded_says_one_line(place: str, number: signal.Signals, start: Start) -> None:
    _stopped(start("score", "-c", STOPPED_AT, place, str(int(number))), number)


@pytest.mark.parametrize("place", ["tasks.quiet", pytest.param("click", marks=LONG), "flows.cli.group"])
def test_a_stop_of_what_is_short_says_a_line_at_most(place: str, start: Start) -> None:
    _stopped(start("help", "-c", STOPPED_AT, place, str(int(signal.SIGTERM))), signal.SIGTERM)


def _spawned(count: int) -> Callable[[int, Path], bool]:
    return lambda session, _: len(_running(session)) > count


@pytest.mark.parametrize("number", [signal.SIGINT, *(pytest.param(one, marks=LONG) for one in HEARD[1:])])
@pytest.mark.parametrize(
    "reached",
    [
        pytest.param(_spawned(1), id="its-server-begins"),
        pytest.param(_spawned(2), id="a-worker-begins"),
        pytest.param(lambda _, folder: (folder / "labels/units").is_dir(), id="it-works"),
        pytest.param(lambda _, folder: (folder / "labels/files").is_dir(), id="it-ends"),
    ],
)
def test_a_stop_of_all_its_processes_says_one_line(
    reached: Callable[[int, Path], bool], number: signal.Signals, start: Start, tmp_path: Path
) -> None:
    """A terminal's Ctrl-C goes to all of them, and so does the SIGTERM of `timeout` and of service managers."""
    running = start("score")
    while running.poll() is None and not reached(running.pid, tmp_path):
        time.sleep(0.02)
    os.killpg(running.pid, number)
    _stopped(running, number)


@pytest.mark.parametrize(
    ("name", "number", "seconds"),
    [
        ("score", signal.SIGINT, 0.0),
        ("score", signal.SIGHUP, 2.0),
        ("train", signal.SIGTERM, 6.0),
        *(
            pytest.param(name, number, late / 2, marks=LONG)
            for name in ("score", "prepare", "train", "evaluate")
            for number in HEARD
            for late in range(30)
        ),
    ],
)
def test_a_stop_some_seconds_after_it_listens_says_one_line(
    name: str, number: signal.Signals, seconds: float, start: Start
) -> None:
    running = start(name)
    while running.poll() is None and not _listens(running.pid):
        time.sleep(0.002)
    time.sleep(seconds)
    if running.poll() is None:
        os.killpg(running.pid, number)
    _stopped(running, number)


def _listens(pid: int) -> bool:
    """Whether it takes SIGTERM, which Python alone does not."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def _stopped(running: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """It ended by the signal with a line, or before it without one; nothing of it runs."""
    _, said = running.communicate(timeout=400)
    lines = [line for line in said.splitlines() if line and not line.startswith(PROGRESS)]
    stopped = running.returncode == 128 + number
    assert lines in ([[STOPPED], [CLEANLY]] if stopped else [[]]), said
    assert stopped or running.returncode == 0, said
    deadline = time.monotonic() + 10
    while _running(running.pid) and time.monotonic() < deadline:  # Python's resource tracker goes last, by itself
        time.sleep(0.05)
    assert not _running(running.pid)


def _running(session: int) -> list[psutil.Process]:
    """What still works of a session's processes; who inherits the others may take its time to bury them."""
    found = []
    for one in psutil.process_iter():
        try:
            if os.getsid(one.pid) == session and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found
