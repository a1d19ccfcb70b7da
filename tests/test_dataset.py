import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from prepared_faces import face, make_folders, png, prepare, put

from tasks import dataset, manifest
from tasks.errors import SourceError
from tasks.params import Data, Fill, Normalise, Prepare
from tasks.params import Split as SplitParams
from tasks.schema import EMOTIONS


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("dataset")
    data = Data(source="class-folders", path=str(make_folders(base / "faces")))
    prepare(data, Prepare(shard_rows=16, split=SplitParams(validation=0.3)), base / "work", base / "out")
    return base / "out"


@pytest.fixture
def prepared(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "out"))


def test_a_split_is_arrays(prepared: Path) -> None:
    split = dataset.load(prepared, "test")
    assert (split.name, split.images.shape, split.labels.shape) == ("test", (10, 48, 48), (10,))
    assert split.images.dtype == np.uint8
    assert split.labels.dtype == np.int64
    assert split.digest == manifest.read(prepared)["split_digests"]["test"]
    for image, label, key in zip(split.images, split.labels, split.keys, strict=True):
        number = int(Path(key).stem)
        assert np.array_equal(image, face(number))
        assert EMOTIONS[label] == ("angry", "happy", "sad", "surprise")[number % 4]
    assert split.normalise == Normalise()
    assert len(split.groups) == 10
    assert split.folds.dtype == np.int8
    assert split.folds.tolist() == [-1] * 10


def test_splits_together_are_all_that_was_kept(prepared: Path) -> None:
    made = manifest.read(prepared)
    splits = [dataset.load(prepared, split) for split in made["counts"]]
    assert sum(len(split.labels) for split in splits) == made["kept"]
    assert len({key for split in splits for key in split.keys}) == made["kept"]
    for split in splits:
        counts = np.bincount(split.labels, minlength=len(EMOTIONS)).tolist()
        assert counts == [made["counts"][split.name][emotion] for emotion in EMOTIONS]


def test_an_unknown_split_lists_those_that_exist(prepared: Path) -> None:
    with pytest.raises(SourceError, match=r"no split 'private'\. There are: test, training, validation"):
        dataset.load(prepared, "private")


def test_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no prepared data set here"):
        dataset.load(tmp_path, "training")


def shard(prepared: Path) -> tuple[Path, dict[str, Any]]:
    made = manifest.read(prepared)
    return prepared / next(one["file"] for one in made["shards"] if one["split"] == "test"), made


def test_damage_names_the_shard(prepared: Path) -> None:
    path, _ = shard(prepared)
    table = pq.read_table(path, partitioning=None)

    pq.write_table(table.slice(1), path)
    with pytest.raises(SourceError, match="rows, the manifest says"):
        dataset.load(prepared, "test")

    pq.write_table(table.replace_schema_metadata({"fermata.version": "0"}), path)
    with pytest.raises(SourceError, match="schema version '0'"):
        dataset.load(prepared, "test")

    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SourceError, match="missing or damaged"):
        dataset.load(prepared, "test")

    path.unlink()
    with pytest.raises(SourceError, match="missing or damaged"):
        dataset.load(prepared, "test")


def test_a_damaged_image_is_named(prepared: Path) -> None:
    path, _ = shard(prepared)
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    rows[0]["image"]["bytes"] = bytes(cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1])
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
    with pytest.raises(SourceError, match=r"part-0+\d\.parquet: image 0 is damaged"):
        dataset.load(prepared, "test")


def test_files_that_the_manifest_does_not_list_are_not_read(prepared: Path) -> None:
    path, made = shard(prepared)
    shutil.copy(path, path.with_name("part-99999.parquet"))
    assert len(dataset.load(prepared, "test").labels) == sum(made["counts"]["test"].values())


def test_another_schema_version_is_refused(prepared: Path) -> None:
    _, made = shard(prepared)
    (prepared / "manifest.json").write_text(json.dumps(made | {"schema_version": "1"}))
    with pytest.raises(SourceError, match="schema version '1'"):
        dataset.load(prepared, "test")


def colours(seed: int) -> npt.NDArray[np.uint8]:
    """BGR noise, bluish: no two channels are alike."""
    noise = np.random.default_rng(seed).integers(0, 100, (64, 64, 3), np.uint8)
    return np.asarray(noise + np.array([150, 60, 0], np.uint8), np.uint8)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """28 faces of 64 pixels in colour, 20 of them in training with as many copies as make it 8 per class; 3 folds."""
    base = tmp_path_factory.mktemp("filled")
    for number in range(28):
        split = "train" if number < 20 else "test"
        put(base / "faces" / split / ("angry", "happy")[number % 2] / f"{number}.png", png(colours(number)))
    wanted = Prepare(
        shard_rows=8,
        normalise=Normalise(size=64, colour=True),
        split=SplitParams(validation=0.0, folds=3),
        fill=Fill(target={"angry": 14, "happy": 5}),
    )
    prepare(Data(source="class-folders", path=str(base / "faces")), wanted, base / "work", base / "out")
    return base / "out"


def test_colours_come_back_as_bgr(filled: Path) -> None:
    split = dataset.load(filled, "test")
    assert split.normalise == Normalise(size=64, colour=True)
    assert split.images.shape == (8, 64, 64, 3)
    for image, key in zip(split.images, split.keys, strict=True):
        np.testing.assert_array_equal(image, colours(int(Path(key).stem)))


def test_folds_and_groups_are_those_of_the_shards(filled: Path) -> None:
    split = dataset.load(filled, "training")
    rows = [
        row
        for one in manifest.read(filled)["shards"] if one["split"] == "training"
        for row in pq.read_table(filled / one["file"], partitioning=None).to_pylist()
    ]  # fmt: skip
    assert split.keys == [row["key"] for row in rows]
    assert split.groups == [row["group"] for row in rows]
    assert split.folds.tolist() == [row["fold"] for row in rows]
    assert set(split.folds.tolist()) == {0, 1, 2}
    assert set(dataset.load(filled, "test").folds.tolist()) == {-1}


def test_warped_copies_are_left_out_on_request(filled: Path) -> None:
    everything, originals = dataset.load(filled, "training"), dataset.load(filled, "training", augmented=False)
    assert np.bincount(everything.labels).tolist()[:4] == [14, 0, 0, 10]
    assert np.bincount(originals.labels).tolist()[:4] == [10, 0, 0, 10]
    assert everything.digest == originals.digest
    assert set(originals.keys) < set(everything.keys)
    assert {int(Path(key).stem) for key in originals.keys} == set(range(20))
    places = [everything.keys.index(key) for key in originals.keys]
    np.testing.assert_array_equal(everything.images[places], originals.images)
    np.testing.assert_array_equal(everything.labels[places], originals.labels)
    np.testing.assert_array_equal(everything.folds[places], originals.folds)
    assert [everything.groups[at] for at in places] == originals.groups


def test_a_split_without_copies_is_the_same_without_them(filled: Path) -> None:
    one, other = dataset.load(filled, "test"), dataset.load(filled, "test", augmented=False)
    np.testing.assert_array_equal(one.images, other.images)
    assert one.keys == other.keys


@pytest.mark.parametrize("wrong", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.uint16)])
def test_a_face_that_is_not_as_the_manifest_says_is_damage(filled: Path, tmp_path: Path, wrong: Any) -> None:
    folder = Path(shutil.copytree(filled, tmp_path / "out"))
    path, _ = shard(folder)
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    rows[-1]["image"]["bytes"] = bytes(cv2.imencode(".png", wrong)[1])
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    with pytest.raises(SourceError, match=rf"image {len(rows) - 1} is damaged"):
        dataset.load(folder, "test")


@pytest.mark.parametrize("value", [None, {"size": 7}, {"shape": "round"}, 3])
def test_a_manifest_must_say_how_faces_were_normalised(filled: Path, tmp_path: Path, value: Any) -> None:
    folder = Path(shutil.copytree(filled, tmp_path / "out"))
    made = manifest.read(folder)
    (folder / "manifest.json").write_text(json.dumps(made | {"normalise": value}))
    with pytest.raises(SourceError, match=r"doesn't say how its faces were normalised \(") as caught:
        dataset.load(folder, "test")
    assert "\n" not in str(caught.value)
