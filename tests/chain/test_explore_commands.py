"""fermata explore on what fermata prepare wrote."""

import json
from pathlib import Path

import pytest
import yaml
from commands import Cli
from prepared_faces import make_folders

pytestmark = pytest.mark.chain

FILES = {
    "report.html", "summary.json", "classes.csv", "reasons.csv", "measures.csv", "labels.csv", "folds.csv",
    "classes.png", "reasons.png", "measures.png", "labels.png", "samples.png", "rejects.png",
}  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """A folder with a prepared data set."""
    folder = tmp_path_factory.mktemp("explored")
    make_folders(folder / "faces")
    text = {"data": {"source": "class-folders", "path": "faces"}, "cluster": {"workers": 1}, "explore": {"samples": 3}}
    (folder / "params.yaml").write_text(yaml.safe_dump(text))
    done = cli("prepare", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_it_reports_what_prepare_wrote(cli: Cli, work: Path) -> None:
    done = cli("explore", cwd=work)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((work / "data" / "prepared" / "manifest.json").read_text())
    assert f"{manifest['images']:,} images: {manifest['kept']:,} kept, {manifest['rejected']:,} left out" in done.stdout
    assert "Open out/explore/report.html" in done.stdout
    out = work / "out" / "explore"
    assert {path.name for path in out.iterdir()} == FILES
    summary = json.loads((out / "summary.json").read_text())
    assert summary["rejects"] == manifest["rejects"]
    assert summary["checks_failed"] == 0
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "The totals do not add up" not in html
    assert html.count("data-of=") <= 3 * 7 * 2


@pytest.mark.long
def test_two_runs_write_the_same_bytes(cli: Cli, work: Path) -> None:
    written = []
    for name in ("one", "two"):
        assert cli("explore", "--out", name, "--set", "explore.gallery=1", cwd=work).returncode == 0
        written.append({path.name: path.read_bytes() for path in (work / name).iterdir()})
    assert written[0] == written[1]


def test_a_folder_that_was_not_prepared(cli: Cli, work: Path) -> None:
    done = cli("explore", "--data", "faces", cwd=work)
    assert done.returncode == 2
    assert "faces: no prepared data set here (manifest.json is missing)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_bad_parameter(cli: Cli, work: Path) -> None:
    done = cli("explore", "--set", "explore.samples=0", cwd=work)
    assert done.returncode == 2
    assert "explore.samples: received 0" in done.stderr
