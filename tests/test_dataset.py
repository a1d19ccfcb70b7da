import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from prepared_faces import face, make_folders, prepare

from tasks import dataset, manifest
from tasks.errors import SourceError
from tasks.params import Data, Prepare
from tasks.schema import EMOTIONS


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("dataset")
    data = Data(source="class-folders", path=str(make_folders(base / "faces")))
    prepare(data, Prepare(shard_rows=16, validation=0.3), base / "work", base / "out")
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
    with pytest.raises(SourceError, match=r"part-0000\d\.parquet: image 0 is damaged"):
        dataset.load(prepared, "test")


def test_files_that_the_manifest_does_not_list_are_not_read(prepared: Path) -> None:
    path, made = shard(prepared)
    shutil.copy(path, path.with_name("part-99999.parquet"))
    assert len(dataset.load(prepared, "test").labels) == sum(made["counts"]["test"].values())


def test_another_schema_version_is_refused(prepared: Path) -> None:
    _, made = shard(prepared)
    (prepared / "manifest.json").write_text(json.dumps(made | {"schema_version": "2"}))
    with pytest.raises(SourceError, match="schema version '2'"):
        dataset.load(prepared, "test")
