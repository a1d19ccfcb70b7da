"""The tables of a run, opened by what people use."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from scored_folder import realistic, write_folder

from tasks.schema import EMOTIONS, FACES, FILES, FRAMES, TRACKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("scored"), realistic())


@pytest.mark.parametrize(
    ("name", "schema"), [("faces", FACES), ("frames", FRAMES), ("files", FILES), ("tracks", TRACKS)]
)
def test_hugging_face_datasets(folder: Path, name: str, schema: pa.Schema, tmp_path: Path) -> None:
    import datasets

    files, cache = f"{folder}/{name}/*.parquet", str(tmp_path)
    found = datasets.load_dataset("parquet", data_files=files, cache_dir=cache)["train"]
    assert found.column_names == schema.names
    assert found.num_rows == len(pd.read_parquet(folder / name)) > 0


def test_pandas_adds_up_to_the_whole(folder: Path) -> None:
    files, faces = pd.read_parquet(folder / "files"), pd.read_parquet(folder / "faces")
    shares = files[[f"share_{emotion}" for emotion in EMOTIONS]].dropna().sum(axis=1)
    assert shares.between(0.999, 1.001).all()
    assert len(faces) == files.loc[files["status"] != "duplicate", "faces"].sum()
