"""Versions of the prepared data through git and DVC: remotes, clones, and what `fermata data diff` says about them."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from commands import ROOT, Cli
from prepared_faces import face, make_folders, png
from s3_server import ENVIRONMENT, Bucket

from flows.demo import copy_project
from tasks.params import parse

pytestmark = pytest.mark.chain

Environment = dict[str, str]
ZIP = "data/raw/faces.zip"


@pytest.fixture(scope="module")
def outside(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What commands see: an author for git, no credentials."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    author = {
        f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return kept | author | {"DVC_SITE_CACHE_DIR": str(tmp_path_factory.mktemp("site"))}


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory, outside: Environment) -> Path:
    """A git repository of the project, with a zip of class folders that git ignores; tag v1 holds prepared data."""
    base = tmp_path_factory.mktemp("versioned")
    folder = base / "project"
    (folder / ".dvc").mkdir(parents=True)
    for name in (".gitignore", ".dvcignore", ".dvc/config", ".dvc/.gitignore"):
        shutil.copy(ROOT / name, folder / name)
    copy_project(ROOT, folder)
    faces = make_folders(base / "faces")
    pack(folder, {str(path.relative_to(faces)): path.read_bytes() for path in sorted(faces.rglob("*.png"))})
    parameters(folder)
    run("git init --quiet", folder, outside)
    run("dvc repro raw prepare", folder, outside)
    save(folder, outside, "v1")
    return folder


@pytest.fixture
def project(versioned: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(versioned, tmp_path / "project", symlinks=True))


def run(command: str, folder: Path, environment: Environment, fine: tuple[int, ...] = (0,)) -> str:
    """What ``command`` said."""
    done = subprocess.run(
        command.split(), cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode in fine, said
    return said


def save(folder: Path, environment: Environment, tag: str) -> None:
    run("git add --all", folder, environment)
    run(f"git commit --quiet --message {tag}", folder, environment)
    run(f"git tag {tag}", folder, environment)


def parameters(folder: Path, **prepare: Any) -> None:
    votes = {"path": "data/raw/README.md", "join": "data/raw/README.md"}
    data = {"source": "class-folders", "path": ZIP, "votes": votes}
    values = parse({"data": data, "prepare": {"shard_rows": 16, **prepare}, "cluster": {"workers": 1}})
    (folder / "params.yaml").write_text(yaml.safe_dump(values.model_dump()))


def pack(folder: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(folder / ZIP, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def unpack(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(folder / ZIP) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def contents(folder: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert "manifest.json" in found
    return found


def shared(project: Path, clone: Path, url: str, environment: Environment) -> None:
    """The steps of data/README.md: one pushes, another one clones, pulls and has nothing to do."""
    run(f"dvc remote add --default store {url}", project, environment)
    run("git commit --quiet --all --message remote", project, environment)
    assert "files pushed" in run("dvc push", project, environment)
    assert "Everything is up to date" in run("dvc push", project, environment)
    run(f"git clone --quiet {project} {clone}", project, environment)
    assert not (clone / "data" / "prepared").exists()
    run("dvc pull raw prepare", clone, environment)
    assert contents(clone / "data" / "prepared") == contents(project / "data" / "prepared")
    assert (clone / "data" / "raw.json").read_bytes() == (project / "data" / "raw.json").read_bytes()
    assert "Data and pipelines are up to date" in run("dvc repro --allow-missing raw prepare", clone, environment)
    shutil.copy(project / ZIP, clone / ZIP)
    assert "Data and pipelines are up to date" in run("dvc repro raw prepare", clone, environment)
    assert run("git status --porcelain", clone, environment) == ""


def test_a_remote_in_a_folder(project: Path, tmp_path: Path, outside: Environment) -> None:
    shared(project, tmp_path / "clone", str(tmp_path / "store"), outside)


@pytest.mark.long
def test_a_remote_on_s3_with_credentials_from_the_environment(
    project: Path, tmp_path: Path, outside: Environment, s3_server: str, bucket: Bucket, cli: Cli
) -> None:
    known = {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3_server}
    shared(project, tmp_path / "clone", f"{bucket.url}/fermata", outside | known)
    for secret in (ENVIRONMENT["AWS_SECRET_ACCESS_KEY"], s3_server):
        assert not [path for path in (project / ".dvc").glob("config*") if secret in path.read_text()]
    shutil.rmtree(tmp_path / "clone" / ".dvc" / "cache")
    read = cli("data", "diff", "v1", cwd=tmp_path / "clone", **known)
    assert read.returncode == 0, read.stderr
    assert "the same images, labels, splits and rejects" in read.stdout
    nobody = known | {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    refused = cli("data", "diff", "v1", cwd=tmp_path / "clone", **nobody)
    assert refused.returncode == 2
    assert "the remote 'store' (Unable to locate credentials)" in refused.stderr
    assert "redentials" in run("dvc pull --with-deps prepare", tmp_path / "clone", outside | nobody, fine=(1, 255))


def test_what_changed_between_versions(project: Path, outside: Environment, cli: Cli) -> None:
    unchanged = cli("data", "diff", "v1", cwd=project)
    assert unchanged.returncode == 0, unchanged.stderr
    assert "the same images, labels, splits and rejects" in unchanged.stdout
    files = unpack(project)
    files["train/angry/happy-after-all.png"] = files.pop("train/happy/5.png")
    files["train/angry/new.png"] = png(face(500))
    files["train/angry/8.png"] = png(face(501))
    files["train/angry/12.png"] = b"no picture any more"
    del files["test/angry/32.png"]
    pack(project, files)
    parameters(project, split={"validation": 0.5}, fill={"target": {"happy": 30}})
    run("dvc repro prepare", project, outside)

    found = account(cli, project, "v1", "--limit", "1000")
    manifest = json.loads((project / "data" / "prepared" / "manifest.json").read_text())
    after = {name: manifest[name] for name in ("digest", "fingerprint", "rejected")} | {"images": manifest["kept"]}
    assert found["after"] == after | {"name": "workspace"}
    assert found["parameters"] == {
        "split.validation": {"before": 0.1, "after": 0.5},
        "fill.target.happy": {"before": None, "after": 30},
    }
    images, copies, rejects = found["images"], found["copies"], found["rejects"]
    counts = {split: {emotion: n["after"] for emotion, n in row.items()} for split, row in images["counts"].items()}
    assert counts == {
        split: {e: n for e, n in row.items() if e in counts[split]} for split, row in manifest["counts"].items()
    }
    assert sum(sum(row.values()) for row in counts.values()) == manifest["kept"]
    assert keys(images["added"]) == {"train/angry/new.png"}
    assert keys(images["removed"]) == {"train/angry/12.png", "test/angry/32.png"}
    assert {row["key"]: row["reason"] for row in images["removed"]["examples"]}["train/angry/12.png"] == "undecodable"
    assert keys(images["changed"]) == {"train/angry/8.png"}
    assert keys(images["relabelled"]) == keys(images["renamed"]) == {"train/angry/happy-after-all.png"}
    assert keys(rejects["rejected"]) == {"train/angry/12.png"}
    assert rejects["reasons"]["undecodable"] == {"before": 1, "after": 2}
    moved = {(row["split_before"], row["split"]) for row in images["moved"]["examples"]}
    assert moved == {("training", "validation")}
    shards = project / "data" / "prepared" / "shards"
    assert keys(images["moved"]) <= set(pq.read_table(shards / "validation", partitioning=None)["key"].to_pylist())
    assert copies["added"]["count"] == sum(sum(row.values()) for row in manifest["augmented"].values()) > 0

    shown = cli("data", "diff", "v1", "--limit", "2", cwd=project).stdout
    split = images["relabelled"]["examples"][0]["split"]
    for line in (
        "1 relabelled", f"  train/angry/happy-after-all.png  {split}  happy -> angry",
        "1 newly rejected", "  train/angry/12.png  training  angry  undecodable  (was kept)",
        "  split.validation         0.1 -> 0.5", f"  and {copies['added']['count'] - 2} more (--limit",
    ):  # fmt: skip
        assert line in shown
    save(project, outside, "v2")
    there = account(cli, project, "v1", "--to", "v2", "--limit", "1000")
    assert there == found | {"after": found["after"] | {"name": "v2"}}
    back = account(cli, project, "v2", "--to", "v1", "--limit", "1000")
    assert keys(back["images"]["removed"]) == keys(images["added"])
    assert run("git status --porcelain", project, outside) == ""


@pytest.mark.long
def test_a_version_from_before_the_remote_is_pushed_by_its_lock(
    project: Path, tmp_path: Path, outside: Environment, cli: Cli
) -> None:
    clone = tmp_path / "clone"
    parameters(project, split={"validation": 0.5})
    run("dvc repro prepare", project, outside)
    run(f"dvc remote add --default store {tmp_path / 'store'}", project, outside)
    save(project, outside, "v2")
    run("dvc push", project, outside)
    run(f"git clone --quiet {project} {clone}", project, outside)
    missing = cli("data", "diff", "v1", "--to", "v2", cwd=clone)
    assert missing.returncode == 2
    assert "(git checkout v1 -- dvc.lock && dvc push)" in missing.stderr
    run("git checkout v1 -- dvc.lock", project, outside)
    run("dvc push", project, outside)
    run("git checkout HEAD -- dvc.lock", project, outside)
    found = account(cli, clone, "v1", "--to", "v2")
    assert found["images"]["moved"]["count"] > 0
    assert not (clone / "data" / "prepared").exists()


def keys(listed: dict[str, Any]) -> set[str]:
    assert listed["count"] == len(listed["examples"])
    return {row["key"] for row in listed["examples"]}


def account(cli: Cli, project: Path, *arguments: str) -> Any:
    done = cli("data", "diff", *arguments, "--json", cwd=project)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_revisions_that_cannot_be_compared_end_with_2_and_one_line(
    project: Path, outside: Environment, cli: Cli
) -> None:
    for arguments, said in (
        (("v9",), "v9: git knows no such revision"),
        (("v1", "--to", "v8"), "v8: git knows no such"),
    ):
        done = cli("data", "diff", *arguments, cwd=project)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    shutil.rmtree(project / ".git")
    done = cli("data", "diff", "v1", cwd=project)
    assert done.returncode == 2
    assert "no git repository" in done.stderr


def test_the_inventory_is_a_stage_of_its_own(project: Path) -> None:
    found = json.loads((project / "data" / "raw.json").read_text())
    assert (found["source"], found["images"]) == ("class-folders", 46)
    assert {split: sum(row.values()) for split, row in found["counts"].items()} == {"training": 36, "test": 10}
    lock = yaml.safe_load((project / "dvc.lock").read_text())
    assert [out["path"] for out in lock["stages"]["raw"]["outs"]] == ["data/raw.json"]
