"""Small tables of pictures, for tests."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from made_sources import content

NAMES = ["anger", "joy", "weird"]
FEATURES = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
PAIR = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def table(rows: int = 10, described: bool = True, **columns: Any) -> pa.Table:
    """Hugging Face's form: a struct of bytes and path, labels by number."""
    images = pa.array([{"bytes": content(n), "path": None} for n in range(rows)], PAIR)
    made = pa.table({"image": images, "label": [n % 3 for n in range(rows)], **columns})
    described_as = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    return made.replace_schema_metadata(described_as) if described else made


def write(path: Path, made: pa.Table, rows: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".arrow":
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, made.schema) as writer:
            writer.write_table(made, max_chunksize=rows)
    else:
        pq.write_table(made, path, row_group_size=rows)
    return path
