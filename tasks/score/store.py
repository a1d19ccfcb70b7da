"""Where the output of a run lies: a folder on this machine, or objects behind a URL (``bucket``).

Either way each file is there whole, or not at all, and one run at a time writes. Tables and reports are made in a
folder of this machine, the desk: the output folder itself, or a temporary one whose files are sent to the store.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from filelock import FileLock, Timeout

from tasks import files
from tasks.errors import OutputError
from tasks.urls import is_url, plain

LOCK = ".lock"

Result = TypeVar("Result")
Say = Callable[[str], None]


class Store(Protocol):
    """The output of a run.

    Attributes:
        address: where it is, for another process on this machine or another.
        name: the same, as it may be shown.
    """

    address: str
    name: str

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Keep other runs out while the block runs; ``say`` is told if a lock was left by a run that is gone.

        Raises:
            OutputError: another run works there, or nothing can be written there.
        """

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """The desk, while the block runs."""

    def entries(self) -> list[str]:
        """Names of the files and folders at the top, without the lock."""

    def names(self, folder: str) -> list[str]:
        """Names of the files in ``folder``, without what is not whole yet."""

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            OSError: also later, by reading.
        """

    def put(self, name: str, data: bytes) -> None:
        """Write a file; one of that name is replaced."""

    def remove(self, names: Collection[str]) -> None:
        """Remove files, and folders with all that is in them; what isn't there is no error."""

    def each(self, call: Callable[[str], Result], names: Iterable[str]) -> Iterator[Result]:
        """``call`` of each name in order; as many at once as is good for the store."""

    def bring(self, desk: Path, names: Collection[str]) -> None:
        """Get files and folders onto the desk; what isn't there is no error."""

    def send(self, desk: Path, names: Collection[str]) -> None:
        """Put files of the desk where they belong."""

    def replace(self, desk: Path, names: Collection[str]) -> None:
        """Put files and folders of the desk in the place of earlier ones; ``recover`` ends what was stopped."""

    def recover(self) -> None:
        """End a ``replace`` that was stopped on its way."""


def at(out: "str | Path | Store") -> Store:
    """The store at a path or URL."""
    if not isinstance(out, str | Path):
        return out
    place = plain(str(out))
    if is_url(place):
        from tasks.score.bucket import Bucket

        return Bucket(place)
    return Folder(Path(place))


def notes(out: str | Path) -> Path:
    """Where processes of one machine leave word for each other during a run: its folder, or a temporary one."""
    place = plain(str(out))
    if not is_url(place):
        return Path(place)
    return Path(tempfile.gettempdir()) / f"fermata-{os.getuid()}-{hashlib.sha256(place.encode()).hexdigest()[:16]}"


class Folder:
    """A folder on this machine; it is the desk itself, where ``compact`` replaces tables by renaming."""

    def __init__(self, root: Path) -> None:
        self.root, self.name, self.address = root, str(root), str(root.absolute())

    @contextmanager
    def held(self, _: Say) -> Iterator[None]:
        """As ``Store`` says."""
        if self.root.exists() and not self.root.is_dir():
            raise OutputError(f"--out: '{self.name}' is a file, not a folder")
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise OutputError(
                f"--out: another run is working in '{self.name}' now. Wait for it, or use another folder"
            ) from None
        try:
            yield
        finally:
            lock.release()  # the file stays: to remove it would let two runs lock two files of that name

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """The folder itself."""
        yield self.root

    def entries(self) -> list[str]:
        """As ``Store`` says."""
        return [place.name for place in self.root.iterdir() if place.name != LOCK]

    def names(self, folder: str) -> list[str]:
        """As ``Store`` says."""
        place = self.root / folder
        return [one.name for one in place.iterdir() if not one.name.startswith(".")] if place.is_dir() else []

    def open(self, name: str) -> BinaryIO:
        """As ``Store`` says."""
        return (self.root / name).open("rb")

    def put(self, name: str, data: bytes) -> None:
        """Written beside, then renamed."""
        with files.replacing(self.root / name) as temporary:
            temporary.write_bytes(data)

    def remove(self, names: Collection[str]) -> None:
        """As ``Store`` says."""
        for place in (self.root / name for name in names):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    def each(self, call: Callable[[str], Result], names: Iterable[str]) -> Iterator[Result]:
        """One after the other."""
        return map(call, names)

    def bring(self, desk: Path, names: Collection[str]) -> None:
        """It is there."""

    def send(self, desk: Path, names: Collection[str]) -> None:
        """It is there."""

    def replace(self, desk: Path, names: Collection[str]) -> None:
        """It is done."""

    def recover(self) -> None:
        """``compact.recover`` does it."""
