"""What stops or spoils a prepare in the middle, and the next run that goes on. Kills are in test_campaigns.py."""

import os
import re
import shutil
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from campaigns.faces import write_zip
from campaigns.processes import Command
from campaigns.progress import Progress, leftovers, look
from campaigns.project import content
from commands import Cli

from tasks import manifest
from tasks.params import Data
from tasks.sources import SOURCES

pytestmark = pytest.mark.chain
LONG = pytest.mark.long

CHUNKS, ROWS, SIDE = 40, 48, 448
# `fermata` whose files, and those of its workers, may not be larger than so many bytes.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from flows.cli import main
main()
"""
Begin = Callable[..., tuple[Command, Progress]]
SETTINGS = ("data.source=class-folders", f"prepare.shard_rows={ROWS}", "cluster.workers=1")


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip that takes some seconds to stage."""
    path = tmp_path_factory.mktemp("faces") / "faces.zip"
    write_zip(path, CHUNKS * ROWS, SIDE, 1)
    return path


@pytest.fixture(scope="module")
def prepared(faces: Path, cli: Cli) -> dict[str, str]:
    """Digests of what an undisturbed run leaves."""
    done = cli(*arguments(faces), cwd=faces.parent)
    assert done.returncode == 0, done.stderr
    return content(faces.parent / "data/prepared")


def arguments(source: Path) -> list[str]:
    return ["prepare", *(f"--set={one}" for one in (*SETTINGS, f"data.path={source}"))]


@pytest.fixture
def begin(environment: dict[str, str], tmp_path: Path) -> Iterator[Begin]:
    """Start the command in ``tmp_path`` and wait until so many chunks are staged; what is left at the end is killed."""
    commands: list[Command] = []

    def start(source: Path, *more: str, staged: int = 3, **environ: str) -> tuple[Command, Progress]:
        words = [*arguments(source), *(f"--set={one}" for one in more)]
        command = Command(["-m", "flows.cli", *words], tmp_path, environment | environ, tmp_path / "log")
        commands.append(command)
        deadline = time.monotonic() + 120
        while command.code is None and time.monotonic() < deadline:
            seen = look(tmp_path / "data/prepared", CHUNKS)
            if len(seen.staged) >= staged:
                return command, seen
            time.sleep(0.005)
        raise AssertionError(command.said)

    yield start
    for command in commands:
        command.kill()


@contextmanager
def paused(command: Command) -> Iterator[None]:
    """Stop all processes of ``command`` while the block runs, so that it can't finish meanwhile."""
    processes = command.processes()
    for one in processes:
        one.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for one in processes:
            one.send_signal(signal.SIGCONT)


def said(command: Command) -> str:
    """What it told the user, without how far it was: a line every ten seconds, where a machine is slow."""
    lines = command.said.splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(r"\w+: [\d,]+ of [\d,?]+", line))


def gone(command: Command, seconds: float = 30) -> int:
    """Exit status once none of its processes is left."""
    code = command.wait(seconds)
    deadline = time.monotonic() + seconds
    while command.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not command.processes()
    return code


def test_only_one_prepares_a_folder(
    faces: Path, prepared: dict[str, str], begin: Begin, cli: Cli, tmp_path: Path
) -> None:
    command, _ = begin(faces)
    with paused(command):
        second = cli(*arguments(faces), cwd=tmp_path)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "another process is preparing this folder" in second.stderr
    assert gone(command, 120) == 0, command.said
    assert content(tmp_path / "data/prepared") == prepared


@pytest.mark.parametrize(
    ("stop", "code", "told"),
    [
        (lambda command: os.killpg(command.pid, signal.SIGINT), 130, "stopped: nothing is half-written"),
        pytest.param(
            lambda command: os.kill(command.pid, signal.SIGTERM), 143, "stopped: nothing is half-written", marks=LONG
        ),
        pytest.param(lambda command: os.killpg(command.pid, signal.SIGHUP), None, None, marks=LONG),
    ],
    ids=["ctrl-c", "terminated", "terminal closed"],
)
def test_a_stopped_run_ends_and_the_next_one_goes_on(
    stop: Callable[[Command], None], code: int | None, told: str | None, faces: Path, prepared: dict[str, str],
    begin: Begin, tmp_path: Path,
) -> None:  # fmt: skip
    command, _ = begin(faces)
    stop(command)
    ended = gone(command)
    assert ended != 0
    assert code is None or ended == code
    assert "Traceback" not in command.said
    assert told is None or said(command).strip() == told
    assert not (tmp_path / "data/prepared").exists()
    before = look(tmp_path / "data/prepared", CHUNKS).staged
    command, seen = begin(faces, staged=len(before))
    assert before.items() <= seen.staged.items()
    assert gone(command, 120) == 0, command.said
    assert content(tmp_path / "data/prepared") == prepared
    assert not leftovers(tmp_path / "data")


@pytest.mark.long
@pytest.mark.parametrize("sleeps", ["one worker", "everything"])
def test_what_does_not_answer_for_a_while_is_no_loss(
    sleeps: str, faces: Path, prepared: dict[str, str], begin: Begin, tmp_path: Path
) -> None:
    """A worker that hangs is given up; a computer that was asleep, where all look hung, goes on."""
    command, _ = begin(faces, "cluster.workers=2", DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="3s")
    if sleeps == "everything":
        with paused(command):
            time.sleep(6)
    else:
        command.workers()[0].send_signal(signal.SIGSTOP)
    assert gone(command, 120) == 0, command.said
    assert content(tmp_path / "data/prepared") == prepared
    assert not leftovers(tmp_path / "data")


@LONG
@pytest.mark.parametrize(("phase", "limit"), [("stage", 60_000), ("build", 200_000)])
def test_no_room_left(
    phase: str, limit: int, faces: Path, environment: dict[str, str], cli: Cli, tmp_path: Path
) -> None:
    """A limit on file sizes stands for a full disk: every write over it fails with an error from the system."""
    # With so many warped copies the shards are larger than what is staged.
    words = [*arguments(faces), "--set=prepare.fill.target={happy: 3000}"]
    command = Command(["-B", "-c", LIMITED, str(limit), *words], tmp_path, environment, tmp_path / "log")
    assert gone(command, 120) == 1, command.said
    assert "File too large" in command.said
    assert said(command).count("\n") == 1, command.said
    assert look(tmp_path / "data/prepared", CHUNKS).phase == phase
    assert not (tmp_path / "data/prepared").exists()
    assert not list((tmp_path / "data/work").rglob("*.tmp"))
    done = cli(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert manifest.read(tmp_path / "data/prepared")["images"] == CHUNKS * ROWS
    assert not leftovers(tmp_path / "data")


@LONG
def test_a_folder_that_changes_ends_the_run(faces: Path, begin: Begin, cli: Cli, tmp_path: Path) -> None:
    """What was read is then neither the old data set nor the new one."""
    folder = tmp_path / "faces"
    with zipfile.ZipFile(faces) as archive:
        archive.extractall(folder)
    plan = SOURCES["class-folders"].plan(Data(source="class-folders", path=str(folder)), ROWS)
    command, _ = begin(folder)
    with paused(command):
        (folder / plan.chunks[-1].members[-1].name).unlink()
    assert gone(command, 120) == 2, command.said
    assert said(command) == f"data.path: {str(folder)!r} changed while it was read. Run it again\n"
    assert not (tmp_path / "data/prepared").exists()
    done = cli(*arguments(folder), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert manifest.read(tmp_path / "data/prepared")["images"] == CHUNKS * ROWS - 1


@pytest.mark.long
@pytest.mark.parametrize("change", ["removed", "cut", "replaced"])
def test_a_zip_that_changes_ends_the_run(
    change: str, faces: Path, prepared: dict[str, str], begin: Begin, cli: Cli, tmp_path: Path
) -> None:
    source = tmp_path / "faces.zip"
    shutil.copy(faces, source)
    write_zip(tmp_path / "other.zip", CHUNKS * ROWS, SIDE, 2)
    command, _ = begin(source)
    with paused(command):
        match change:
            case "removed":
                source.unlink()
            case "cut":
                os.truncate(source, source.stat().st_size // 2)
            case _:
                (tmp_path / "other.zip").replace(source)
    assert gone(command, 120) == 2, command.said
    assert str(source) in command.said
    assert said(command).count("\n") == 1, command.said
    assert not (tmp_path / "data/prepared").exists()
    shutil.copy(faces, source)  # nothing that was staged of another zip may be taken for this one's
    assert cli(*arguments(source), cwd=tmp_path).returncode == 0
    assert content(tmp_path / "data/prepared") == prepared


@pytest.mark.long
def test_a_csv_that_gets_shorter_ends_the_run(begin: Begin, tmp_path: Path) -> None:
    rng, source = np.random.default_rng(1), tmp_path / "faces.csv"
    with source.open("w", encoding="ascii") as stream:
        stream.write("emotion,pixels,Usage\n")
        for number in range(CHUNKS * ROWS * 4):
            pixels = " ".join(map(str, rng.integers(0, 256, 2304).tolist()))
            stream.write(f"{number % 7},{pixels},Training\n")
    command, _ = begin(source, "data.source=fer2013-csv", f"prepare.shard_rows={ROWS * 4}", staged=1)
    with paused(command):
        os.truncate(source, source.stat().st_size // 2)
    assert gone(command, 120) == 2, command.said
    assert "data.path: " in command.said
    assert "cut off" in command.said or "changed while being read" in command.said
    assert said(command).count("\n") == 1, command.said
    assert not (tmp_path / "data/prepared").exists()


@pytest.mark.long
def test_a_staged_chunk_that_a_power_cut_emptied_is_made_again(
    faces: Path, prepared: dict[str, str], begin: Begin, cli: Cli, tmp_path: Path
) -> None:
    command, _ = begin(faces)
    command.kill()
    staged = sorted((tmp_path / "data/work").rglob("chunk-*.parquet"))
    os.truncate(staged[0], 0)
    os.truncate(staged[1], staged[1].stat().st_size // 2)
    done = cli(*arguments(faces), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert content(tmp_path / "data/prepared") == prepared
