"""The Parquet table of features: its schema with a version, and rows for it."""

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.features.geometry import NAMES
from tasks.schema import EMOTIONS

VERSION: Final = "1"
TYPES: Final = {"float16": pa.float16(), "float32": pa.float32()}


@dataclass(frozen=True)
class Origin:
    """What a table of features comes from; stands in its metadata."""

    layer: str
    length: int
    model_digest: str
    data_digest: str
    detector: str  # name; empty: no landmarks were looked for
    precision: str = "float32"  # of the embeddings


def schema(origin: Origin) -> Any:
    """Arrow schema: key, split, label, embedding, landmarks and the columns of `geometry.NAMES`.

    ``landmarks`` are x1 y1 .. x5 y5 in pixels of the prepared face. They and the geometry are null where no landmarks
    were found or looked for.
    """
    kind = TYPES[origin.precision]
    fields = [
        pa.field("key", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("label", pa.int64()),  # never null; Hugging Face takes its own types for nullable fields only
        pa.field("embedding", pa.list_(pa.field("element", kind), origin.length)),
        pa.field(
            "landmarks", pa.list_(pa.field("element", pa.float32()))
        ),  # Parquet can't hold a null among lists of a fixed size
        *[pa.field(name, pa.float32()) for name in NAMES],
    ]
    metadata = {
        "fermata.table": "features",
        "fermata.version": VERSION,
        "fermata.layer": origin.layer,
        "fermata.model": origin.model_digest,
        "fermata.data": origin.data_digest,
        "fermata.detector": origin.detector,
        "huggingface": json.dumps({"info": {"features": _features(origin)}}),
    }
    return pa.schema(fields, metadata=metadata)


def rows(
    origin: Origin,
    split: str,
    keys: list[str],
    labels: npt.NDArray[np.int64],
    embeddings: npt.NDArray[np.float32],
    marks: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None],
) -> Any:
    """A table of ``schema(origin)``.

    Args:
        embeddings: (n, length).
        marks: per face its landmarks (5, 2) and its geometry (len(NAMES),), or None.
    """
    wanted = schema(origin)
    flat = embeddings.astype(np.float16 if origin.precision == "float16" else np.float32).ravel()
    columns = [
        pa.array(keys, pa.string()),
        pa.array([split] * len(keys), pa.string()),
        pa.array(labels, pa.int64()),
        pa.FixedSizeListArray.from_arrays(pa.array(flat), type=wanted.field("embedding").type),
        pa.array([None if one is None else one[0].ravel().tolist() for one in marks], wanted.field("landmarks").type),
        *[
            pa.array([None if one is None else float(one[1][at]) for one in marks], pa.float32())
            for at in range(len(NAMES))
        ],
    ]
    return pa.Table.from_arrays(columns, schema=wanted)


def _features(origin: Origin) -> dict[str, Any]:
    def value(kind: str) -> dict[str, Any]:
        return {"dtype": kind, "_type": "Value"}

    return {
        "key": value("string"),
        "split": value("string"),
        "label": {"names": list(EMOTIONS), "_type": "ClassLabel"},
        "embedding": {"feature": value(origin.precision), "length": origin.length, "_type": "List"},
        "landmarks": {"feature": value("float32"), "_type": "List"},
        **{name: value("float32") for name in NAMES},
    }
