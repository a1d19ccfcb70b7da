"""What ends a process is known to the next one that takes up its work."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.errors import DecodeError, FermataError, MediaError, MediaTimeoutError
from tasks.media.watch import DEATHS, FOLDER, clear, watched
from tasks.params import Limits

pytestmark = pytest.mark.chain

ROOT = Path(__file__).parents[2]
LIMITS = Limits(unit_memory=200 << 20)
# Reads `fine`, then does what it is told to, in the place of a worker.
WORKER = """
import os, signal, sys, time
from pathlib import Path
from tasks.errors import MediaError
from tasks.media.watch import watched
from tasks.params import Limits
limits = Limits(unit_seconds=float(sys.argv[4]), unit_memory=200 << 20)
with watched(Path(sys.argv[1]), "work", limits, 0.1) as watch:
    for key in sys.argv[3].split(","):
        try:
            watch.begin(key)
        except MediaError:
            continue
        if key == "fine":
            continue
        exec(sys.argv[2])
"""


def _work(out: Path, harm: str, keys: str = "fine,bad", seconds: float = 30.0) -> int:
    words = [sys.executable, "-c", WORKER, str(out), harm, keys, str(seconds)]
    done = subprocess.run(words, cwd=ROOT, timeout=60, check=False)
    return done.returncode


def _fault(out: Path, key: str) -> MediaError | None:
    with watched(out, "work", LIMITS) as watch:
        try:
            watch.begin(key)
        except MediaError as error:
            return error
    return None


def test_what_hangs_is_ended_and_left_alone(tmp_path: Path) -> None:
    assert _work(tmp_path, "time.sleep(60)", seconds=0.2) == 1
    found = _fault(tmp_path, "bad")
    assert isinstance(found, MediaTimeoutError)
    assert str(found) == "took longer than 0.2 s (unit_seconds)"
    assert str(_fault(tmp_path, "bad")) == str(found)  # also when finished work is done again
    clear(tmp_path)
    assert _fault(tmp_path, "bad") is None


def test_what_fills_the_memory_is_ended_and_left_alone(tmp_path: Path) -> None:
    assert _work(tmp_path, "held = bytearray(b'x') * (300 << 20); time.sleep(60)") == 1
    found = _fault(tmp_path, "bad")
    assert isinstance(found, DecodeError)
    assert str(found) == "took more than 209,715,200 bytes of memory (unit_memory)"


def test_memory_that_was_taken_before_is_nobodys_fault(tmp_path: Path) -> None:
    held = bytearray(b"x") * (300 << 20)
    assert _work(tmp_path, "pass") == 0
    with watched(tmp_path, "work", LIMITS) as watch:
        watch.begin("fine")
        assert watch.excess() is None
    assert len(held) == 300 << 20


def test_what_kills_its_process_gets_several_chances(tmp_path: Path) -> None:
    for _ in range(DEATHS):
        assert _work(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") == -9
    assert _work(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") == 0  # left alone now
    assert [file.name for file in (tmp_path / FOLDER).iterdir()] == ["work.json"]


def test_work_that_harms_nobody_leaves_nothing(tmp_path: Path) -> None:
    assert _work(tmp_path, "pass") == 0
    assert not list((tmp_path / FOLDER).iterdir())


def test_deaths_are_counted_for_each_entry_and_the_last_one_begun_is_at_fault(tmp_path: Path) -> None:
    kill = "os.kill(os.getpid(), signal.SIGKILL)"
    codes = [_work(tmp_path, kill, "bad,fine,worse") for _ in range(2 * DEATHS)]
    assert codes == [-9] * 2 * DEATHS
    with watched(tmp_path, "work", LIMITS) as watch:
        for key in ("bad", "worse"):
            with pytest.raises(DecodeError, match="3 processes died while"):
                watch.begin(key)
        watch.begin("fine")


def test_a_process_that_dies_before_it_reads_is_no_mediums_fault(tmp_path: Path) -> None:
    for _ in range(DEATHS):
        assert _work(tmp_path, "os._exit(7)", "") == 7
    with pytest.raises(FermataError, match="3 workers in a row died before they read anything"):
        _fault(tmp_path, "fine")


def test_a_stop_of_the_whole_run_is_forgotten(tmp_path: Path) -> None:
    for _ in range(DEATHS):
        _work(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    clear(tmp_path)
    assert _fault(tmp_path, "bad") is None
    clear(tmp_path)
    clear(tmp_path / "nothing")


def test_a_thread_beside_one_that_hangs_is_not_at_fault(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from threading import Thread
from tasks.media.watch import watched
from tasks.params import Limits
def work(name, seconds):
    with watched(Path(sys.argv[1]), name, Limits(unit_seconds=seconds), 0.1) as watch:
        watch.begin(name)
        time.sleep(60)
threads = [Thread(target=work, args=("quick", 0.2)), Thread(target=work, args=("slow", 50.0))]
for one in threads: one.start()
for one in threads: one.join()
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 1
    for _ in range(2 * DEATHS):  # spared: however often
        with watched(tmp_path, "slow", LIMITS) as watch:
            watch.begin("slow")
    with watched(tmp_path, "quick", LIMITS) as watch, pytest.raises(MediaTimeoutError):
        watch.begin("quick")


def test_names_of_any_kind_are_kept(tmp_path: Path) -> None:
    names = ["a" * 5000, '\udcff\n\0"', "x"]
    with watched(tmp_path, "work", LIMITS) as watch:
        for name in names:
            watch.begin(name)
            text = (tmp_path / FOLDER / "work.json").read_text().split("\n")[1]
            assert json.loads(text) == {"reads": name}
        watch.rest()
        assert watch.excess() is None
