"""The Parquet file of features: types, order, nulls, and other readers."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.dataset import Split
from tasks.features import table
from tasks.features.embed import BATCH, Embedder
from tasks.features.geometry import NAMES, geometry
from tasks.features.write import place, write
from tasks.params import Normalise
from tasks.schema import CHOICES

ORIGIN = table.Origin("input of probabilities", 3, "m" * 64, "d" * 64, "yunet")
MARKS = np.array([[10, 20], [30, 20], [20, 30], [12, 40], [28, 40]], np.float32)


@dataclass
class _Means:
    """Stands for a network: mean, lowest and highest level of a face."""

    length: int = 3

    def embed(self, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        flat = faces.reshape(len(faces), -1)
        return np.stack([flat.mean(axis=1), flat.min(axis=1), flat.max(axis=1)], axis=1).astype(np.float32)


def _split(count: int) -> Split:
    images = np.random.default_rng(3).integers(0, 256, (count, 16, 16), np.uint8)
    keys = [f"face-{number}" for number in range(count)]
    return Split(
        "public", images, np.arange(count) % 7, keys, keys, np.full(count, -1, np.int8),
        np.zeros((count, len(CHOICES)), np.int16), np.zeros(count, np.bool_), "d" * 64, Normalise(size=16),
    )  # fmt: skip


def _written(path: Path, split: Split, origin: table.Origin = ORIGIN) -> int:
    def find(face: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32] | None:
        return MARKS if face[0, 0] % 2 else None

    return write(path, split, cast(Embedder, _Means()), origin, find)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_every_face_has_its_row_in_the_order_of_the_split(tmp_path: Path, precision: str) -> None:
    split, origin = _split(BATCH + 5), replace(ORIGIN, precision=precision)
    seen = _written(tmp_path / "out.parquet", split, origin)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.equals(table.schema(origin), check_metadata=True)
    assert found.schema.field("embedding").type == pa.list_(pa.field("element", table.TYPES[precision]), 3)
    assert found["key"].to_pylist() == split.keys
    assert found["label"].to_pylist() == split.labels.tolist()
    assert np.array(found["embedding"].to_pylist()) == pytest.approx(_Means().embed(split.images), rel=1e-3)
    known = split.images[:, 0, 0] % 2 == 1
    assert seen == known.sum()
    assert [row is not None for row in found["landmarks"].to_pylist()] == known.tolist()
    expected = geometry(MARKS)
    assert expected is not None
    for at, name in enumerate(NAMES):
        column = found[name].to_pylist()
        assert [value is not None for value in column] == known.tolist()
        assert next(value for value in column if value is not None) == pytest.approx(float(expected[at]))


def test_equal_runs_write_equal_files(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        _written(tmp_path / name, _split(20))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.write_text("before")

    def broken(face: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write(path, _split(4), cast(Embedder, _Means()), ORIGIN, broken)
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]


def test_pandas_and_hugging_face_read_it(tmp_path: Path) -> None:
    import pandas as pd
    from datasets import Dataset

    path = tmp_path / "out.parquet"
    _written(path, _split(9))
    frame = pd.read_parquet(path)
    assert len(frame) == 9
    assert len(frame["embedding"][0]) == 3
    read: Any = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert read.features["label"].names[3] == "happy"
    assert len(read[0]["embedding"]) == 3


@pytest.mark.parametrize(("out", "file"), [("a/b.parquet", "a/b.parquet"), ("a/b", "a/b/public.parquet")])
def test_a_folder_gets_a_file_per_split(out: str, file: str) -> None:
    assert place(Path(out), "public") == Path(file)
