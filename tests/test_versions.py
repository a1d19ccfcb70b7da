"""Versions of a prepared folder in a git repository with DVC; the folder is made by hand."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dvc.repo import Repo

from tasks import versions
from tasks.diff import IMAGES, REJECTS
from tasks.errors import SourceError
from tasks.schema import REJECT, SHARD, SHARD_VERSION

FOLDER = Path("data/prepared")
STAGES = "stages:\n  raw:\n    cmd: 'true'\n    outs:\n      - data/raw.json\n"
PREPARE = "  prepare:\n    cmd: 'true'\n    outs:\n      - data/prepared\n"
AUTHOR = {f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def write(project: Path, names: str, schema_version: str = SHARD_VERSION) -> None:
    """A prepared folder of one image per letter in two shards, and a reject."""
    folder = project / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    image = {"split": "training", "label": 0, "width": 48, "height": 48, "phash": "", "aligned": False, "group": ""}
    image |= dict.fromkeys(("mean", "std", "two_tone", "sharpness"), 0.0)
    shards = []
    for number, part in enumerate((names[:1], names[1:])):
        rows = [
            image
            | {"key": name, "image": {"bytes": b"", "path": name}, "sha256": hashlib.sha256(name.encode()).hexdigest()}
            for name in part
        ]
        shards.append(_put(folder, f"shards/training/part-{number:05}.parquet", pa.Table.from_pylist(rows, SHARD)))
    reject = {"key": "z", "split": "training", "label": 0, "reason": "blank", "detail": ""}
    rejects = [_put(folder, "rejects/part-00000.parquet", pa.Table.from_pylist([reject], REJECT))]
    manifest = {"schema_version": schema_version, "shards": shards, "reject_files": rejects}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _put(folder: Path, name: str, table: pa.Table) -> dict[str, str]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / name)
    return {"file": name}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=os.environ | AUTHOR, capture_output=True, check=True)


def commit(project: Path, tag: str) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--message", tag)
    git(project, "tag", tag)


def default_remote(project: Path, name: str, url: Path | None = None) -> None:
    with Repo(str(project)) as repo, repo.config.edit("repo") as config:
        config["core"]["remote"] = name
        if url is not None:
            config["remote"][name] = {"url": str(url)}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tags empty (no dvc.lock), none (one without prepared data), v1 (ab), old (another schema version) and v2 (bcd).

    The workspace is at v2.
    """
    project = tmp_path_factory.mktemp("origin")
    git(project, "init")
    Repo.init(str(project)).close()
    (project / ".gitignore").write_text("/data/*\n")
    commit(project, "empty")
    (project / "data").mkdir()
    (project / "data" / "raw.json").write_text("{}")
    (project / "dvc.yaml").write_text(STAGES)
    with Repo(str(project)) as repo:
        repo.commit(force=True)
    commit(project, "none")
    (project / "dvc.yaml").write_text(STAGES + PREPARE)
    for tag, names, schema in (("v1", "ab", SHARD_VERSION), ("old", "ab", "1"), ("v2", "bcd", SHARD_VERSION)):
        write(project, names, schema)
        with Repo(str(project)) as repo:
            repo.commit(force=True)
        commit(project, tag)
    return project


@pytest.fixture
def project(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to change, in the current folder; DVC's settings of whoever runs the tests don't count."""
    copy = Path(shutil.copytree(origin, tmp_path / "project"))
    for kind in ("GLOBAL_CONFIG", "SYSTEM_CONFIG", "SITE_CACHE"):
        monkeypatch.setenv(f"DVC_{kind}_DIR", str(tmp_path / kind))
    monkeypatch.chdir(copy)
    return copy


def keys(version: versions.Version) -> list[str]:
    return list(version.images["key"].to_pylist())


def test_the_workspace_and_revisions(project: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in (project / "data").rglob("*"))
    assert keys(versions.here(FOLDER)) == ["b", "c", "d"]
    for revision, names in (("v1", ["a", "b"]), ("v2", ["b", "c", "d"]), ("HEAD~2", ["a", "b"])):
        found = versions.at(revision, FOLDER)
        assert found.name == revision
        assert keys(found) == names
        assert tuple(found.images.column_names) == IMAGES
        assert tuple(found.rejects.column_names) == REJECTS
        assert found.rejects["reason"].to_pylist() == ["blank"]
    assert sorted((path, path.stat().st_mtime_ns) for path in (project / "data").rglob("*")) == before


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("v9", "v9: git knows no such revision. Find one: git tag"),
        ("empty", "empty: its dvc.lock names no version of 'data/prepared'"),
        ("none", "none: its dvc.lock names no version of 'data/prepared'"),
        ("old", "old: 'data/prepared' has schema version '1'"),
    ],
)
def test_revisions_that_cannot_be_compared(project: Path, revision: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        versions.at(revision, FOLDER)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_cache_that_was_emptied_and_the_remote_that_is_set_later(project: Path, tmp_path: Path) -> None:
    """v1 doesn't know the remote: that of the workspace is read."""
    store, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    cache = (project / ".dvc" / "cache").rename(elsewhere)
    with pytest.raises(SourceError, match=r"v1: manifest\.json cannot be read from DVC's cache, and no remote is set"):
        versions.at("v1", FOLDER)
    default_remote(project, "store", store)
    with pytest.raises(
        SourceError, match=r"or the remote 'store' \(.*No such file.*git checkout v1 -- dvc\.lock && dvc push"
    ):
        versions.at("v1", FOLDER)
    shutil.copytree(cache, store)
    assert keys(versions.at("v1", FOLDER)) == ["a", "b"]
    assert not (project / ".dvc" / "cache" / "files").exists()


def test_a_default_remote_that_is_not_defined(project: Path) -> None:
    default_remote(project, "store")
    with pytest.raises(SourceError, match=r"core\.remote: DVC's default is 'store'.*dvc remote list"):
        versions.at("v1", FOLDER)


def test_a_damaged_file_in_the_cache(project: Path) -> None:
    for path in (project / ".dvc" / "cache" / "files").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"PAR1"):
            path.chmod(0o644)
            path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(SourceError, match=r"v1: shards/training/part-00000\.parquet is damaged"):
        versions.at("v1", FOLDER)


def test_a_project_below_the_top_of_its_repository(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(origin, tmp_path / "top" / "faces"))
    shutil.rmtree(copy / ".git")
    git(tmp_path / "top", "init")
    commit(tmp_path / "top", "v1")
    monkeypatch.chdir(copy)
    assert keys(versions.at("v1", FOLDER)) == ["b", "c", "d"]


def test_outside_of_git(project: Path) -> None:
    shutil.rmtree(project / ".git")
    with pytest.raises(SourceError, match=r"v1: the project's folder is in no git repository"):
        versions.at("v1", FOLDER)


def test_a_workspace_without_data_and_one_without_a_shard(project: Path) -> None:
    next((project / FOLDER / "shards").rglob("*.parquet")).unlink()
    with pytest.raises(SourceError, match=r"workspace: shards/training/part-0000.\.parquet cannot be read .*dvc repro"):
        versions.here(FOLDER)
    shutil.rmtree(project / FOLDER)
    with pytest.raises(SourceError, match=r"no prepared data set here"):
        versions.here(FOLDER)
