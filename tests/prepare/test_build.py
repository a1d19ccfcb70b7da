import hashlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from prepared_faces import content, face, make_folders, png, prepare, put

from tasks import manifest
from tasks.errors import OutputError
from tasks.images import augment
from tasks.images.normalise import equalise
from tasks.params import Clean, Data, Fill, Normalise, Prepare, Split, Synthetic
from tasks.prepare import stage as staging
from tasks.prepare.build import build
from tasks.prepare.decide import decide
from tasks.prepare.stage import stage
from tasks.schema import EMOTIONS, REJECT, SHARD
from tasks.sources import SOURCES

FER = Path(__file__).parents[1].parent / "shared" / "data" / "fer2013"
NO_DETECTOR = ("", "")


def wanted(shard_rows: int = 16, validation: float = 0.3) -> Prepare:
    return Prepare(shard_rows=shard_rows, clean=Clean(conflicts="keep"), split=Split(validation=validation))


WANTED = wanted()


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
    assert (blank["reason"], blank["detail"]) == ("blank", "standard deviation 0 is under 1 grey levels")
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
        assert stats["mean"] == pytest.approx(np.mean(images), abs=1e-3)  # type: ignore[arg-type]
        assert stats["std"] == pytest.approx(np.std(images), abs=1e-3)  # type: ignore[arg-type]


def test_any_order_gives_the_same_bytes(folders: Data, prepared: Path, tmp_path: Path) -> None:
    prepare(folders, WANTED, tmp_path / "work", tmp_path / "out", order=[2, 0, 1])
    assert content(tmp_path / "out") == content(prepared)


def test_several_processes_give_the_same_bytes(folders: Data, prepared: Path, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    plan = SOURCES[folders.source].plan(folders, WANTED.shard_rows)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        staging = [pool.submit(stage, chunk, WANTED, NO_DETECTOR, work) for chunk in plan.chunks]
        decisions = decide([future.result() for future in staging], WANTED)
        building = [pool.submit(build, one, WANTED, work, out) for one in decisions.chunks]
        built = [stats for future in reversed(building) for stats in future.result()]
    manifest.write(out, manifest.make(folders.source, WANTED, decisions, built, plan.warnings, plan.fingerprint))
    assert content(out) == content(prepared)


def test_the_size_of_chunks_changes_no_image(folders: Data, prepared: Path, tmp_path: Path) -> None:
    whole = prepare(folders, wanted(1000), tmp_path / "work", tmp_path / "out")
    cut = manifest.read(prepared)
    for key in ("split_digests", "counts", "found", "rejects", "warnings"):
        assert whole[key] == cut[key]


def test_small_groups_of_bytes_change_nothing(
    folders: Data, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_BATCH_BYTES", 5000)
    prepare(folders, WANTED, tmp_path / "work", tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "work" / "chunk-000000.parquet").num_row_groups > 3
    assert content(tmp_path / "out" / "shards") == content(prepared / "shards")
    assert rows(tmp_path / "out", "rejects") == rows(prepared, "rejects")


def test_csv_rejects_have_a_png_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "fer.csv"
    good, flat = " ".join(map(str, face(1).ravel())), "9 " * 2304
    path.write_text(
        "emotion,pixels,Usage\n" + "".join(f"3,{row},Training\n" for row in (good, good, flat, "1 2", "x " * 2304))
    )
    result = prepare(Data(source="fer2013-csv", path=str(path)), wanted(validation=0.0), tmp_path, tmp_path / "out")
    assert result["rejects"] == {"undecodable": 1, "wrong_size": 1, "blank": 1, "duplicate": 1}
    found = {row["reason"]: row for row in rows(tmp_path / "out", "rejects")}
    assert found["duplicate"]["image"]["bytes"] == png(face(1))
    assert found["blank"]["image"]["bytes"] == png(np.full((48, 48), 9, np.uint8))
    assert found["wrong_size"]["image"] is None
    assert found["wrong_size"]["detail"] == "2 values, expected 2,304"
    assert found["undecodable"]["detail"] == "value 0 is 'x', expected 0..255"


def test_synthetic_faces_show_each_flaw(tmp_path: Path) -> None:
    data = Data(synthetic=Synthetic(per_class=30, identities=10))
    kept = Clean(near_duplicates="keep")  # some are drawn alike
    result = prepare(data, Prepare(shard_rows=100, clean=kept), tmp_path / "work", tmp_path / "out")
    assert (result["images"], result["kept"]) == (210, 207)
    assert result["rejects"] == {"undecodable": 1, "blank": 1, "duplicate": 1}
    assert set(result["counts"]) == {"training", "validation", "public"}


def test_a_staged_chunk_that_is_missing_or_another_is_refused(folders: Data, tmp_path: Path) -> None:
    plan = SOURCES[folders.source].plan(folders, 16)
    decisions = decide([stage(chunk, WANTED, NO_DETECTOR, tmp_path) for chunk in plan.chunks], WANTED)
    first, second, third = decisions.chunks
    with pytest.raises(OutputError, match=r"chunk-000007\.parquet: no whole staged chunk"):
        build(replace(first, index=7), WANTED, tmp_path, tmp_path / "out")
    with pytest.raises(OutputError, match="holds 16 rows, decided were 14"):
        build(replace(third, index=0), WANTED, tmp_path, tmp_path / "out")
    staged = tmp_path / "chunk-000001.parquet"
    staged.write_bytes(staged.read_bytes()[:-20])
    with pytest.raises(OutputError, match="no whole staged chunk"):
        build(second, WANTED, tmp_path, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_what_is_done_is_not_done_again(folders: Data, tmp_path: Path) -> None:
    plan = SOURCES[folders.source].plan(folders, 16)
    chunks = [stage(chunk, WANTED, NO_DETECTOR, tmp_path) for chunk in plan.chunks]
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = [stage(chunk, WANTED, NO_DETECTOR, tmp_path) for chunk in plan.chunks]
    assert all(one.rows.equals(other.rows) for one, other in zip(chunks, again, strict=True))
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    decisions = decide(again, WANTED)
    stats = build(decisions.chunks[0], WANTED, tmp_path, tmp_path / "out")
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    assert build(decisions.chunks[0], WANTED, tmp_path, tmp_path / "out") == stats
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    next(iter(stamps)).unlink()
    assert build(decisions.chunks[0], WANTED, tmp_path, tmp_path / "out") == stats
    assert set(stamps) == set((tmp_path / "out").rglob("*.parquet"))


def test_warped_copies_stand_beside_their_images(folders: Data, tmp_path: Path) -> None:
    filled = Prepare(clean=Clean(conflicts="keep"), fill=Fill(target={"surprise": 30, "happy": 25}))
    made = prepare(folders, filled, tmp_path / "work", tmp_path / "out")
    found = rows(tmp_path / "out", "shards")
    copies = [row for row in found if row["augmented_from"] is not None]
    assert {row["split"] for row in copies} == {"training"}
    counts = Counter(EMOTIONS[row["label"]] for row in found if row["split"] == "training")
    assert (counts["surprise"], counts["happy"]) == (30, 25)
    assert made["augmented"] == {
        "training": dict.fromkeys(EMOTIONS, 0) | Counter(EMOTIONS[row["label"]] for row in copies)
    }
    assert made["kept"] == len(found) - len(copies)
    own = {row["key"]: row for row in found if row["augmented_from"] is None}
    for row in copies:
        source = own[row["augmented_from"]]
        assert row["split"] == source["split"]
        assert row["label"] == source["label"]
        assert row["group"] == source["group"]
        image = cv2.imdecode(np.frombuffer(source["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
        warped = cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
        assert image is not None
        again = augment.apply(np.asarray(image, np.uint8), augment.parse(row["augmentation"]))
        assert np.array_equal(np.asarray(warped), again)
        assert row["sha256"] == hashlib.sha256(np.asarray(warped).tobytes()).hexdigest()
    assert len({row["sha256"] for row in found}) == len(found)


def test_row_groups_have_the_size_that_was_asked_for(folders: Data, tmp_path: Path) -> None:
    prepare(folders, WANTED.model_copy(update={"shard_rows": 1000, "row_group": 7}), tmp_path / "w", tmp_path / "out")
    sizes = [
        [parquet.metadata.row_group(n).num_rows for n in range(parquet.num_row_groups)]
        for parquet in map(pq.ParquetFile, (tmp_path / "out" / "shards" / "training").iterdir())
    ]
    assert all(set(one[:-1]) == {7} and 1 <= one[-1] <= 7 for one in sizes)


def test_colour_faces_of_another_size(folders: Data, tmp_path: Path) -> None:
    prepare(folders, Prepare(normalise=Normalise(size=64, colour=True)), tmp_path / "work", tmp_path / "out")
    image = cv2.imdecode(
        np.frombuffer(rows(tmp_path / "out", "shards")[0]["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert image is not None
    assert image.shape == (64, 64, 3)


def test_other_libraries_see_images(prepared: Path) -> None:
    hub = datasets.load_dataset(
        "parquet",
        data_files={"train": str(prepared / "shards" / "training" / "*.parquet")},
        cache_dir=str(prepared.with_name("hub")),
    )["train"]
    first = hub[0]
    assert first["image"].size == (48, 48)
    assert hub.features["label"].int2str(first["label"]) == EMOTIONS[first["label"]]
    expected = {row["key"]: row for row in rows(prepared, "shards")}[first["key"]]
    pixels = cv2.imdecode(np.frombuffer(expected["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(np.asarray(first["image"]), np.asarray(pixels))


def test_measures_are_taken_before_light_is_evened_out(tmp_path: Path) -> None:
    dark = (face(5) // 32).astype(np.uint8)
    put(tmp_path / "faces" / "train" / "happy" / "dark.png", png(dark))
    put(tmp_path / "faces" / "train" / "happy" / "fine.png", png(face(6)))
    data = Data(source="class-folders", path=str(tmp_path / "faces"))
    made = prepare(data, Prepare(normalise=Normalise(lighting="equalise")), tmp_path / "work", tmp_path / "out")
    assert made["rejects"] == {"two_tone": 1}  # all black, seen before it is stretched
    (kept,) = rows(tmp_path / "out", "shards")
    pixels = cv2.imdecode(np.frombuffer(kept["image"]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(np.asarray(pixels), equalise(face(6)))
    assert kept["mean"] == pytest.approx(face(6).mean(), abs=1e-3)
