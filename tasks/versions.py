"""Prepared data sets to compare: the one in the workspace, and those that git revisions name in their dvc.lock."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tasks import manifest
from tasks.diff import IMAGES, REJECTS
from tasks.errors import SourceError
from tasks.schema import REJECT, SHARD, SHARD_VERSION

WORKSPACE: Final = "workspace"
LOCK: Final = "dvc.lock"

T = TypeVar("T")


class Reader(NamedTuple):
    """How files of one version are read, and what its user is told when that fails."""

    name: str
    open: Callable[[str], BinaryIO]  # by the file's path in the manifest
    place: str
    advice: str


class Version(NamedTuple):
    """One version of a prepared data set; ``images`` has the columns diff.IMAGES, ``rejects`` diff.REJECTS."""

    name: str
    manifest: dict[str, Any]
    images: pa.Table
    rejects: pa.Table


def here(folder: Path) -> Version:
    """What lies in ``folder``.

    Raises:
        SourceError: no prepared data set of this schema version there, or a damaged one.
    """
    found = manifest.read(folder)
    return _version(found, Reader(WORKSPACE, lambda name: (folder / name).open("rb"), f"from {folder}", manifest.RUN))


def at(revision: str, folder: Path) -> Version:
    """What ``folder`` held at a git revision, from DVC's cache or else its remote; the workspace is not touched.

    Args:
        revision: a tag, branch, commit or whatever else git knows, such as HEAD~1.
        folder: relative to the current folder, which is the project's.

    Raises:
        SourceError: outside of git, no such revision, one without a version of ``folder`` or with one of another
            schema version, or files that are in no place that is known.
    """
    fs, root, remote = _opened(revision)
    digest = _locked(fs.repo.fs, str(root / LOCK), folder.as_posix())
    if digest is None:
        raise SourceError(
            f"{revision}: its {LOCK} names no version of '{folder}'. Find revisions that have one: git log -- {LOCK}"
        )

    def opened(name: str) -> BinaryIO:
        stream: BinaryIO = fs.open(str(root / folder / name), "rb")
        return stream

    place, bring = "from DVC's cache, and no remote is set", "Set the one that has it (dvc remote add -d NAME URL)"
    if remote:
        place = f"from DVC's cache or the remote '{remote}'"
        # The lock alone: the settings of an old revision may know no remote, and then DVC pushes nothing.
        bring = f"Push it from where it was made (git checkout {revision} -- {LOCK} && dvc push)"
    reader = Reader(revision, opened, place, f"{bring}, or make it again: git checkout {revision} && dvc repro prepare")
    found = _loaded(reader, manifest.NAME, json.load)
    if found.get("schema_version") != SHARD_VERSION:
        raise SourceError(
            f"{revision}: '{folder}' has schema version {found.get('schema_version')!r}, this Fermata compares "
            f"{SHARD_VERSION!r}. Compare with a later revision"
        )
    return _version(found, reader)


def _opened(revision: str) -> tuple[Any, PurePosixPath, str]:
    """DVC's file system at ``revision``, the project's folder in it, and the name of the remote that it reads from."""
    from dvc.api import DVCFileSystem
    from dvc.config import Config
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.scm import RevError, SCMError

    try:
        # Today's remote: old revisions may know another one, or none.
        config = Config.from_cwd()
        remote = config["core"].get("remote", "")
        if remote and remote not in config["remote"]:
            raise SourceError(f"core.remote: DVC's default is {remote!r}, which it doesn't know. See: dvc remote list")
        now = {"core": {"remote": remote}, "remote": {remote: config["remote"][remote]}} if remote else {}
        fs = DVCFileSystem(rev=revision, subrepos=True, config=now, repo_factory=partial(Repo, config=now))
        top = Path(fs.repo.scm.root_dir)
    except RevError:
        raise SourceError(f"{revision}: git knows no such revision. Find one: git tag, git branch, git log") from None
    except SCMError:
        raise SourceError(
            f"{revision}: the project's folder is in no git repository, so there are no versions to compare. Make it "
            "one (git init), or clone the project"
        ) from None
    except DvcException as error:
        raise SourceError(f"{revision}: DVC cannot open it ({_line(error)}). See: dvc doctor") from None
    return fs, PurePosixPath("/", Path.cwd().resolve().relative_to(top.resolve()).as_posix()), remote


def _locked(git: Any, lock: str, folder: str) -> str | None:
    """The digest by which the dvc.lock of a revision names ``folder``; None: it doesn't."""
    try:
        with git.open(lock, "rb") as stream:
            stages = (yaml.safe_load(stream) or {}).get("stages", {})
    except FileNotFoundError:
        return None
    outs = [out for stage in stages.values() for out in stage.get("outs", [])]
    return next((out.get("md5", "") for out in outs if out["path"] == folder), None)


def _version(found: dict[str, Any], reader: Reader) -> Version:
    shards, rejects = ([one["file"] for one in found[files]] for files in ("shards", "reject_files"))
    images, left_out = _columns(reader, shards, SHARD, IMAGES), _columns(reader, rejects, REJECT, REJECTS)
    return Version(reader.name, found, images, left_out)


def _columns(reader: Reader, names: Sequence[str], schema: pa.Schema, columns: tuple[str, ...]) -> pa.Table:
    """The same few columns of several files."""
    wanted = pa.schema([schema.field(column) for column in columns])
    read = partial(pq.read_table, columns=list(columns))
    return pa.concat_tables([wanted.empty_table(), *(_loaded(reader, name, read).cast(wanted) for name in names)])


def _loaded(reader: Reader, name: str, read: Callable[[BinaryIO], T]) -> T:
    try:
        with reader.open(name) as stream:
            return read(stream)
    except (pa.ArrowInvalid, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{reader.name}: {name} is damaged ({_line(error)}). {reader.advice}") from None
    except Exception as error:
        # Each kind of remote has errors of its own, with no root in common.
        raise SourceError(
            f"{reader.name}: {name} cannot be read {reader.place} ({_line(error)}). {reader.advice}"
        ) from error


def _line(error: BaseException) -> str:
    """What went wrong first, in one line: DVC's own message about a folder doesn't say why."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split()) or type(error).__name__
