from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_sources import content, data, put, records, rejected
from made_tables import PAIR, table, write

from tasks.errors import SourceError
from tasks.schema import EMOTIONS, REJECT, SHARD, UNKNOWN
from tasks.sources.parquet import plan, read


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
@pytest.mark.parametrize("rows", [1, 3, 4, 9, 100])
def test_rows_become_records_whatever_the_chunks(tmp_path: Path, name: str, rows: int) -> None:
    path = write(tmp_path / name, table())
    found = records(data("parquet", path), rows)
    assert [one.key for one in found] == [f"row-{n:07d}" for n in range(10)]
    assert [one.data for one in found] == [content(n) for n in range(10)]
    assert [one.label for one in found] == [
        (EMOTIONS.index("angry"), EMOTIONS.index("happy"), UNKNOWN)[n % 3] for n in range(10)
    ]
    assert set(rejected(found).values()) == {("unknown_label", "label 'weird' is no emotion: map it in data.labels")}


def test_chunks_end_where_parts_do(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", table(20), rows=4)
    assert [chunk.rows for chunk in plan(data("parquet", path), 9).chunks] == [8, 8, 4]
    assert [chunk.rows for chunk in plan(data("parquet", path), 3).chunks] == [3, 1, 3, 1, 3, 1, 3, 1, 3, 1]
    assert [len(chunk.spans) for chunk in plan(data("parquet", path), 100).chunks] == [1]


def test_files_of_a_folder_follow_each_other_and_name_their_splits(tmp_path: Path) -> None:
    write(tmp_path / "data" / "train-00000-of-00002.parquet", table(5))
    write(tmp_path / "data" / "train-00001-of-00002.parquet", table(3))
    write(tmp_path / "data" / "test-00000-of-00001.parquet", table(2))
    write(tmp_path / "fold_1" / "0000.parquet", table(1))
    put(tmp_path / "README.md", b"x")
    found = records(data("parquet", tmp_path, splits={"fold_1": "validation"}), 6)
    assert [(one.key, one.split) for one in found] == [
        *((f"data/test-00000-of-00001.parquet#{n:07d}", "test") for n in range(2)),
        *((f"data/train-00000-of-00002.parquet#{n:07d}", "training") for n in range(5)),
        *((f"data/train-00001-of-00002.parquet#{n:07d}", "training") for n in range(3)),
        ("fold_1/0000.parquet#0000000", "validation"),
    ]


@pytest.mark.parametrize(
    ("labels", "mapped"),
    [
        (pa.array([3, 7, None], pa.int8()), {"3": "happy"}),
        (pa.array([3.0, 7.0, None], pa.float64()), {"3": "happy"}),
        (pa.array(["joy", "7", None]), {}),
        (pa.array(["joy", "7", None]).dictionary_encode(), {}),
        (pa.array(["joy", "7", None], pa.large_string()), {}),
        (pa.array([b"joy", b"7", None]), {}),
    ],
    ids=["integers", "floats", "strings", "categories", "large strings", "bytes"],
)
def test_labels_of_all_types(tmp_path: Path, labels: Any, mapped: dict[str, str]) -> None:
    path = write(tmp_path / "x.parquet", table(3, described=False).set_column(1, "label", labels))
    found = records(data("parquet", path, {"image": "image"}, labels=mapped))
    assert [one.label for one in found] == [EMOTIONS.index("happy"), UNKNOWN, UNKNOWN]
    assert [one.error for one in found[1:]] == [
        f"label '{word}' is no emotion: map it in data.labels" for word in ("7", "")
    ]


def test_split_and_group_columns_say_more_than_names(tmp_path: Path) -> None:
    made = table(3, split=["train", "PrivateTest", None], subject=["S1", "S1", None])
    found = records(data("parquet", write(tmp_path / "test.parquet", made), {"group": "subject"}))
    assert [(one.split, one.group) for one in found] == [("training", "S1"), ("private", "S1"), ("training", "")]


@pytest.mark.parametrize("kind", ["binary", "large binary", "pair without words", "paths", "mixed pairs"])
def test_images_of_all_types(tmp_path: Path, kind: str) -> None:
    for number in range(3):
        put(tmp_path / "faces" / f"{number}.png", content(number))
    raw, paths = [content(n) for n in range(3)], [f"faces/{n}.png" for n in range(3)]
    images = {
        "binary": pa.array(raw),
        "large binary": pa.array(raw, pa.large_binary()),
        "pair without words": pa.array([{"bytes": one} for one in raw]),
        "paths": pa.array(paths),
        "mixed pairs": pa.array([{"bytes": raw[0], "path": "gone"}, *({"bytes": None, "path": p} for p in paths[1:])]),
    }[kind]
    path = write(tmp_path / "x.parquet", pa.table({"label": ["joy"] * 3, "image": images, "note": ["a", "b", "c"]}))
    assert [one.data for one in records(data("parquet", path))] == raw


def test_pictures_that_cannot_be_had_are_records(tmp_path: Path) -> None:
    put(tmp_path / "secret.png", b"x")
    paths = ["gone.png", "../secret.png", str(tmp_path / "secret.png"), None, "", "deep\x00.png"]
    images = pa.array([{"bytes": None, "path": path} for path in paths], PAIR)
    path = write(tmp_path / "set" / "x.parquet", pa.table({"label": ["joy"] * 6, "image": images}))
    assert [(one.reason, one.error) for one in records(data("parquet", path))] == [
        ("undecodable", "cannot be read: No such file or directory"),
        *[("refused", "a path that leaves the data set's folder; elsewhere is reached by a URL, as file:// is")] * 2,
        *[("undecodable", "the table has no picture here")] * 2,
        ("refused", "a path with a zero byte"),
    ]


def shard(rows: int, copies: set[int]) -> pa.Table:
    cells = {
        "key": [f"face-{n}" for n in range(rows)],
        "split": ["public"] * rows,
        "label": [n % 7 for n in range(rows)],
        "image": [{"bytes": content(n), "path": "x"} for n in range(rows)],
        "group": [f"S{n}" for n in range(rows)],
        "augmented_from": ["face-0" if n in copies else None for n in range(rows)],
    }
    empty = {"str": "", "int": 0, "bool": False}
    for field in SHARD:
        if field.name not in cells:
            kind = "str" if pa.types.is_string(field.type) else "bool" if pa.types.is_boolean(field.type) else "int"
            cells[field.name] = [None if field.nullable else empty[kind]] * rows
    return pa.table({name: cells[name] for name in SHARD.names}, SHARD)


def test_a_prepared_folder_is_a_data_set(tmp_path: Path) -> None:
    write(tmp_path / "shards" / "public" / "part-000000.parquet", shard(10, {2, 3, 9}), rows=4)
    write(tmp_path / "rejects" / "part-000000.parquet", REJECT.empty_table())
    put(tmp_path / "manifest.json", b"{}")
    wanted = data("parquet", tmp_path)
    for rows in (2, 5, 100):
        found = records(wanted, rows)
        assert [(one.key, one.group, one.split) for one in found] == [
            (f"face-{n}", f"S{n}", "public") for n in (0, 1, 4, 5, 6, 7, 8)
        ]
        assert [one.label for one in found] == [0, 1, 4, 5, 6, 0, 1]
    warnings = plan(wanted, 5).warnings
    assert "1 tables of rejected images are ignored" in warnings
    assert "3 warped copies are ignored: prepare.fill makes them again from their originals" in warnings


def test_links_that_leave_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "set" / "train.parquet", table(2))
    (tmp_path / "set" / "more.parquet").symlink_to(write(tmp_path / "other.parquet", table(2)))
    found = records(data("parquet", tmp_path / "set"))
    assert rejected(found) == {"more.parquet": ("refused", "a link that leaves the data set's folder")}
    assert len(found) == 3


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_a_table_that_changed_is_noticed(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, table(10))
    chunk = plan(data("parquet", path), 100).chunks[0]
    write(path, table(6))
    with pytest.raises(SourceError, match=str(path)):
        list(read(chunk))
    path.unlink()
    with pytest.raises(SourceError, match="No such file"):
        list(read(chunk))


def test_damaged_pictures_are_records_with_their_labels(tmp_path: Path) -> None:
    made = table(12)
    path = tmp_path / "x.parquet"
    pq.write_table(made, path, row_group_size=4, compression="none", use_dictionary=False, write_page_checksum=True)
    whole = bytearray(path.read_bytes())
    whole[whole.index(content(5)) + 3] ^= 0xFF
    path.write_bytes(whole)
    found = records(data("parquet", path))
    assert [one.label for one in found] == [0, 3, UNKNOWN] * 4
    broken = rejected(found)
    assert [key for key, (reason, _) in broken.items() if reason == "undecodable"] == [
        f"row-{n:07d}" for n in range(4, 8)
    ]
    assert "part 1 of the table is damaged: " in (broken["row-0000004"][1] or "")


def test_the_fingerprint_follows_the_file_and_not_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", table(5))
    first = plan(data("parquet", path), 2).fingerprint
    moved = path.rename(tmp_path / "y.parquet")
    assert plan(data("parquet", moved), 9).fingerprint == first
    write(moved, table(6))
    assert plan(data("parquet", moved), 2).fingerprint != first
