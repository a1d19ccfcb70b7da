from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_folder import Kept, Left, noise, write_folder

from tasks.errors import SourceError
from tasks.explore.prepared import open_folder

SHARD = "shards/training/part-00001.parquet"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    kept = [Kept(f"face-{n}", "training", "happy", noise(n)) for n in range(20)]
    return write_folder(tmp_path, kept, [Left("gone", "training", "sad", "blank", face=noise(99))], rows=9)


def test_parts_hold_every_row_once_with_its_place(small: Path) -> None:
    parts = list(open_folder(small).kept.parts(["key"]))
    assert [key for part in parts for key in part.table["key"].to_pylist()] == [f"face-{n}" for n in range(20)]
    places = np.concatenate([part.places for part in parts])
    assert (np.diff(places) > 0).all()
    assert open_folder(small).rows == 21


def test_rows_are_found_at_their_places(small: Path) -> None:
    table = open_folder(small).kept
    place = {
        key: place
        for part in table.parts(["key"])
        for key, place in zip(part.table["key"].to_pylist(), part.places.tolist(), strict=True)
    }
    wanted = ["face-19", "face-0", "face-8", "face-9"]
    rows = table.rows([place[key] for key in wanted], ["key", "image"])
    assert [rows[place[key]]["key"] for key in wanted] == wanted
    assert rows[place["face-9"]]["image"]["path"] == "face-9"
    assert table.rows([], ["key"]) == {}


def test_only_row_groups_that_are_wanted_are_read(small: Path) -> None:
    path = small / "shards/training/part-00000.parquet"
    second = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data = bytearray(path.read_bytes())
    start = min(at for at in (second.dictionary_page_offset, second.data_page_offset) if at)
    data[start : start + second.total_compressed_size] = b"\xff" * second.total_compressed_size
    path.write_bytes(data)
    table = open_folder(small).kept
    assert len(table.rows([0, 7], ["key"])) == 2
    with pytest.raises(SourceError, match=r"part-00000\.parquet: cannot be read"):
        table.rows([8], ["key"])


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"manifest\.json is missing"):
        open_folder(tmp_path)


def test_a_manifest_without_files_is_refused(small: Path) -> None:
    text = (small / "manifest.json").read_text()
    (small / "manifest.json").write_text(text.replace('"shards"', '"shreds"'))
    with pytest.raises(SourceError, match="lists no files"):
        open_folder(small)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_bytes(b"PAR1 not really"), "cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "cannot be read"),
        (lambda path: pq.write_table(pa.table({"label": [1]}), path), "its column 'key' is missing or of another type"),
        (lambda path: pq.write_table(pa.table({"key": [1]}), path), "its column 'key' is missing or of another type"),
    ],
)
def test_a_damaged_table_is_named(small: Path, harm: object, said: str) -> None:
    assert callable(harm)
    harm(small / SHARD)
    with pytest.raises(SourceError, match=said) as caught:
        list(open_folder(small).kept.parts(["key"]))
    assert SHARD in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "fermata prepare" in str(caught.value)
