"""Rows of a scored folder, and the model that gave them."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tasks.errors import UsageError
from tasks.lineage.asked import Labels
from tasks.score import folder

_COLUMNS = ("source", "member", "source_sha256", "frame", "pts_ms", "face", "emotion", "confidence", "model_version")


@dataclass(frozen=True)
class Given:
    """Labels, and run.json of the run that gave them.

    Attributes:
        count: of all labels that are meant.
        first: the only one, or the first by frame and face; None for a whole run or a file without faces.
        version: the model, as it stands in `model_version`.
    """

    run: dict[str, Any]
    count: int
    first: dict[str, Any] | None
    version: str | None


def read(asked: Labels) -> Given:
    """Find the labels that are asked about.

    Raises:
        UsageError: no such source, frame or face.
    """
    run = folder.need(asked.out)
    place = asked.out / "faces"
    if not place.is_dir():
        raise UsageError(f"lineage: '{asked.out}' has no table of faces yet. Finish it: fermata score ... --resume")
    table = ds.dataset(place, format="parquet").to_table(columns=list(_COLUMNS), filter=_filter(asked))
    if not table.num_rows and asked.source is not None:
        _missing(asked, place)
    versions = pc.unique(table["model_version"]).to_pylist()
    table = table.sort_by([(name, "ascending") for name in ("frame", "face")])
    first = table.slice(0, 1).to_pylist()[0] if table.num_rows and asked.source is not None else None
    return Given(run, table.num_rows, first, versions[0] if len(versions) == 1 else None)


def _filter(asked: Labels) -> Any:
    if asked.source is None:
        return None
    name, mark, member = asked.source.partition("::")
    found = ds.field("source") == asked.source
    if mark:
        found = found | ((ds.field("source") == name) & (ds.field("member") == member))
    for column in ("frame", "face"):
        if (wanted := getattr(asked, column)) is not None:
            found = found & (ds.field(column) == wanted)
    return found


def _missing(asked: Labels, place: Any) -> None:
    """Say what isn't there, and what is."""
    sources = ds.dataset(place, format="parquet").to_table(columns=["source"])["source"]
    near = pc.unique(sources).slice(0, 3).to_pylist() if isinstance(sources, pa.ChunkedArray) else []
    where = "".join(f" {name} {value}" for name in ("frame", "face") if (value := getattr(asked, name)) is not None)
    raise UsageError(
        f"lineage: '{asked.out}' has no label of '{asked.source}'{where}. Sources with faces there are such as: "
        f"{', '.join(map(repr, near)) or 'none'}"
    )
