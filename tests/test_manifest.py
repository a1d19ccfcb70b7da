import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prepared_faces import make_folders, prepare

from tasks import manifest
from tasks.errors import ReconcileError, SourceError
from tasks.params import Clean, Data, Prepare, Split
from tasks.prepare.build import build
from tasks.prepare.decide import Decisions, decide
from tasks.prepare.stage import stage
from tasks.sources import SOURCES

WANTED = Prepare(shard_rows=16, clean=Clean(conflicts="keep"), split=Split(validation=0.3))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Decisions, list[Any]]:
    base = tmp_path_factory.mktemp("parts")
    data = Data(source="class-folders", path=str(make_folders(base / "faces")))
    plan = SOURCES[data.source].plan(data, WANTED.shard_rows)
    decisions = decide([stage(chunk, WANTED, ("", ""), base / "work") for chunk in plan.chunks], WANTED)
    return decisions, [s for one in decisions.chunks for s in build(one, WANTED, base / "work", base / "out")]


def test_everything_adds_up(parts: tuple[Decisions, list[Any]]) -> None:
    made = manifest.make("class-folders", WANTED, *parts, ["a warning"])
    assert (made["images"], made["kept"], made["rejected"]) == (46, 41, 5)
    assert sum(made["rejects"].values()) == 5
    assert made["rejects"] == {"undecodable": 1, "blank": 1, "duplicate": 2, "duplicate_across_splits": 1}
    assert sum(sum(row.values()) for row in made["counts"].values()) == 41
    assert {split: sum(row.values()) for split, row in made["found"].items()} == {"training": 36, "test": 10}
    assert sum(shard["rows"] for shard in made["shards"]) == 41
    assert sum(file["rows"] for file in made["reject_files"]) == 5
    assert set(made["split_digests"]) == set(made["counts"]) == {"training", "validation", "test"}
    assert made["warnings"][0] == "a warning"
    assert "another emotion" in made["warnings"][1]


def test_order_of_statistics_changes_nothing(parts: tuple[Decisions, list[Any]]) -> None:
    decisions, built = parts
    assert manifest.make("x", WANTED, decisions, built[::-1]) == manifest.make("x", WANTED, decisions, built)


def test_the_digest_is_of_the_shards(parts: tuple[Decisions, list[Any]]) -> None:
    decisions, built = parts
    other = [replace(built[0], sha256="0" * 64), *built[1:]]
    assert (
        manifest.make("x", WANTED, decisions, other)["digest"] != manifest.make("x", WANTED, decisions, built)["digest"]
    )


def test_totals_that_do_not_add_up_are_an_error(parts: tuple[Decisions, list[Any]]) -> None:
    decisions, built = parts
    with pytest.raises(ReconcileError, match="46 images found, but"):
        manifest.make("x", WANTED, decisions, built[1:])
    with pytest.raises(ReconcileError, match="46 images found, but"):
        manifest.make("x", WANTED, decisions, [one for one in built if isinstance(one, manifest.ShardStats)])
    counts = dict.fromkeys(built[0].counts, 0) | {"fear": built[0].rows}
    with pytest.raises(ReconcileError, match="the shards hold"):
        manifest.make("x", WANTED, decisions, [replace(built[0], counts=counts), *built[1:]])


def test_written_is_what_is_read_and_names_no_place(tmp_path: Path) -> None:
    data = Data(source="class-folders", path=str(make_folders(tmp_path / "faces")))
    made = prepare(data, WANTED, tmp_path / "work", tmp_path / "out")
    assert manifest.read(tmp_path / "out") == made
    assert str(tmp_path) not in (tmp_path / "out" / "manifest.json").read_text()
    for name in [one["file"] for one in (*made["shards"], *made["reject_files"])]:
        assert (tmp_path / "out" / name).is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no prepared data set here"),
        ("{", "damaged"),
        ("[]", "schema version None"),
        (json.dumps({"schema_version": "0"}), "schema version '0', this Fermata reads '2'"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_what_to_do(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(SourceError, match=message) as caught:
        manifest.read(tmp_path)
    assert "dvc repro prepare, or fermata prepare" in str(caught.value)
