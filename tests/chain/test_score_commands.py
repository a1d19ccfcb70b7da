"""fermata score when something is wrong: each with one line, the right exit code and nothing half-written."""

import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from commands import Cli
from noise import pictures

pytestmark = pytest.mark.chain


@pytest.fixture(scope="session")
def model(bundle_folder: Path) -> Path:
    return bundle_folder


def score(cli: Cli, model: Path, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return cli("score", *arguments, "--model", str(model), "--detector", "haar", "--allow-synthetic", cwd=cwd)


def test_a_missing_folder(cli: Cli, model: Path, tmp_path: Path) -> None:
    done = score(cli, model, "nowhere", "--out", "labels", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert not (tmp_path / "labels").exists()


def test_an_empty_folder(cli: Cli, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = score(cli, model, "empty", "--out", "labels", cwd=tmp_path)
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert "no files" in done.stderr


def test_a_missing_model(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    done = cli("score", "a.txt", "--out", "labels", "--model", "nothing", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing" in done.stderr
    done = cli("score", "a.txt", "--out", "labels", "--model", "models:/emotion/3", cwd=tmp_path)
    assert done.returncode == 1
    assert "'emotion' has no version 3" in done.stderr


def test_files_that_are_not_what_they_say_do_not_stop_a_run(cli: Cli, model: Path, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "text.jpg").write_text("this is no picture")
    (media / "not.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (media / "empty.png").write_bytes(b"")
    (media / "gone.jpg").symlink_to(media / "nowhere")
    os.mkfifo(media / "pipe.mp4")
    cv2.imwrite(str(media / "good.png"), np.full((80, 80, 3), 90, np.uint8))
    done = score(cli, model, "media", "--out", "labels", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = pd.read_parquet(tmp_path / "labels" / "files")
    status = dict(zip(files["source"], files["status"], strict=True))
    assert status == {
        "media/text.jpg": "unsupported",
        "media/not.zip": "decode_error",
        "media/empty.png": "unsupported",
        "media/gone.jpg": "decode_error",
        "media/pipe.mp4": "refused",
        "media/good.png": "no_face",
    }
    assert files.loc[files["status"].isin(["decode_error", "refused"]), "error"].notna().all()
    strict = score(cli, model, "media", "--out", "strict", "--strict", cwd=tmp_path)
    assert strict.returncode == 1


@pytest.mark.long
def test_an_output_folder_that_holds_a_run(cli: Cli, model: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((80, 80, 3), 90, np.uint8))
    assert score(cli, model, "a.png", "--out", "labels", cwd=tmp_path).returncode == 0
    before = (tmp_path / "labels" / "run.json").read_text()
    again = score(cli, model, "a.png", "--out", "labels", cwd=tmp_path)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert (tmp_path / "labels" / "run.json").read_text() == before
    resumed = score(cli, model, "a.png", "--out", "labels", "--resume", cwd=tmp_path)
    assert resumed.returncode == 0
    assert (tmp_path / "labels" / "run.json").read_text() == before
    other = score(cli, model, "a.png", "--out", "labels", "--resume", "--fps", "7", cwd=tmp_path)
    assert other.returncode == 2
    assert "sampling" in other.stderr
    assert score(cli, model, "a.png", "--out", "labels", "--overwrite", cwd=tmp_path).returncode == 0
    assert (tmp_path / "labels" / "run.json").read_text() != before


def test_a_folder_of_something_else_is_left_alone(cli: Cli, model: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((80, 80, 3), 90, np.uint8))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    done = score(cli, model, "a.png", "--out", "thesis", "--overwrite", cwd=tmp_path)
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "thesis").iterdir() if path.name != ".lock"] == ["chapter.txt"]


def test_no_room_left(environment: dict[str, str], model: Path, tmp_path: Path) -> None:
    """A limit on file sizes stands for a full disk: every write over it fails with an error from the system."""
    pictures(tmp_path / "media", 40)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))

    arguments = ["score", "media", "--out", "labels", "--model", str(model), "--detector", "haar", "--allow-synthetic"]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "flows.cli", *arguments],
        cwd=tmp_path, env=environment, preexec_fn=limit, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    kept = [path.relative_to(tmp_path / "labels") for path in (tmp_path / "labels").rglob("*.*")]
    assert not [path for path in kept if path.suffix == ".parquet" and not path.parts[0].startswith(".")]
    for unit in (path for path in kept if path.suffix == ".zip"):
        with zipfile.ZipFile(tmp_path / "labels" / unit) as archive:
            assert archive.testzip() is None


def test_a_plan_says_what_scoring_then_does(cli: Cli, model: Path, tmp_path: Path) -> None:
    media = pictures(tmp_path / "media", 30)
    shutil.copy(media / "0000.png", media / "copy.png")
    (media / "text.txt").write_text("none")
    arguments = ["media", "--model", str(model), "--detector", "haar", "--set", "score.images_per_unit=4"]
    planned = cli("plan", *arguments, "--out", "plan", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert "32 files and members: 31 image, 1 other" in planned.stdout
    assert "1 duplicates scored once, 8 units" in planned.stdout
    assert "not scored: 1 unsupported" in planned.stdout
    assert "8 units, timed on 8: about" in planned.stdout
    assert "30 frames, 0 faces" in planned.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["media", "plan"]
    rows = pd.read_parquet(tmp_path / "plan" / "plan.parquet")
    assert cli("score", *arguments, "--out", "labels", "--allow-synthetic", cwd=tmp_path).returncode == 0
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "labels" / "plan.parquet"), rows)
    run = json.loads((tmp_path / "labels" / "run.json").read_text())
    assert (run["predicted"]["units"], run["predicted"]["frames"], run["predicted"]["faces"]) == (8, 30, 0)
    assert 0 < run["predicted"]["seconds"] < 60


@pytest.mark.long
def test_a_grown_archive_is_scored_where_it_grew(cli: Cli, model: Path, tmp_path: Path) -> None:
    """New, changed and failed files are scored, the others' rows stay; the end is that of a run from nothing."""
    media = pictures(tmp_path / "media", 6)
    whole = (media / "0003.png").read_bytes()
    (media / "0003.png").write_bytes(whole[:5000])
    arguments = ["media", "--model", str(model), "--detector", "haar", "--allow-synthetic"]
    assert cli("score", *arguments, "--out", "labels", cwd=tmp_path).returncode == 0
    first = json.loads((tmp_path / "labels" / "run.json").read_text())
    assert first["totals"]["by_status"]["decode_error"] == 1

    assert cli("score", *arguments, "--out", "labels", "--resume", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "labels" / "run.json").read_text()) == first  # nothing is new

    picture = np.random.default_rng(2).integers(0, 255, (300, 300, 3), np.uint8)
    cv2.imwrite(str(media / "new.png"), picture)
    cv2.imwrite(str(media / "0001.png"), 255 - picture)
    (media / "0000.png").unlink()
    done = cli("score", *arguments, "--out", "labels", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "6 files, 6 frames" in done.stdout
    run = json.loads((tmp_path / "labels" / "run.json").read_text())
    assert (run["plan"]["units"], run["totals"]["by_status"]["decode_error"]) == (1, 1)
    frames = pd.read_parquet(tmp_path / "labels" / "frames")
    assert sorted(Path(name).name for name in frames["source"]) == [f"000{n}.png" for n in range(1, 6)] + ["new.png"]

    done = cli("score", *arguments, "--out", "labels", "--retry", "decode_error", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = json.loads((tmp_path / "labels" / "run.json").read_text())
    assert (run["plan"]["units"], run["totals"]["by_status"]["decode_error"]) == (1, 1)  # it is damaged still
    (media / "0003.png").write_bytes(whole)
    assert cli("score", *arguments, "--out", "labels", "--resume", cwd=tmp_path).returncode == 0
    assert cli("score", *arguments, "--out", "fresh", cwd=tmp_path).returncode == 0
    for name in ("files", "frames", "faces", "tracks"):
        left, right = (
            pd.read_parquet(tmp_path / out / name).sort_values(["source", "media_type"], ignore_index=True)
            if name == "files"
            else pd.read_parquet(tmp_path / out / name).sort_values("source", ignore_index=True)
            for out in ("labels", "fresh")
        )
        dropped = [column for column in ("seconds", "unit", "run_id") if column in left]
        pd.testing.assert_frame_equal(left.drop(columns=dropped), right.drop(columns=dropped))


def test_an_unknown_status_is_named(cli: Cli, model: Path, tmp_path: Path) -> None:
    done = score(cli, model, ".", "--out", "labels", "--retry", "broken", cwd=tmp_path)
    assert done.returncode == 2
    assert "no status 'broken'. There are: scored, no_face, decode_error" in done.stderr


def test_there_is_nothing_to_say_of_a_folder_without_a_run(cli: Cli, tmp_path: Path) -> None:
    done = cli("status", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "no run in" in done.stderr
