"""Another model's labels for a run, over real workers, from crops that are no media any more."""

import json
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from made_run import BELOW, Picture, Video, crop, write_run

from flows.rescore import in_order, rescore
from tasks import bundle, prior
from tasks.classify import Classifier
from tasks.errors import OutputError, UsageError
from tasks.monitor import keep
from tasks.schema import EMOTIONS
from tasks.score import audit, ledger, totals
from tasks.score.crops import Piece
from tasks.score.store import Folder
from tasks.show import csv

pytestmark = pytest.mark.chain
MEDIA: list[Picture | Video] = [2, [[1, 2, None], [1]], 0, 1]


@pytest.fixture
def run(tmp_path: Path, bundle_folder: Path) -> Path:
    """A finished run with the bundle's labels."""
    out = tmp_path / "run"
    said = Classifier(bundle_folder).predict(np.stack([crop(number) for number in range(7)]))
    entries = write_run(out, MEDIA, said)
    told = {
        "state": "finished", "fingerprint": "f", "run_id": "a", "abstain_below": BELOW, "plan": {"units": 5},
        "crops": bundle.read_card(bundle_folder).spec.model_dump(), "model": {"name": "old"}, "params": {"fps": 2.0},
        "detector": {"name": "haar"},
        "totals": totals.reconcile(out, len(entries)), "sources": ["media"], "predicted": {"seconds": 1},
    }  # fmt: skip
    (out / "run.json").write_text(json.dumps(told))
    return out


def _again(run: Path, model: Path, *overrides: str, below: float | None = None) -> Path:
    given = [f"score.model={model}", "cluster.workers=1", "score.prior=trained", "score.abstain.quality=0", *overrides]
    return Path(rescore(str(run), overrides=given, abstain_below=below, allow_synthetic=True)["folder"])


def test_the_same_model_says_the_same_and_the_version_is_a_runs_folder(
    run: Path, bundle_folder: Path, prefect_server: None
) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"}
    version = _again(run, bundle_folder)
    assert version.parent == run / "versions"
    assert version.name.startswith("0002-")
    for name in ("faces", "frames", "files", "tracks"):
        old, new = (ds.dataset(folder / name).to_table() for folder in (run, version))
        same = [column for column in old.column_names if column not in ("model_version", "run_id")]
        assert new.select(same).equals(old.select(same)), name
    assert {path: path.read_bytes() for path in before} == before
    told = json.loads((version / "run.json").read_text())
    assert told["state"] == "finished"
    assert told["rescored"]["of"] == "a"
    assert told["rescored"]["model"] == {"name": "old"}
    assert told["rescored"]["flips"]["share"] == 0
    assert told["rescored"]["flips"]["faces"] == 7
    assert told["model"]["digest"] == bundle.read_card(bundle_folder).digest
    assert "fingerprint" not in told
    assert ledger.read(version).faces == 7
    assert csv.write(version, version) == {"faces": 7, "frames": 7, "files": 7}
    assert "happy" in (version / "report.html").read_text()

    (profile,) = keep.read(version)
    assert (profile.kind, profile.run_id, profile.faces) == ("rescore", told["run_id"], 7)
    lines = audit.read(Folder(run))
    assert [json.loads(line)["state"] for line in lines] == ["begun", "finished"]
    assert json.loads(lines[1])["version"] == version.name
    assert list(audit.problems(lines, [told["audit"]])) == []

    other = _again(run, bundle_folder, below=0.99)
    assert other.name.startswith("0003-")
    assert ds.dataset(other / "faces").to_table()["abstained"].to_pylist() == [True] * 7
    with pytest.raises(UsageError, match=r"no crops in .*of a version, rescore the folder that it is in"):
        _again(version, bundle_folder)
    _damage(run)
    with pytest.raises(OutputError, match="a crop is no picture of 48x48"):
        _again(run, bundle_folder)
    assert sorted(place.name for place in (run / "versions").iterdir()) == [version.name, other.name]


def test_another_prior_needs_neither_crops_nor_network(run: Path, bundle_folder: Path, prefect_server: None) -> None:
    card = bundle.read_card(bundle_folder)
    assert card.prior is not None
    first = _again(run, bundle_folder)
    told = json.loads((first / "run.json").read_text())
    assert told["prior"] == {"name": "trained", "shares": card.prior, "interval": None}
    (first / "crops").rmdir() if (first / "crops").exists() else None
    there = _under(first, "uniform")
    back = _under(there, json.dumps(card.prior))
    names = [f"p_{emotion}" for emotion in EMOTIONS]
    found = [ds.dataset(folder / "faces").to_table() for folder in (first, there, back)]
    one, other, same = (np.stack([table[name].to_numpy() for name in names], axis=1) for table in found)
    before = prior.vector(card.prior)
    expected = prior.applied(one, before, np.full(7, 1 / 7), card.temperature)
    np.testing.assert_allclose(other, expected, atol=1e-5)
    np.testing.assert_allclose(same, one, atol=1e-4)
    estimated = json.loads((_under(first, "estimate") / "run.json").read_text())["prior"]
    assert sum(estimated["shares"].values()) == pytest.approx(1, abs=1e-4)
    assert all(low <= high for low, high in estimated["interval"].values())


def _under(run: Path, wanted: str) -> Path:
    overrides = [f"score.prior={wanted}", "cluster.workers=1", "score.abstain.quality=0"]
    return Path(rescore(str(run), overrides=overrides, same_model=True)["folder"])


def test_a_run_whose_prior_is_not_known_keeps_it(run: Path, prefect_server: None) -> None:
    with pytest.raises(UsageError, match="under a prior that isn't known"):
        _under(run, "uniform")


def _damage(run: Path) -> None:
    (path,) = (run / "crops").iterdir()
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[3]["image"]["bytes"] = b"none"
    pq.write_table(table.from_pylist(rows, table.schema), path)


def test_pieces_come_in_their_order_whoever_is_first() -> None:
    pieces = [Piece(number, "", (), 1) for number in range(4)]
    answers = [(pieces[number], np.full((1, 7), number, np.float32)) for number in (2, 0, 3, 1)]
    assert [int(found[0, 0]) for found in in_order(answers)] == [0, 1, 2, 3]


def test_a_drawn_model_labels_nobody_unasked(run: Path, bundle_folder: Path, prefect_server: None) -> None:
    with pytest.raises(UsageError, match="drawn faces"):
        rescore(str(run), overrides=[f"score.model={bundle_folder}"])


def test_a_folder_without_a_run_is_named(tmp_path: Path, bundle_folder: Path, prefect_server: None) -> None:
    with pytest.raises(UsageError, match="no run in"):
        _again(tmp_path, bundle_folder)
