"""Processes that outlive what started them are found again, and ended with all that they started."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from processes import Group, alive, until

SLEEPS = "import time; time.sleep(600)"
BEGIN = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}])"
PARENT = f"{BEGIN}; print('up', flush=True); {SLEEPS}"
DEAF = f"import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); {SLEEPS}"


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    made = Group(tmp_path)
    yield made
    for file in tmp_path.glob("*.pid"):
        made.end(file.stem)


def begin(group: Group, name: str, code: str) -> psutil.Process:
    group.begin(name, [sys.executable, "-c", code], os.environ)
    found = group.find(name)
    assert found is not None
    return found


def test_one_is_ended_with_what_it_started(group: Group) -> None:
    process = begin(group, "one", PARENT)
    assert until(lambda: group.last("one") == "up", 120)
    (child,) = process.children()
    assert group.begun("one")
    assert group.end("one")
    assert not alive(process)
    assert not alive(child)
    assert not group.begun("one")
    assert not group.end("one")


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    group = Group(tmp_path, patience=0.5)
    process = begin(group, "one", DEAF)
    assert until(lambda: group.last("one") == "up", 120)
    assert group.end("one")
    assert not alive(process)


def test_one_that_has_ended_is_not_found_but_was_begun(group: Group) -> None:
    group.begin("one", [sys.executable, "-c", "print('a reason')"], os.environ)
    assert until(lambda: group.find("one") is None, 120)
    assert group.begun("one")
    assert group.last("one") == "a reason"


def test_another_one_with_its_pid_is_left_alone(group: Group) -> None:
    process = begin(group, "one", SLEEPS)
    file = group.folder / "one.pid"
    kept = file.read_text()
    file.write_text(json.dumps([process.pid, process.create_time() - 60]))
    assert group.find("one") is None
    assert not group.end("one")
    assert alive(process)
    file.write_text(kept)  # for the end


def test_it_says_where_there_is_no_log(group: Group) -> None:
    assert group.last("nothing") == "no log"
    group.log("silent").touch()
    assert group.last("silent") == "it said nothing"


def test_its_own_session_so_that_ctrl_c_is_not_for_it(group: Group) -> None:
    process = begin(group, "one", SLEEPS)
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
