"""The output of a run as objects behind a URL: each one is there by a single request, whole or not at all."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from tasks import remote
from tasks.errors import OutputError
from tasks.score.lease import Lease
from tasks.score.store import LOCK, Say
from tasks.urls import join, shown

NEW: Final = ".new"  # folder of tables that are to be put in the place of others
WHOLE: Final = ".whole"  # says that NEW is complete
THREADS: Final = 8  # requests at once
TAIL: Final = 1 << 16  # bytes of a request where little of an object is wanted

Result = TypeVar("Result")


class Bucket:
    """Objects below ``url``; the desk is a temporary folder."""

    def __init__(self, url: str) -> None:
        self.address = url.rstrip("/")
        self.name = shown(self.address)
        self._lease: Lease | None = None

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """As ``Store`` says: by an object that only one run can write."""
        lease = Lease(join(self.address, LOCK), self.name)
        try:
            lease.take(say)
        except OSError as error:
            raise OutputError(f"--out: '{self.name}' cannot be written: {error.strerror}") from None
        self._lease = lease
        try:
            yield
        finally:
            self._lease = None
            lease.release()

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """A temporary folder."""
        with tempfile.TemporaryDirectory(prefix="fermata-desk-") as folder:
            yield Path(folder)

    def entries(self) -> list[str]:
        """As ``Store`` says."""
        return sorted({name.partition("/")[0] for name in self._below("")} - {LOCK})

    def names(self, folder: str) -> list[str]:
        """As ``Store`` says."""
        return self._below(folder)

    def open(self, name: str) -> BinaryIO:
        """As ``Store`` says; little at a time, as of a part mostly its last table is wanted."""
        return remote.opened(join(self.address, name), TAIL)

    def put(self, name: str, data: bytes) -> None:
        """One request."""
        self._write(name, lambda store, path: store.pipe_file(path, data))

    def remove(self, names: Collection[str]) -> None:
        """As ``Store`` says."""
        wanted = set(names)
        gone = [one for one in self._below("") if not wanted.isdisjoint(accumulate(one.split("/"), "{}/{}".format))]
        if gone:
            self._write("", lambda store, path: store.rm([join(path, name) for name in gone]))

    def each(self, call: Callable[[str], Result], names: Iterable[str]) -> Iterator[Result]:
        """``THREADS`` at once."""
        with ThreadPoolExecutor(THREADS) as pool:
            yield from pool.map(call, names)

    def bring(self, desk: Path, names: Collection[str]) -> None:
        """As ``Store`` says."""

        def get(name: str) -> None:
            (desk / name).parent.mkdir(parents=True, exist_ok=True)
            url = join(self.address, name)
            with remote.opened(url) as stream, (desk / name).open("wb") as file:
                shutil.copyfileobj(stream, file, remote.BLOCK)

        for _ in self.each(get, (name for name in self._below("") if name.partition("/")[0] in names)):
            pass

    def send(self, desk: Path, names: Collection[str]) -> None:
        """As ``Store`` says."""
        self._send(desk, "", names)

    def replace(self, desk: Path, names: Collection[str]) -> None:
        """Sent beside, then copied within the store: what was there is not gone before all of it is."""
        self.remove([WHOLE, NEW])
        found = [
            path for name in names for path in ((desk / name).rglob("*") if (desk / name).is_dir() else [desk / name])
        ]
        self._send(desk, NEW, [path.relative_to(desk).as_posix() for path in found if path.is_file()])
        self.put(WHOLE, b"")
        self.recover()

    def recover(self) -> None:
        """As ``Store`` says."""
        present = self._below("")
        new = [name.removeprefix(f"{NEW}/") for name in present if name.startswith(f"{NEW}/")]
        if WHOLE not in present:
            if new:
                self.remove([NEW])
            return

        def put(name: str) -> None:
            source = remote.located(join(self.address, f"{NEW}/{name}"))[1]
            self._write(name, lambda store, path: store.cp_file(source, path))

        for _ in self.each(put, new):
            pass
        tops = {name.partition("/")[0] for name in new}
        self.remove([name for name in present if name.partition("/")[0] in tops and name not in new])
        self.remove([WHOLE])
        self.remove([NEW])

    def _send(self, desk: Path, folder: str, names: Collection[str]) -> None:
        def put(name: str) -> None:
            self._write(
                join(folder, name) if folder else name, lambda store, path: store.put_file(str(desk / name), path)
            )

        for _ in self.each(put, names):
            pass

    def _below(self, folder: str) -> list[str]:
        try:
            return remote.names(join(self.address, folder))
        except FileNotFoundError:
            return []

    def _write(self, name: str, call: Callable[[Any, str], Any]) -> None:
        if self._lease is not None:
            self._lease.check()
        url = join(self.address, name)
        remote.tried(url, lambda: call(*remote.located(url)))
