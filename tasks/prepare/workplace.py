"""Where a data set is built: beside its target, keyed by content and settings, so that a killed run goes on."""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from tasks.errors import OutputError
from tasks.params import Data, Prepare
from tasks.provenance import code_digest


@dataclass(frozen=True)
class Workplace:
    """One data set under construction.

    Attributes:
        root: of all that is built for one target.
        folder: of this content and these settings.
        target: where the finished data set goes.
    """

    root: Path
    folder: Path
    target: Path

    @property
    def staged(self) -> Path:
        """Chunks after the first pass."""
        return self.folder / "staged"

    @property
    def built(self) -> Path:
        """Shards and rejects."""
        return self.folder / "built"

    def finish(self, files: Collection[str]) -> None:
        """Move what was built to the target, which is whole or as it was, and clear the work.

        Args:
            files: all that belongs to the data set, below the target; what a killed run left beside them goes.
        """
        for place in [place for place in self.built.rglob("*") if place.is_file()]:
            if place.relative_to(self.built).as_posix() not in files:
                place.unlink()
        old = self.folder / "replaced"
        if self.target.exists():
            shutil.rmtree(old, ignore_errors=True)
            self.target.rename(old)
        self.built.rename(self.target)
        # Under another name, so that what is left of it where the clearing is cut short is not taken for work.
        gone = self.root / f".{self.folder.name}"
        shutil.rmtree(gone, ignore_errors=True)
        self.folder.rename(gone)
        for place in self.root.iterdir():
            if place.is_dir():
                shutil.rmtree(place)


@contextmanager
def workplace(target: Path, fingerprint: str, data: Data, prepare: Prepare, also: str = "") -> Iterator[Workplace]:
    """Claim the place where ``target`` is built.

    Args:
        fingerprint: of the source's content; where it lies is of no account.
        also: whatever else the outcome depends on.

    Raises:
        OutputError: another process builds the same target.
    """
    root = target.parent / "work" / target.name
    settings = [data.model_dump(exclude={"path"}), prepare.model_dump()]
    parts = [fingerprint, json.dumps(settings, sort_keys=True), also, code_digest()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    root.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(root / "lock", timeout=0):
            yield Workplace(root, root / key, target)
    except filelock.Timeout:
        raise OutputError(f"{target}: another process is preparing this folder. Wait for it, or use --out") from None
