"""Scoring on a Dask cluster that somebody else started: a scheduler, and two workers of which one classifies."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pandas as pd
import pytest
from commands import Cli
from dask_processes import scheduled
from distributed import Client

from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still

pytestmark = pytest.mark.chain


@pytest.fixture
def scheduler(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler whose workers have another working folder than the command."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    finds = ["--name", "finds", "--nthreads", "2"]
    classifies = ["--name", "classifies", "--nthreads", "1", "--resources", "GPU=1"]
    with scheduled(elsewhere, environment, finds, classifies) as address:
        with Client(address) as client:
            client.wait_for_workers(2, timeout=120)
        yield address


def _runs_networks() -> bool:
    import sys

    return "ai_edge_litert" in sys.modules


_runs_networks.__module__ = "__main__"  # workers get it by value: they can't import this file


def test_faces_are_found_on_one_worker_and_classified_on_the_other(
    cli: Cli, scheduler: str, bundle_folder: Path, tmp_path: Path
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    for number in range(5):
        cv2.imwrite(str(media / f"{number}.png"), still(21, number)[0])
    write_clip(media / "v.mp4", clip(5, 3, 1.0, 10.0, 1, 1, 320, 240))
    given = ["--model", str(bundle_folder), "--detector", "haar", "--set", "score.images_per_unit=2"]
    scored = [*given, "--allow-synthetic", "--keep-crops"]
    on = ["--scheduler", scheduler, "--set", "cluster.classify_on=GPU"]

    done = cli("score", "media", "--out", "two", *scored, *on, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with Client(scheduler) as client:
        names = {address: worker["name"] for address, worker in client.scheduler_info(n_workers=-1)["workers"].items()}
        loaded = {names[address]: found for address, found in client.run(_runs_networks).items()}
    assert loaded == {"finds": False, "classifies": True}

    assert cli("score", str(media), "--out", "one", *scored, "--workers", "1", cwd=tmp_path).returncode == 0
    for name in ("faces", "frames", "files", "tracks", "crops"):
        one, two = (pd.read_parquet(tmp_path / out / name) for out in ("one", "two"))
        own = [column for column in ("seconds", "run_id") if column in one]
        pd.testing.assert_frame_equal(one.drop(columns=own), two.drop(columns=own))
    assert len(pd.read_parquet(tmp_path / "two" / "faces")) > 4
    assert not (tmp_path / "two" / "looked").exists()

    planned = cli("plan", "media", *given, "--scheduler", scheduler, cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert "4 units, timed on 4" in planned.stdout
    assert "on 2 workers" in planned.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []

    again = cli("rescore", "two", "--model", str(bundle_folder), "--allow-synthetic", *on, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "0.0 % flipped" in again.stdout


@pytest.mark.long
def test_without_such_a_worker_it_is_said(cli: Cli, bundle_folder: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), still(21, 0)[0])
    done = cli(
        "score", "a.png", "--out", "labels", "--model", str(bundle_folder), "--detector", "haar", "--workers", "1",
        "--allow-synthetic", "--set", "cluster.classify_on=GPU", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "no worker has the resource 'GPU'. Start one: dask worker tcp://127.0.0.1:" in done.stderr
    refused = cli("score", "a.png", "--out", "other", "--keep-crops", "--no-faces", cwd=tmp_path)
    assert refused.returncode == 2
    assert "exclude each other" in refused.stderr
