"""What a training says of where it comes from: git, DVC and the prepared data, down to each shard."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tasks import files, manifest, provenance, revision
from tasks.errors import SourceError

NAME: Final = "origin.json"  # artifact of a run
EXPERIMENT, BASELINE = "DVC_EXP_NAME", "DVC_EXP_BASELINE_REV"  # that `dvc exp run` sets for its stages


def of(data: Path, home: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Where a training on the prepared folder ``data`` comes from, as JSON takes it.

    Args:
        home: the project's folder.

    Raises:
        SourceError: no prepared data there.
    """
    found = manifest.read(data)
    lock = home / revision.LOCK
    try:
        name = data.resolve().relative_to(home.resolve()).as_posix()
    except ValueError:
        name = str(data)
    return {
        "git": provenance.git_revision(),
        "dvc": {
            "path": name,
            "md5": revision.locked(home, name),
            "lock_sha256": files.sha256(lock) if lock.is_file() else None,
            "experiment": environment.get(EXPERIMENT),
            "baseline": environment.get(BASELINE),
        },
        "data": {
            **{key: found.get(key) for key in ("source", "fingerprint", "digest", "split_digests", "counts")},
            "shards": [{key: one[key] for key in ("file", "split", "rows", "sha256")} for one in found["shards"]],
        },
    }


def known(data: Path, home: Path) -> dict[str, Any] | None:
    """The same; None where the data isn't there."""
    try:
        return of(data, home)
    except SourceError:
        return None


def tags(origin: Mapping[str, Any]) -> dict[str, str]:
    """What of it runs are searched by."""
    dvc, data = origin["dvc"], origin["data"]
    found = {
        "dvc_data": dvc["md5"],
        "dvc_lock": dvc["lock_sha256"],
        "dvc_exp_name": dvc["experiment"],
        "dvc_exp_baseline": dvc["baseline"],
        "data_folder_digest": data["digest"],
    }
    return {name: str(value) for name, value in found.items() if value}
