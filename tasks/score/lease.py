"""A lock that is an object in a store: written only where there is none, and again and again while its holder lives."""

import json
import os
import socket
import threading
import time
import uuid
from typing import Any, Final

import psutil

from tasks import remote
from tasks.errors import OutputError
from tasks.score.store import Say

BEAT: Final = 30.0  # seconds between two signs of life
STALE: Final = 300.0  # seconds without one, after which a lock is another's to take


class Lease:
    """The lock at ``url``, of the output called ``name``.

    Clocks of two machines may differ by less than STALE. Of two that take over a stale lock at once one wins: S3 writes
    it only over the one that was seen, and where a store can't, the other sees the winner's name at its next beat.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name, self._token = url, name, uuid.uuid4().hex
        self._since = time.time()
        self._over = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._live, daemon=True)

    def take(self, say: Say) -> None:
        """Take the lock and keep it alive.

        Raises:
            OutputError: another run holds it.
            OSError: the store can't be written.
        """
        seen, found = self._read()
        if found is None:
            self._write(mode="create")
        else:
            self._refuse_living(found)
            say(f"'{self._name}': the lock of a run that is gone is taken over ({_who(found)})")
            self._write(**({"IfMatch": seen} if self._url.startswith("s3") else {}))
        _, found = self._read()
        if found is None or found.get("token") != self._token:
            self._refuse(found or {})
        self._thread.start()

    def check(self) -> None:
        """See that the lock is still held.

        Raises:
            OutputError: another run has taken it, since none of this one's signs of life reached the store.
        """
        if self._lost:
            raise OutputError(
                f"--out: another run has taken over '{self._name}': this one was not heard of for too long"
            )

    def release(self) -> None:
        """Let the next run in."""
        self._over.set()
        self._thread.join()
        try:
            if self._mine():
                remote.tried(self._url, lambda: _do(self._url, "rm_file"))
        except OSError:  # out of reach: it becomes stale
            return

    def _live(self) -> None:
        while not self._over.wait(BEAT):
            try:
                if not self._mine():
                    self._lost = True
                    return
                self._write()
            except OSError:  # the next beat may reach it
                continue

    def _mine(self) -> bool:
        return (self._read()[1] or {}).get("token") == self._token

    def _read(self) -> tuple[str, dict[str, Any] | None]:
        """The version of the lock and what stands in it; None where there is none."""
        try:
            seen = str(remote.info(self._url).get("ETag") or "")
            text = remote.tried(self._url, lambda: _do(self._url, "cat_file"))
        except FileNotFoundError:
            return "", None
        try:
            found = json.loads(text)
        except ValueError:
            found = {}
        return seen, found if isinstance(found, dict) else {}

    def _write(self, **condition: str) -> None:
        text = json.dumps(
            {
                "token": self._token, "host": socket.gethostname(), "pid": os.getpid(), "since": self._since,
                "seen": time.time(),
            }
        )  # fmt: skip
        try:
            remote.tried(self._url, lambda: _do(self._url, "pipe_file", text.encode(), **condition))
        except OSError:
            # Written by a request whose answer was lost, or by another run: what stands there says it.
            if not condition or self._read()[1] is None:
                raise

    def _refuse_living(self, found: dict[str, Any]) -> None:
        here, pid = found.get("host") == socket.gethostname(), found.get("pid")
        if here and isinstance(pid, int) and not psutil.pid_exists(pid):
            return
        if time.time() - _number(found, "seen") < STALE:
            self._refuse(found)

    def _refuse(self, found: dict[str, Any]) -> None:
        raise OutputError(
            f"--out: another run is working in '{self._name}' now ({_who(found)}). Wait for it, or use another folder; "
            f"if it is gone, this one can go on {STALE / 60:.0f} minutes after it was last heard of"
        )


def _who(found: dict[str, Any]) -> str:
    ago = max(0.0, time.time() - _number(found, "seen"))
    return f"process {found.get('pid', '?')} on {found.get('host', '?')}, last heard of {ago:,.0f} s ago"


def _number(found: dict[str, Any], name: str) -> float:
    value = found.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _do(url: str, method: str, *arguments: Any, **more: Any) -> Any:
    store, path = remote.located(url)
    return getattr(store, method)(path, *arguments, **more)
