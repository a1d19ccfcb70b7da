"""Source images behind the shards that a model was trained on: of the folder as it is, or of its revision in DVC."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks import manifest, versions
from tasks.errors import SourceError


def images(origin: Mapping[str, Any], home: Path, splits: tuple[str, ...]) -> tuple[list[str], str]:
    """Names of the images as the data set has them, and where they were read: no copies, in the order of the shards.

    Args:
        origin: of tasks.origin.
        home: the project's folder.
        splits: whose.

    Raises:
        SourceError: that version of the data is in no place that is known.
    """
    path, digest = Path(origin["dvc"]["path"]), origin["data"]["digest"]
    found, place = _version(path, digest, origin.get("git"), home)
    held, original = pc.is_in(found.images["split"], pa.array(splits)), pc.is_null(found.images["augmented_from"])
    rows = found.images.filter(pc.and_(held, original))
    return rows["key"].to_pylist(), place


def _version(path: Path, digest: str, git: str | None, home: Path) -> tuple[versions.Version, str]:
    try:
        if manifest.read(home / path)["digest"] == digest:
            return versions.here(home / path), f"{path} as it is"
    except SourceError:
        pass  # not here: its revision may have it
    revision = (git or "").removesuffix("-dirty")
    if not revision:
        raise SourceError(
            f"{path}: not the data that it was trained on ({digest[:12]}...), and no git revision is known that has it"
        )
    found = versions.at(revision, path)
    if found.manifest["digest"] != digest:
        raise SourceError(
            f"{path}: at {revision[:12]} it is other data than it was trained on ({digest[:12]}...): that was not "
            "committed"
        )
    return found, f"{path} at {revision[:12]}"
