"""Whose turn it is to move a model's aliases: of two promotions at once one goes on, the other is told.

Each takes a number in a journal, a registered model of its own called NAME.promotions: its versions are the entries.
The database gives each number once, to one client, on SQLite and PostgreSQL and behind a server alike, and a number is
given only when all lower ones can be seen. So the lowest open entry has the turn, without any comparing and swapping,
which MLflow doesn't have. Entries are kept: who promoted what, when, and with what result.
"""

import getpass
import os
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import psutil
from mlflow.exceptions import MlflowException

from tasks.errors import RegistryError
from tasks.registry_errors import explained

BEAT: Final = 30.0  # seconds between two signs of life
STALE: Final = 300.0  # seconds without one, after which an entry is over; clocks may differ by less
JOURNAL: Final = ".promotions"  # behind the model's name
OPEN, ENDED, GONE = "open", "ended", "gone"
_ABOUT: Final = "Journal of promotions and rollbacks, one version each; not a model. Fermata writes it."


class Turn:
    """One entry of the journal. Use as a context: without `end` in the block, it ends with the error's own words."""

    def __init__(
        self, client: Any, address: str, name: str, kind: str, run_id: str, beat: float = BEAT, stale: float = STALE
    ) -> None:
        """Prepare an entry.

        Args:
            client: MLflow's.
            name: of the registered model.
            kind: what is done: promote or rollback.
            run_id: of the version that it is about.
            beat: seconds between two signs of life.
            stale: seconds without one, after which an entry is over.
        """
        self._client, self._address, self._kind, self._run = client, address, kind, run_id
        self._model, self._name, self._beat, self._stale = name, f"{name}{JOURNAL}", beat, stale
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.number = ""

    def __enter__(self) -> "Turn":
        with explained(self._address):
            self._take()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        with explained(self._address):
            if self._state(self.number) == OPEN:
                self.end("failed", " ".join(str(error).split())[:500] if error else "")

    def check(self) -> None:
        """See that the turn is still ours.

        Raises:
            RegistryError: another took it over, since none of this one's signs of life reached the store.
        """
        with explained(self._address):
            if self._state(self.number) != OPEN:
                raise RegistryError(
                    f"{self._kind}: another took over, as nothing was heard of this one for {self._stale:.0f} s. "
                    "Nothing was moved; run it again"
                )

    def end(self, outcome: str, reason: str = "", **more: str) -> None:
        """Close the entry.

        Args:
            outcome: promoted, refused, rolled back or failed.
            more: further tags.
        """
        for key, value in {"outcome": outcome, "reason": reason, **more, "ended": _now(), "state": ENDED}.items():
            self._client.set_model_version_tag(self._name, self.number, key, value)

    def _take(self) -> None:
        try:
            self._client.create_registered_model(self._name, description=_ABOUT)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        tags = {
            "state": OPEN, "kind": self._kind, "by": who(), "host": socket.gethostname(), "pid": str(os.getpid()),
            "born": str(_born(os.getpid())), "system": _system(), "since": _now(), "beat": f"{time.time():.0f}",
        }  # fmt: skip
        made = self._client.create_model_version(
            self._name, f"runs:/{self._run}/model", self._run, tags=tags, await_creation_for=None
        )
        self.number = str(made.version)
        for entry in sorted(self._open(), key=lambda one: int(one.version)):
            if int(entry.version) >= int(self.number):
                break
            if self._alive(entry.tags):
                self.end("failed", f"entry {entry.version} had the turn")
                raise RegistryError(
                    f"{self._kind}: another {entry.tags['kind']} of '{self._model}' is under way, by "
                    f"{entry.tags['by']} on {entry.tags['host']} since {entry.tags['since']}. Try again when it is done"
                )
            self._client.set_model_version_tag(self._name, entry.version, "state", GONE)

    def _open(self) -> list[Any]:
        return list(
            self._client.search_model_versions(f"name = '{self._name}' and tags.state = '{OPEN}'", max_results=200)
        )

    def _alive(self, tags: dict[str, str]) -> bool:
        """Whether who wrote the entry still lives: by its process where it can be seen, else by its signs."""
        if tags["system"] == _system():
            return _born(int(tags["pid"])) == float(tags["born"])
        return time.time() - float(tags["beat"]) < self._stale

    def _state(self, number: str) -> str:
        return str(self._client.get_model_version(self._name, number).tags.get("state", ""))

    def _live(self) -> None:
        while not self._over.wait(self._beat):
            try:
                self._client.set_model_version_tag(self._name, self.number, "beat", f"{time.time():.0f}")
            except (MlflowException, OSError):
                continue  # a store that is away for a moment: `check` says whether it was for too long


def who() -> str:
    """Who asks: the user that the store knows, or else the system's."""
    try:
        return os.environ.get("MLFLOW_TRACKING_USERNAME") or getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"  # one without a name, as in containers


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _system() -> str:
    """What tells a machine since its last start, and a container on it, from others: process numbers are theirs."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()} {round(psutil.boot_time())}"


def _born(pid: int) -> float:
    """When a process began, which tells it from a later one of the same number; 0 where there is none."""
    try:
        return float(round(psutil.Process(pid).create_time(), 2))
    except psutil.Error:
        return 0.0
