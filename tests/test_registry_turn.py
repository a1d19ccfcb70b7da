"""Who has the turn, with real processes that want it at once, on SQLite."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

import mlflow
import pytest
from commands import ROOT
from registered import add, promotions

from tasks.errors import RegistryError
from tasks.registry_turn import GONE, JOURNAL, Turn

_NUMBERS: Final = count()
pytestmark = pytest.mark.chain

# Takes the turn when it is told to, holds it until it is told again, and says what came of it.
WANT = """
import sys
from registered import promotions
from tasks.errors import RegistryError
address, name = sys.argv[1:]
registry = promotions(address, name)
version = registry.version("1")
print("ready", flush=True)
sys.stdin.readline()
try:
    with registry.turn("promote", version) as turn:
        print("mine", flush=True)
        sys.stdin.readline()
        turn.check()
        turn.end("promoted", version="1")
    print("won", flush=True)
except RegistryError as error:
    print(error, flush=True)
"""


class Wants(subprocess.Popen[str]):
    """A process that wants the turn."""

    def __init__(self, address: str, name: str) -> None:
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        super().__init__(
            [sys.executable, "-c", WANT, address, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip

    def hear(self) -> str:
        assert self.stdout is not None
        return self.stdout.readline().strip()

    def tell(self) -> None:
        assert self.stdin is not None
        self.stdin.write("\n")
        self.stdin.flush()


@pytest.fixture(scope="module")
def address(new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_store(tmp_path_factory.mktemp("turns") / "mlflow.db")


@pytest.fixture
def name(address: str) -> str:
    """A registered model of one version."""
    made = f"model-{next(_NUMBERS)}"
    add(promotions(address, made), address, made)
    return made


def _turn(address: str, name: str, stale: float = 300.0, beat: float = 30.0) -> Turn:
    client = mlflow.MlflowClient(address, address)
    return Turn(client, address, name, "promote", client.get_model_version(name, "1").run_id, beat, stale)


def test_of_several_at_once_one_wins_and_the_others_are_told_in_a_line(address: str, name: str) -> None:
    running = [Wants(address, name) for _ in range(3)]
    assert [one.hear() for one in running] == ["ready"] * 3
    for one in running:
        one.tell()
    said = [one.hear() for one in running]
    assert sorted(line == "mine" for line in said) == [False, False, True], said
    winner = running[said.index("mine")]
    winner.tell()
    assert winner.hear() == "won"
    for one, line in zip(running, said, strict=True):
        rest = one.communicate(timeout=60)[0]
        assert rest == ""
        assert line == "mine" or line.startswith(f"promote: another promote of '{name}' is under way, by ")
    journal = mlflow.MlflowClient(address, address).search_model_versions(f"name = '{name}{JOURNAL}'")
    assert sorted(entry.tags["outcome"] for entry in journal) == ["failed", "failed", "promoted"]


def test_the_turn_of_a_process_that_was_killed_is_free_at_once_on_this_machine(address: str, name: str) -> None:
    holder = Wants(address, name)
    holder.hear()
    holder.tell()
    assert holder.hear() == "mine"
    with pytest.raises(RegistryError, match=f"another promote of '{name}' is under way"), _turn(address, name):
        pytest.fail("two had the turn")
    holder.kill()
    holder.communicate(timeout=30)
    with _turn(address, name) as turn:
        turn.check()
        found = mlflow.MlflowClient(address, address).get_model_version(f"{name}{JOURNAL}", "1")
        assert (found.tags["state"], found.tags["pid"]) == (GONE, str(holder.pid))


def test_the_turn_of_another_machine_is_taken_over_when_it_gives_no_signs_of_life(address: str, name: str) -> None:
    client = mlflow.MlflowClient(address, address)
    with _turn(address, name, beat=600.0) as first:
        client.set_model_version_tag(f"{name}{JOURNAL}", first.number, "system", "another")
        with pytest.raises(RegistryError, match="is under way"), _turn(address, name):
            pytest.fail("two had the turn")
        client.set_model_version_tag(f"{name}{JOURNAL}", first.number, "beat", f"{time.time() - 301:.0f}")
        with _turn(address, name) as second:
            second.check()
            # It was only slow: it is told, before it moves anything.
            with pytest.raises(RegistryError, match="another took over"):
                first.check()


def test_signs_of_life_keep_the_turn(address: str, name: str) -> None:
    client = mlflow.MlflowClient(address, address)
    with _turn(address, name, stale=2.0, beat=0.2) as first:
        client.set_model_version_tag(f"{name}{JOURNAL}", first.number, "system", "another")
        time.sleep(3.5)
        with pytest.raises(RegistryError, match="is under way"), _turn(address, name, stale=2.0):
            pytest.fail("two had the turn")
        first.check()


def test_an_entry_ends_with_what_went_wrong(address: str, name: str) -> None:
    with pytest.raises(ValueError, match="no such thing"), _turn(address, name) as turn:
        raise ValueError("no such thing")
    tags = mlflow.MlflowClient(address, address).get_model_version(f"{name}{JOURNAL}", turn.number).tags
    assert (tags["state"], tags["outcome"], tags["reason"]) == ("ended", "failed", "no such thing")
