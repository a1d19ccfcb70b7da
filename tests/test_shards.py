import hashlib
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from prepared_faces import content, face, make_folders, png, prepare

from tasks import dataset, dedupe, manifest, shards
from tasks.errors import OutputError
from tasks.params import Data, Prepare, Synthetic
from tasks.schema import EMOTIONS, REJECT, SHARD
from tasks.sources import SOURCES

FER = Path(__file__).parents[1].parent / "shared" / "data" / "fer2013"
WANTED = Prepare(shard_rows=16, validation=0.3)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return Data(source="class-folders", path=str(make_folders(tmp_path_factory.mktemp("faces"))))


@pytest.fixture(scope="module")
def prepared(folders: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("prepared")
    prepare(folders, WANTED, base / "work", base / "out")
    return base / "out"


def rows(out: Path, kind: str) -> list[dict[str, Any]]:
    return [row for path in sorted((out / kind).rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_shards_hold_the_declared_schema(prepared: Path) -> None:
    for path in (prepared / "shards").rglob("*.parquet"):
        found = pq.read_table(path, partitioning=None)
        assert found.schema.equals(SHARD, check_metadata=True)
        assert set(found["split"].to_pylist()) == {path.parent.name}
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    for path in (prepared / "rejects").glob("*.parquet"):
        assert pq.read_table(path).schema.equals(REJECT, check_metadata=True)


def test_a_row_is_the_normalised_face(prepared: Path) -> None:
    found = {row["key"]: row for row in rows(prepared, "shards")}
    row = found["train/surprised/3.png"]
    image = cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    assert np.array_equal(image, face(3))
    assert row["image"]["path"] == row["key"]
    assert row["sha256"] == hashlib.sha256(face(3).tobytes()).hexdigest()
    assert EMOTIONS[row["label"]] == "surprise"
    assert row["mean"] == pytest.approx(face(3).mean(), rel=1e-6)
    assert row["std"] == pytest.approx(face(3).std(), rel=1e-6)
    large = found["train/happy/large.png"]
    assert (large["width"], large["height"]) == (120, 120)
    assert len(found) == 41


def test_rejects_say_why_and_keep_the_original(prepared: Path) -> None:
    found = {row["key"]: row for row in rows(prepared, "rejects")}
    blank = found["train/happy/blank.png"]
    assert (blank["reason"], blank["detail"]) == ("blank", "standard deviation 0.00 is under 1 grey levels")
    assert blank["image"]["bytes"] == png(np.full((48, 48), 7, np.uint8))
    broken = found["train/happy/broken.png"]
    assert broken["reason"] == "undecodable"
    assert broken["detail"]
    assert broken["image"]["bytes"] == b"not a picture"
    leaked = found["train/happy/leaked.png"]
    assert (leaked["reason"], leaked["split"]) == ("duplicate_across_splits", "training")
    assert leaked["duplicate_of"] == "test/happy/37.png"
    assert leaked["detail"] == "same pixels as 'test/happy/37.png' in test"
    copies = {"train/happy/1.png", "train/happy/again.png", "train/sad/other-label.png"}
    (kept,) = copies - set(found)
    assert {found[key]["duplicate_of"] for key in copies - {kept}} == {kept}
    assert any("which is labelled" in found[key]["detail"] for key in copies - {kept})
    assert len(found) == 5


def test_statistics_are_of_the_files(prepared: Path) -> None:
    written = manifest.read(prepared)
    for stats in written["shards"]:
        path = prepared / stats["file"]
        assert stats["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert stats["bytes"] == path.stat().st_size
        images = [
            cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
            for row in pq.read_table(path, partitioning=None).to_pylist()
        ]
        assert stats["rows"] == len(images) == sum(stats["counts"].values())
        assert stats["mean"] == pytest.approx(np.mean(images), abs=1e-5)  # type: ignore[arg-type]
        assert stats["std"] == pytest.approx(np.std(images), abs=1e-5)  # type: ignore[arg-type]


def test_any_order_gives_the_same_bytes(folders: Data, prepared: Path, tmp_path: Path) -> None:
    prepare(folders, WANTED, tmp_path / "work", tmp_path / "out", order=[2, 0, 1])
    assert content(tmp_path / "out") == content(prepared)


def test_several_processes_give_the_same_bytes(folders: Data, prepared: Path, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    plan = SOURCES[folders.source].plan(folders, WANTED.shard_rows)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        staging = [pool.submit(shards.stage, chunk, WANTED, work) for chunk in plan.chunks]
        decisions = dedupe.decide([future.result() for future in staging], WANTED)
        building = [pool.submit(shards.build, one.index, one, work, out) for one in decisions.chunks]
        built = [stats for future in reversed(building) for stats in future.result()]
    manifest.write(out, manifest.make(folders.source, decisions, built, plan.warnings))
    assert content(out) == content(prepared)


def test_the_size_of_chunks_changes_no_image(folders: Data, prepared: Path, tmp_path: Path) -> None:
    whole = prepare(folders, Prepare(shard_rows=1000, validation=0.3), tmp_path / "work", tmp_path / "out")
    cut = manifest.read(prepared)
    for key in ("split_digests", "counts", "found", "rejects", "warnings"):
        assert whole[key] == cut[key]


def test_small_groups_of_bytes_change_nothing(
    folders: Data, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "_BATCH_BYTES", 5000)
    prepare(folders, WANTED, tmp_path / "work", tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "work" / "chunk-00000.parquet").num_row_groups > 3
    assert content(tmp_path / "out" / "shards") == content(prepared / "shards")
    assert rows(tmp_path / "out", "rejects") == rows(prepared, "rejects")


def test_csv_rejects_have_a_png_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "fer.csv"
    good, flat = " ".join(map(str, face(1).ravel())), "9 " * 2304
    path.write_text(
        "emotion,pixels,Usage\n" + "".join(f"3,{row},Training\n" for row in (good, good, flat, "1 2", "x " * 2304))
    )
    result = prepare(Data(source="fer2013-csv", path=str(path)), Prepare(validation=0.0), tmp_path, tmp_path / "out")
    assert result["rejects"] == {"undecodable": 1, "wrong_size": 1, "blank": 1, "duplicate": 1}
    found = {row["reason"]: row for row in rows(tmp_path / "out", "rejects")}
    assert found["duplicate"]["image"]["bytes"] == png(face(1))
    assert found["blank"]["image"]["bytes"] == png(np.full((48, 48), 9, np.uint8))
    assert found["wrong_size"]["image"] is None
    assert found["wrong_size"]["detail"] == "2 values, expected 2,304"
    assert found["undecodable"]["detail"] == "value 0 is 'x', expected 0..255"


def test_synthetic_faces_show_each_flaw(tmp_path: Path) -> None:
    data = Data(synthetic=Synthetic(per_class=30, identities=10))
    result = prepare(data, Prepare(shard_rows=100), tmp_path / "work", tmp_path / "out")
    assert (result["images"], result["kept"]) == (210, 207)
    assert result["rejects"] == {"undecodable": 1, "blank": 1, "duplicate": 1}
    assert set(result["counts"]) == {"training", "validation", "public"}


def test_a_staged_chunk_that_is_missing_or_another_is_refused(folders: Data, tmp_path: Path) -> None:
    plan = SOURCES[folders.source].plan(folders, 16)
    decisions = dedupe.decide([shards.stage(chunk, WANTED, tmp_path) for chunk in plan.chunks], WANTED)
    with pytest.raises(OutputError, match=r"chunk-00007\.parquet: no whole staged chunk"):
        shards.build(7, decisions.chunks[0], tmp_path, tmp_path / "out")
    with pytest.raises(OutputError, match="holds 16 rows, decided were 14"):
        shards.build(0, decisions.chunks[2], tmp_path, tmp_path / "out")
    staged = tmp_path / "chunk-00001.parquet"
    staged.write_bytes(staged.read_bytes()[:-20])
    with pytest.raises(OutputError, match="no whole staged chunk"):
        shards.build(1, decisions.chunks[1], tmp_path, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.tmp"))


@pytest.mark.real
@pytest.mark.skipif(not FER.exists(), reason="../shared/data/fer2013 is absent")
def test_fer2013_adds_up(tmp_path: Path) -> None:
    started = time.process_time()
    data = Data(source="class-folders", path=str(FER / "fer2013.zip"))
    result = prepare(data, Prepare(), tmp_path / "work", tmp_path / "out")
    assert time.process_time() - started < 40
    assert result["images"] == 32298 == result["kept"] + result["rejected"]
    assert {split: sum(counts.values()) for split, counts in result["found"].items()} == {
        "training": 28709,
        "public": 3589,
    }
    assert result["rejects"] == {"blank": 13, "duplicate": 1181, "duplicate_across_splits": 340}
    splits = {split: dataset.load(tmp_path / "out", split) for split in result["counts"]}
    hashes = [hashlib.sha256(image).digest() for split in splits.values() for image in split.images]
    assert len(set(hashes)) == len(hashes) == result["kept"]
    assert len(splits["validation"].labels) / result["kept"] == pytest.approx(0.09, abs=0.01)


@pytest.mark.real
@pytest.mark.skipif(not FER.exists(), reason="../shared/data/fer2013 is absent")
def test_the_head_of_the_csv_adds_up(tmp_path: Path) -> None:
    data = Data(source="fer2013-csv", path=str(FER / "fer2013-head.csv.gz"))
    result = prepare(data, Prepare(shard_rows=500), tmp_path / "work", tmp_path / "out")
    assert (result["images"], result["rejects"]) == (1167, {"duplicate": 3})
