"""What Hugging Face ``datasets`` writes beside its Arrow files: ``save_to_disk`` of a Dataset or a DatasetDict."""

import json
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tasks.errors import SourceError
from tasks.sources import store

INFO: Final = "dataset_info.json"
STATE: Final = "state.json"
SPLITS: Final = "dataset_dict.json"

_LIMIT: Final = 16 << 20  # bytes of one of them


class Saved(NamedTuple):
    """What one folder says of its tables."""

    features: Mapping[str, Any] = MappingProxyType({})  # description of the columns
    split: str = ""  # empty: not said
    files: frozenset[str] | None = None  # what belongs to it: files of caches lie beside; None: all

    def holds(self, file: str) -> bool:
        """Whether the file of that name belongs to it."""
        return self.files is None or file in self.files


def saved(root: str, folder: str, names: Collection[str]) -> Saved:
    """Read what lies in ``folder``.

    Args:
        root: of the data set.
        folder: relative to it.
        names: all files below the root.

    Raises:
        SourceError: one of them cannot be read or is no JSON.
    """
    above, _, name = folder.rpartition("/")
    info, state = _read(root, _join(folder, INFO), names), _read(root, _join(folder, STATE), names)
    splits = _read(root, _join(above, SPLITS), names).get("splits") if folder else None
    features, split, data_files = info.get("features"), state.get("_split"), state.get("_data_files")
    if isinstance(splits, list) and name in splits:
        split = name
    files = None
    if isinstance(data_files, list):
        files = frozenset(str(one["filename"]) for one in data_files if isinstance(one, dict) and "filename" in one)
    return Saved(
        features if isinstance(features, dict) else MappingProxyType({}), split if isinstance(split, str) else "", files
    )


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _read(root: str, name: str, names: Collection[str]) -> dict[str, Any]:
    if name not in names:
        return {}
    path = store.join(root, name)
    try:
        with store.opened(path) as stream:
            value = json.loads(stream.read(_LIMIT))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"data.path: {path!r} cannot be read: {store.why(error)}") from None
    return value if isinstance(value, dict) else {}
