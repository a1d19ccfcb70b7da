"""A wish to stop is kept even where the exception that it raises is swallowed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent.parent
SWALLOWED = """
import os, signal, sys
from flows import stop
stop.listen()
for _ in range(2):
    try:
        os.kill(os.getpid(), signal.{signal})
        import time; time.sleep(1)
    except KeyboardInterrupt:
        pass
print(stop.asked(), stop.status(), flush=True)
try:
    stop.check()
except KeyboardInterrupt:
    import subprocess
    child = subprocess.Popen(["sleep", "60"])
    print(child.pid, flush=True)
    stop.end()
print("went on")
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_that_was_swallowed_is_remembered_and_ends_the_helpers(name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED.replace("{signal}", name)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    number, status, child = done.stdout.split()
    assert done.returncode == code == int(status), done.stderr
    assert int(number) == getattr(signal, name)
    deadline = time.monotonic() + 5
    while _runs(int(child)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(int(child))


UNHEARD = """
import os, signal, subprocess, sys
from flows import stop
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in the background ignore it
with stop.unheard():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.DEVNULL)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(child.pid, signal.SIGINT)
    print(child.pid, "went on", flush=True)
"""


def test_what_is_started_unheard_outlives_ctrl_c_and_its_starter_hears_it_late() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNHEARD],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
        cwd=ROOT,
    )
    child, said = done.stdout.split(maxsplit=1)
    process = psutil.Process(int(child))
    try:
        assert said == "went on\n"
        assert done.returncode != 0  # KeyboardInterrupt
        time.sleep(0.2)
        assert _runs(process.pid)
    finally:
        process.kill()


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_nothing_stops_that_was_not_asked_to() -> None:
    from flows import stop

    stop.check()
    assert stop.asked() is None
    assert stop.status() == 130


TAKEN = """
import os
import signal
from flows import stop
from prefect.utilities.engine import capture_sigterm
stop.listen()
try:
    with capture_sigterm():  # as a flow does
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise OSError("its server is gone, too")
except OSError as error:
    stop.note(ValueError("another"))
    print(stop.asked())
    stop.note(error)
    print(stop.asked(), stop.status())
"""


def test_a_sigterm_that_prefect_took_is_found_behind_what_broke_of_it() -> None:
    done = subprocess.run([sys.executable, "-c", TAKEN], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.splitlines() == ["None", "15 143"], done.stderr


def _ran(script: str, *paths: Path) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join(map(str, (ROOT, *paths)))
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


IMPORTED = """
import time
from flows import stop
stop.listen()
try:
    import loaded
    time.sleep(9)
except KeyboardInterrupt:
    print(loaded.whole)
"""


def test_a_stop_waits_for_the_end_of_an_import(tmp_path: Path) -> None:
    (tmp_path / "loaded.py").write_text(
        "import signal, time\nsignal.raise_signal(signal.SIGINT)\ntime.sleep(0.2)\nwhole = True\n"
    )
    done = _ran(IMPORTED, tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


COMMAND_LINE = """
import sys
from flows import stop
stop.listen()
__name__ = "flows.cli.any"
try:
    import loaded
finally:
    print("went on")
"""


def test_a_stop_while_the_command_line_loads_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "loaded.py").write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\n")
    done = _ran(COMMAND_LINE, tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "stopped: nothing is half-written\n", 143)


IGNORED = """
import signal, time
from flows import stop
stop.listen()
class Gone:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        raise AssertionError
try:
    Gone()
    print("went on", flush=True)
    time.sleep(9)
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_stop_where_python_ignores_it_is_not_shown_and_comes_again() -> None:
    done = _ran(IGNORED)
    assert (done.stdout, done.stderr, done.returncode) == ("went on\nstopped\n", "", 0)


TWICE = """
import os
import signal
from flows import stop
stop.listen()
try:
    signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    signal.raise_signal(signal.SIGTERM)
    print("one", stop.status())
"""


def test_a_signal_that_is_sent_twice_as_by_timeout_is_one_stop() -> None:
    assert _ran(TWICE).stdout == "one 143\n"


OVER = """
import signal, subprocess
from flows import stop
stop.listen()
print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
stop.over(3)
signal.raise_signal(signal.SIGINT)
print("went on")
"""


def test_a_stop_after_the_work_is_done_hastens_the_end_and_changes_nothing() -> None:
    done = _ran(OVER)
    assert (done.stderr, done.returncode) == ("", 3)
    assert not _runs(int(done.stdout))


HANGUP = """
import os
import signal
from flows import stop
signal.signal(signal.SIGHUP, signal.{handler})
stop.listen()
try:
    signal.raise_signal(signal.SIGHUP)
    print("went on")
except KeyboardInterrupt:
    print("stopped", stop.status())
"""


@pytest.mark.parametrize(("handler", "said"), [("SIG_DFL", "stopped 129\n"), ("SIG_IGN", "went on\n")])
def test_a_terminal_that_closes_is_a_stop_unless_nohup_said_otherwise(handler: str, said: str) -> None:
    assert _ran(HANGUP.replace("{handler}", handler)).stdout == said
