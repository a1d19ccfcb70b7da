"""fermata prepare and train when something is wrong with the data or the parameters."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from commands import Cli
from prepared_faces import face, make_folders, png, put

from tasks.schema import EMOTIONS

pytestmark = pytest.mark.chain


def params(folder: Path, source: str, path: str) -> None:
    text = {"data": {"source": source, "path": path}, "prepare": {"shard_rows": 16}, "train": {"epochs": 1}}
    (folder / "params.yaml").write_text(yaml.safe_dump(text))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epochz=3", "train.epochz: unknown key"),
        ("train.epochs=many", "train.epochs: received 'many', expected a whole number"),
        ("prepare.split.validation=1.5", "prepare.split.validation: received 1.5"),
        ("data.source=imagenet", "data.source: received 'imagenet', allowed: 'synthetic', 'class-folders'"),
    ],
)
def test_bad_parameters_end_with_2_at_once(cli: Cli, tmp_path: Path, override: str, said: str) -> None:
    done = cli("prepare", "--set", override, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_data_set(cli: Cli, tmp_path: Path) -> None:
    params(tmp_path, "class-folders", "data/raw/fer2013.zip")
    done = cli("prepare", cwd=tmp_path)
    assert done.returncode == 2
    assert "data/raw/fer2013.zip" in done.stderr
    assert "Bring FER-2013" in done.stderr


@pytest.mark.long
def test_an_unknown_class_folder_is_rejected_by_name(cli: Cli, tmp_path: Path) -> None:
    make_folders(tmp_path / "faces")
    put(tmp_path / "faces" / "train" / "bored" / "1.png", png(face(99)))
    params(tmp_path, "class-folders", "faces")
    done = cli("prepare", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "bored" in done.stderr
    rejects = {row["key"]: row for row in pq.read_table(tmp_path / "data" / "prepared" / "rejects").to_pylist()}
    row = rejects["train/bored/1.png"]
    assert (row["reason"], row["label"]) == ("unknown_label", -1)
    assert "bored" in row["detail"]
    assert row["image"]["bytes"] == png(face(99))
    mapped = cli("prepare", "--set", "data.labels={bored: neutral}", cwd=tmp_path)
    assert "unknown_label" not in mapped.stdout


def test_labels_that_are_all_unknown_end_with_2(cli: Cli, tmp_path: Path) -> None:
    put(tmp_path / "faces" / "train" / "bored" / "1.png", png(face(99)))
    params(tmp_path, "class-folders", "faces")
    done = cli("prepare", cwd=tmp_path)
    assert done.returncode == 2
    assert "bored" in done.stderr
    assert "surprise" in done.stderr
    assert not (tmp_path / "data" / "prepared").exists()


@pytest.mark.long
def test_a_class_without_images_is_said_by_prepare_and_refused_by_train(cli: Cli, tmp_path: Path) -> None:
    make_folders(tmp_path / "faces")
    (tmp_path / "faces" / "train" / "fear").mkdir(parents=True)
    params(tmp_path, "class-folders", "faces")
    done = cli("prepare", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "fear" in done.stderr
    trained = cli("train", cwd=tmp_path)
    assert trained.returncode == 2
    assert "fear" in trained.stderr
    assert not (tmp_path / "out" / "model").exists()


def test_a_csv_with_a_short_pixel_row_becomes_a_reject(cli: Cli, tmp_path: Path) -> None:
    rows = ["emotion,pixels,Usage"]
    for number in range(70):
        pixels = " ".join(str(value) for value in face(number).ravel())
        rows.append(f"{number % 7},{pixels},{'Training' if number < 50 else 'PublicTest'}")
    rows[6] = "0,1 2 3,Training"
    with gzip.open(tmp_path / "faces.csv.gz", "wt") as stream:
        stream.write("\n".join(rows))
    params(tmp_path, "fer2013-csv", "faces.csv.gz")
    done = cli("prepare", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rejects = pq.read_table(tmp_path / "data" / "prepared" / "rejects").to_pylist()
    assert [(row["key"], row["reason"]) for row in rejects] == [("row-0000005", "wrong_size")]
    assert "3 values" in rejects[0]["detail"]


def test_shards_are_the_same_for_any_number_of_workers(cli: Cli, tmp_path: Path) -> None:
    make_folders(tmp_path / "faces")
    params(tmp_path, "class-folders", "faces")
    found = []
    for workers in (1, 3):
        out = tmp_path / f"with-{workers}"
        done = cli("prepare", "--out", str(out), "--set", f"cluster.workers={workers}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found.append({path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert found[0] == found[1]
    assert len(found[0]) > 3


def test_shards_open_as_images_for_others(cli: Cli, tmp_path: Path) -> None:
    make_folders(tmp_path / "faces")
    params(tmp_path, "class-folders", "faces")
    assert cli("prepare", cwd=tmp_path).returncode == 0
    table = pq.read_table(tmp_path / "data" / "prepared" / "shards", partitioning=None)
    assert b"ClassLabel" in table.schema.metadata[b"huggingface"]
    assert set(table["label"].to_pylist()) <= set(range(len(EMOTIONS)))
