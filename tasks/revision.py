"""Which version of a folder DVC has: that in dvc.lock, and whether the folder is it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tasks import provenance

LOCK: Final = "dvc.lock"


@dataclass(frozen=True)
class Revision:
    """A folder in DVC.

    Attributes:
        md5: by which dvc.lock names it; None: it doesn't.
        same: whether the folder's files are those; None: not known.
        git: the commit one is at, with `-dirty` behind it when tracked files are changed.
        why: what is not known, and why.
    """

    md5: str | None = None
    same: bool | None = None
    git: str | None = None
    why: str = "not asked for"


def of(folder: Path, home: Path) -> Revision:
    """What DVC's project in ``home`` knows of ``folder``. Nothing is locked, fetched or changed."""
    git = provenance.git_revision()
    try:
        name = folder.resolve().relative_to(home.resolve()).as_posix()
    except ValueError:
        return Revision(git=git, why=f"'{folder}' is outside of the project")
    md5 = locked(home, name)
    if md5 is None:
        return Revision(git=git, why=f"no {LOCK} names '{name}'")
    same, why = _same(home, name, md5)
    return Revision(md5, same, git, why)


def locked(home: Path, name: str) -> str | None:
    """The digest by which ``home``/dvc.lock names the output ``name``; None: it doesn't."""
    try:
        stages = (yaml.safe_load((home / LOCK).read_text(encoding="utf-8")) or {}).get("stages", {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError):
        return None
    outs = [out for stage in stages.values() for out in stage.get("outs", [])]
    return next((out.get("md5") for out in outs if out.get("path") == name), None)


def _same(home: Path, name: str, md5: str) -> tuple[bool | None, str]:
    """Whether the folder ``name`` is version ``md5``; DVC compares, which remembers the hashes of files it knows."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.scm import SCMError

    try:
        with Repo(str(home), uninitialized=True) as repo:
            found = repo.find_outs_by_path(str(home / name))[0]
            changed: Any = found.hash_info.value != md5 or found.status()
    except (DvcException, SCMError, OSError) as error:
        return None, f"DVC can't compare '{name}' ({' '.join(str(error).split())})"
    return not changed, f"the files of '{name}' aren't those that {LOCK} names" if changed else ""
