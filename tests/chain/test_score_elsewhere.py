"""fermata plan and score from lists, patterns and buckets, into a bucket."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import fsspec
import pandas as pd
import pytest
from commands import ROOT, Cli
from s3_server import ENVIRONMENT, Bucket

from tasks.monitor import keep
from tasks.score import audit, store

pytestmark = pytest.mark.chain
CHOSEN = (
    "--model",
    str(ROOT / "models" / "reference"),
    "--detector",
    "haar",
    "--set",
    "score.images_per_unit=4",
    "--set",
    "cluster.workers=1",
)


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


class Runs(NamedTuple):
    """The same files on disk, in ``folder``/media, and in a bucket, both scored."""

    folder: Path
    url: str
    out: str
    late: str  # a file that only the folder has, and that was not there when it was scored


@pytest.fixture(scope="module")
def runs(cli: Cli, archive: Path, s3_server: str, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder, store = tmp_path_factory.mktemp("elsewhere"), fsspec.filesystem("s3")
    media = shutil.copytree(archive, folder / "media")
    late = next(media.rglob("still-*.jpg"))
    late.rename(folder / "late")
    store.mkdir("s3://elsewhere")
    made = Runs(folder, "s3://elsewhere/media", "s3://elsewhere/labels", late.relative_to(media).as_posix())
    Bucket(made.url, store).fill(media)
    seen = {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3_server}
    for source, out in ((made.url, made.out), ("media", "near")):
        done = cli("score", source, "--out", out, *CHOSEN, cwd=folder, **seen)
        assert done.returncode == 0, done.stderr
        assert f"Open {out}/report.html" in done.stdout
    (folder / "late").rename(late)
    return made


def test_from_a_bucket_into_a_bucket(runs: Runs) -> None:
    """The tables are those of the same files on disk."""
    _same(_tables(runs.out, runs.url), _tables(runs.folder / "near", "media"))
    names = {name.removeprefix("elsewhere/labels/") for name in fsspec.filesystem("s3").find(runs.out)}
    (profile,) = keep.read(runs.out)
    near = keep.read(runs.folder / "near")[0]
    assert (profile.counts, profile.people, profile.media) == (near.counts, near.people, near.media)
    assert len(audit.read(store.at(runs.out))) == 2
    assert names == {
        f"profiles/{profile.run_id}.json", "audit.jsonl",
        "faces/part-00000.parquet", "files/part-00000.parquet", "frames/part-00000.parquet",
        "tracks/part-00000.parquet", "thumbs.parquet", "plan.parquet", "run.json", "report.html",
    }  # fmt: skip


def test_what_is_told_of_a_bucket(runs: Runs, cli: Cli, far: dict[str, str], tmp_path: Path) -> None:
    told = cli("status", runs.out, cwd=tmp_path, **far)
    assert told.stdout.startswith("finished: "), told.stderr
    done = cli("csv", runs.out, "--to", "tables", cwd=tmp_path, **far)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "tables" / "files.csv")) == len(_tables(runs.out, runs.url)["files"])
    done = cli("report", runs.out, "--no-faces", cwd=tmp_path, **far)
    assert done.stdout.strip() == f"Open {runs.out}/report.html", done.stderr


@pytest.mark.long
def test_a_grown_bucket_is_scored_where_it_grew(runs: Runs, cli: Cli, far: dict[str, str]) -> None:
    Bucket(runs.url, fsspec.filesystem("s3")).put(runs.late, (runs.folder / "media" / runs.late).read_bytes())
    for source, out in ((runs.url, runs.out), ("media", "near")):
        done = cli("score", source, "--out", out, *CHOSEN, "--resume", cwd=runs.folder, **far)
        assert done.returncode == 0, done.stderr
    _same(_tables(runs.out, runs.url), _tables(runs.folder / "near", "media"))
    assert runs.late in set(_tables(runs.out, runs.url)["files"]["source"])


@pytest.mark.long
def test_labels_in_a_bucket_are_made_anew_shown_and_forgotten(
    cli: Cli, archive: Path, far: dict[str, str], tmp_path: Path
) -> None:
    out, bucket = "s3://elsewhere/kept", fsspec.filesystem("s3")
    bucket.makedirs("s3://elsewhere", exist_ok=True)
    shutil.copytree(archive, tmp_path / "media")
    model = CHOSEN[:2]

    def done(*arguments: str) -> str:
        told = cli(*arguments, cwd=tmp_path, **far)
        assert told.returncode == 0, told.stderr
        return told.stdout

    done("score", "media", "--out", out, *CHOSEN, "--keep-crops")
    told = done("rescore", out, *model)
    (version,) = {name.rpartition("versions/")[2].split("/")[0] for name in bucket.find(f"{out}/versions")}
    assert f"Open {out}/versions/{version}/report.html" in told
    assert "0.0 % flipped" in told
    assert f"{out}/subtitles" in done("subtitles", out)
    faces = pd.read_parquet(f"{out}/faces")
    clip = next(name for name in faces["source"] if name.endswith(".mp4"))
    done("annotate", out, "--source", clip)
    assert any(name.endswith(".vtt") for name in bucket.find(f"{out}/subtitles"))
    assert any(name.endswith(".mp4") for name in bucket.find(f"{out}/annotated"))
    assert f"0 left: every file below {out}" in done("forget", out, "--source", clip)
    assert not [name for name in bucket.find(out) if Path(clip).stem in name]
    for table in ("faces", "files", "frames", "crops"):
        left = pd.read_parquet(f"{out}/{table}")
        assert clip not in set(left["source"]) and len(left)
    assert clip not in set(pd.read_parquet(f"{out}/versions/{version}/faces")["source"])
    assert "records, none changed or missing" in done("audit", out)


@pytest.mark.long
def test_lists_and_patterns(cli: Cli, archive: Path, tmp_path: Path) -> None:
    stills = sorted(path.relative_to(archive.parent).as_posix() for path in archive.rglob("still-*.png"))
    shutil.copytree(archive, tmp_path / "media")
    (tmp_path / "list.txt").write_text("\n".join([*stills, "media/gone.png"]) + "\n", encoding="utf-8")
    done = cli("score", "@list.txt", "--out", "listed", *CHOSEN, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = cli("score", "media/**/still-*.png", "--out", "matched", *CHOSEN, cwd=tmp_path)
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
        done = cli("score", source, "--out", "none", *CHOSEN, cwd=tmp_path)
        assert (done.returncode, done.stderr.strip()) == (2, said)
    assert not (tmp_path / "none").exists()


def test_what_is_out_of_reach_is_one_line(cli: Cli, far: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    for arguments, said in {
        ("s3://no-such-bucket/x", "--out", "o"): "no such file or folder: 's3://no-such-bucket/x'",
        ("a.txt", "--out", "s3://no-such-bucket/o"): "--out: 's3://no-such-bucket/o' cannot be written: ",
    }.items():
        done = cli("score", *arguments, *CHOSEN, cwd=tmp_path, **far)
        assert done.returncode == 2
        assert done.stderr.strip().startswith(said)
        assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_prefect_server_that_is_not_there_is_one_line(cli: Cli, archive: Path, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/api"
    done = cli("score", str(archive), "--out", "labels", *CHOSEN, cwd=tmp_path, PREFECT_API_URL=nobody)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(
        f"PREFECT_API_URL: Prefect's server at '{nobody}' does not serve (no answer). Start it"
    )
