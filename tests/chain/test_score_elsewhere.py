"""fermata plan and score from lists, patterns and buckets, into a bucket."""

import json
import shutil
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from commands import Cli
from s3_server import ENVIRONMENT, Bucket

pytestmark = pytest.mark.chain
HAAR = ("--detector", "haar", "--allow-synthetic", "--set", "score.images_per_unit=4", "--set", "cluster.workers=1")


@pytest.fixture(scope="session")
def model(project: Path) -> Path:
    return project / "out" / "model"


@pytest.fixture
def far(s3_server: str) -> dict[str, str]:
    """What a command needs to see of the store."""
    return {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3_server}


def _tables(folder: str | Path, root: str) -> dict[str, pd.DataFrame]:
    """The tables of a run whose sources lie below ``root``, without what is one run's own."""
    found = {}
    for name in ("files", "frames", "faces", "tracks"):
        table = pd.read_parquet(f"{folder}/{name}")
        for column in ("source", "duplicate_of"):
            if column in table:
                table[column] = table[column].str.removeprefix(f"{root}/")
        own = [column for column in ("seconds", "run_id", "unit") if column in table]
        keys = [column for column in ("source", "member", "frame", "face", "track") if column in table]
        found[name] = table.drop(columns=own).sort_values(keys, ignore_index=True)
    return found


def _same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name])


def test_from_a_bucket_into_a_bucket(
    cli: Cli, model: Path, archive: Path, bucket: Bucket, far: dict[str, str], tmp_path: Path
) -> None:
    """The tables are those of the same files on disk; a grown bucket is scored where it grew."""
    media = shutil.copytree(archive, tmp_path / "media")
    late = next(media.rglob("still-*.jpg"))
    late.rename(tmp_path / "late.jpg")
    bucket.fill(tmp_path / "media")
    url, out = bucket.url, f"{bucket.url}-labels/run"
    fsspec.filesystem("s3").mkdir(f"{bucket.url}-labels")
    chosen = (*HAAR, "--model", str(model))
    done = cli("score", url, "--out", out, *chosen, cwd=tmp_path, **far)
    assert done.returncode == 0, done.stderr
    assert f"Open {out}/report.html" in done.stdout
    assert cli("score", "media", "--out", "near", *chosen, cwd=tmp_path).returncode == 0
    _same(_tables(out, url), _tables(tmp_path / "near", "media"))
    names = {name.removeprefix(f"{out[5:]}/").partition("/")[0] for name in fsspec.filesystem("s3").find(out)}
    assert names == {
        "faces", "files", "frames", "tracks", "thumbs.parquet", "plan.parquet", "run.json", "report.html"}  # fmt: skip

    told = cli("status", out, cwd=tmp_path, **far)
    assert told.stdout.startswith("finished: "), told.stderr
    refused = cli("score", url, "--out", out, *chosen, cwd=tmp_path, **far)
    assert refused.returncode == 2
    assert f"'{out}' already holds a run (finished" in refused.stderr

    bucket.put(late.relative_to(media).as_posix(), (tmp_path / "late.jpg").read_bytes())
    (tmp_path / "late.jpg").rename(late)
    assert cli("score", url, "--out", out, *chosen, "--resume", cwd=tmp_path, **far).returncode == 0
    assert cli("score", "media", "--out", "near", *chosen, "--resume", cwd=tmp_path).returncode == 0
    _same(_tables(out, url), _tables(tmp_path / "near", "media"))

    done = cli("csv", out, "--to", "tables", cwd=tmp_path, **far)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "tables" / "files.csv")) == len(_tables(out, url)["files"])
    done = cli("report", out, "--no-faces", cwd=tmp_path, **far)
    assert done.stdout.strip() == f"Open {out}/report.html", done.stderr
    for command in ("subtitles", "annotate"):
        done = cli(command, out, cwd=tmp_path, **far)
        assert done.returncode == 2
        assert "is a URL, and this command reads a folder. Copy the results first" in done.stderr


def test_lists_and_patterns(cli: Cli, model: Path, archive: Path, tmp_path: Path) -> None:
    stills = sorted(path.relative_to(archive.parent).as_posix() for path in archive.rglob("still-*.png"))
    shutil.copytree(archive, tmp_path / "media")
    (tmp_path / "list.txt").write_text("\n".join([*stills, "media/gone.png"]) + "\n", encoding="utf-8")
    chosen = (*HAAR, "--model", str(model))
    done = cli("score", "@list.txt", "--out", "listed", *chosen, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = cli("score", "media/**/still-*.png", "--out", "matched", *chosen, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    listed, matched = (pd.read_parquet(tmp_path / name / "files") for name in ("listed", "matched"))
    assert sorted(matched["source"]) == stills
    assert sorted(listed["source"]) == sorted([*stills, "media/gone.png"])
    assert dict(zip(listed["source"], listed["error"], strict=True))["media/gone.png"] == "No such file or directory"
    assert json.loads((tmp_path / "listed" / "run.json").read_text())["sources"] == ["@list.txt"]
    for source, said in {
        "@none.txt": "@none.txt: the list cannot be read: No such file or directory",
        "media/*.none": "no file matches 'media/*.none'",
    }.items():
        done = cli("score", source, "--out", "none", *chosen, cwd=tmp_path)
        assert (done.returncode, done.stderr.strip()) == (2, said)
    assert not (tmp_path / "none").exists()


def test_what_is_out_of_reach_is_one_line(cli: Cli, model: Path, far: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for arguments, said in {
        ("s3://no-such-bucket/x", "--out", "o"): "no such file or folder: 's3://no-such-bucket/x'",
        ("a.txt", "--out", "s3://no-such-bucket/o"): "--out: 's3://no-such-bucket/o' cannot be written: ",
    }.items():
        done = cli("score", *arguments, *HAAR, "--model", str(model), cwd=tmp_path, **far)
        assert done.returncode == 2
        assert done.stderr.strip().startswith(said)
        assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
