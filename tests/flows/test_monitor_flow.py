"""monitor over real servers: what Prefect, MLflow and the command line get to know, and real scoring before it."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import mlflow
import numpy as np
import pytest
from commands import artifacts
from made_profiles import DIGEST, Look, night
from prefect.client.orchestration import get_client

from flows.cli.group import group
from flows.monitor import monitor
from flows.score import score
from tasks import bundle
from tasks.errors import ParamsError, UsageError
from tasks.monitor import keep
from tasks.monitor.profile import NAME, parse, text, together
from tasks.params import Tracking
from tasks.registry_monitor import Monitored
from tasks.schema import EMOTIONS
from tasks.score import audit
from tasks.score.store import Folder
from tasks.synthetic.crops import crop

pytestmark = pytest.mark.chain
DARK = Look(brightness=(70.0, 25.0))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


def _archive(out: Path, last: Look, runs: int = 16) -> Path:
    out.mkdir()
    model = {"uri": "nowhere", "name": "emotion", "version": "1", "digest": DIGEST, "run_id": None}
    (out / "run.json").write_text(json.dumps({"state": "finished", "fingerprint": "f", "model": model}))
    for number in range(runs):
        keep.write(Folder(out), out, night(number, 1, last if number > 8 else Look()))
    return out


def _events(archive: str) -> list[dict[str, Any]]:
    wanted = {"filter": {"event": {"name": ["fermata.drift"]}, "resource": {"id": [f"fermata.archive.{archive}"]}}}
    with get_client(sync_client=True) as client:
        found: list[dict[str, Any]] = client._client.post("/events/filter", json=wanted).json()["events"]
    return found


def _event(archive: str) -> dict[str, Any]:
    """The only one; the server writes what it is told every few seconds."""
    until = time.monotonic() + 20
    while not (found := _events(archive)) and time.monotonic() < until:
        time.sleep(0.2)
    (event,) = found
    return event


def test_drift_is_told_everywhere(prefect_server: None, home: Path) -> None:
    _archive(home / "dark-nights", DARK)
    found = monitor(out="dark-nights")
    assert found["drifted"] == ["brightness"]
    assert found["archive"] == "dark-nights"
    page = (home / "out/monitor/report.html").read_text()
    assert "1 quantity drifted" in page
    assert json.loads((home / "out/monitor/monitor.json").read_text())["drifted"] == ["brightness"]
    (table,) = artifacts("monitor-dark-nights")
    assert '"quantity": "brightness", "verdict": "drifted"' in table.data
    assert table.description == "The newest runs: 1 quantity drifted."
    (link,) = artifacts("monitor-report-dark-nights")
    assert (home / "out/monitor/report.html").as_uri() in link.data
    event = _event("dark-nights")
    assert event["payload"]["drifted"] == ["brightness"]
    assert any(one["prefect.resource.id"].startswith("prefect.flow-run.") for one in event["related"])
    client = mlflow.MlflowClient(f"sqlite:///{home / 'out' / 'mlflow.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("fermata").experiment_id])
    assert run.data.metrics["monitor.drifted"] == 1
    assert run.data.metrics["monitor.apart.brightness"] == pytest.approx(found["quantities"]["brightness"]["apart"])
    assert run.data.tags["drifted"] == "brightness"
    assert {one.path for one in client.list_artifacts(run.info.run_id, "monitor")} == {
        "monitor/monitor.json", "monitor/report.html",
    }  # fmt: skip


def test_the_exit_code_says_which_of_several_drifted(
    prefect_server: None, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _archive(home / "calm", Look())
    _archive(home / "dark", DARK)
    assert group.main(["monitor", "calm", "--no-log"], standalone_mode=False) == 0
    assert "steady" in capsys.readouterr().out
    assert group.main(["monitor", "calm", "dark", "--no-log"], standalone_mode=False) == 3
    assert (home / "out/monitor/calm/report.html").is_file()
    assert "drifted: brightness" in capsys.readouterr().out
    assert _events("calm") == []
    assert not (home / "out/mlflow.db").exists()
    _archive(home / "young", Look(), runs=1)
    capsys.readouterr()
    assert group.main(["monitor", "young", "--no-log"], standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "0 of 11 quantities judged" in said and "nothing could be judged" in said
    assert "There is nothing to compare with yet: no earlier runs of this archive" in said
    told = json.loads((home / "out/monitor/monitor.json").read_text())
    assert (told["headline"], told["judged"], told["measured"]) == ("Nothing could be judged", 0, 11)
    with pytest.raises(UsageError, match=r"no run in 'nothing'"):
        monitor(out="nothing")
    shutil.rmtree(home / "calm/profiles")
    with pytest.raises(UsageError, match="has left a profile yet"):
        monitor(out="calm")


def _faces(name: str, seed: int, gain: float = 1.0) -> str:
    """Forty drawn faces as pictures in the folder ``name``."""
    (folder := Path(name)).mkdir()
    for number in range(40):
        face = crop(seed, number % 10, EMOTIONS[number % 7], number)
        cv2.imwrite(str(folder / f"{number}.png"), np.clip(face * gain, 0, 255).astype(np.uint8))
    return name


def _score(bundle: Path, *sources: str, **more: Any) -> dict[str, Any]:
    given = [
        f"score.model={bundle}", "score.detector.name=none", "cluster.workers=1", "score.images_per_unit=40",
        "score.purpose=a test of drift",
    ]  # fmt: skip
    run: dict[str, Any] = score(list(sources), "labels", overrides=given, allow_synthetic=True, resume=True, **more)
    return run


def test_media_that_get_darker_are_noticed_and_who_scored_them_is_known(
    prefect_server: None,
    home: Path,
    bundle_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wanted = [
        "monitor.window=1",
        "monitor.baseline=1",
        "monitor.least=30",
        "monitor.log=false",
        "monitor.reference=runs",
    ]
    first = _score(bundle_folder, _faces("one", 1))
    _score(bundle_folder, "one", _faces("two", 2))
    (home / "one" / "note.txt").write_text("none")
    _score(bundle_folder, "one", "two")
    steady = monitor(overrides=wanted)
    assert steady["runs"] == 3, "the run that added a text, too, has left a profile"
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "00000000-0000-0000-0000-000000000001")
    with pytest.raises(ParamsError, match=r"score\.purpose: empty, and this run was started by a deployment"):
        score(["one"], "labels", overrides=[f"score.model={bundle_folder}"], allow_synthetic=True, resume=True)
    monkeypatch.delenv("PREFECT__RUNTIME__DEPLOYMENT__ID")
    _score(bundle_folder, "one", "two", _faces("three", 3, 0.45))
    last = json.loads((home / "labels/run.json").read_text())["run_id"]
    assert _score(bundle_folder, "one", "two", "three")["run_id"] == last
    profiles = keep.read("labels")
    assert [(one.files, one.faces) for one in profiles] == [(40, 40), (40, 40), (1, 0), (40, 40)]
    assert profiles[0].run_id == first["run_id"]
    assert profiles[0].digest == first["model"]["digest"]
    found = monitor(overrides=wanted)
    assert "brightness" in found["drifted"]
    assert steady["drifted"] == []

    (beside := home / "bundle").mkdir()
    (beside / NAME).write_text(text(profiles[0]))
    run = json.loads((home / "labels/run.json").read_text())
    run["model"]["uri"] = str(beside)
    (home / "labels/run.json").write_text(json.dumps(run))
    held = monitor(overrides=[*wanted[:-1], "monitor.reference=model"])
    against = {name: one["against"] for name, one in held["quantities"].items()}
    assert against == dict.fromkeys(held["quantities"], "model") | {"quality": ""}, "the model tells no quality"

    capsys.readouterr()
    assert group.main(["audit", "labels"], standalone_mode=False) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2 * 4 + 1, "a run that found nothing new has scored nothing"
    assert "score finished" in told[-2] and "40 faces, 40 files, 40 frames  for: a test of drift" in told[-2]
    assert run["purpose"] == "a test of drift"
    assert (
        group.main(["forget", "labels", "--source", "two/3.png", "--purpose", "asked to"], standalone_mode=False)
        is None
    )
    assert "two/3.png" not in (home / "labels" / audit.NAME).read_text()
    capsys.readouterr()
    assert group.main(["audit", "labels", "--source", "two/3.png"], standalone_mode=False) == 0
    assert "forget" in capsys.readouterr().out.splitlines()[0]
    lines = (home / "labels" / audit.NAME).read_text().splitlines()
    (home / "labels" / audit.NAME).write_text("\n".join(lines[:2] + lines[3:]) + "\n")
    assert group.main(["audit", "labels"], standalone_mode=False) == 3
    assert "record 3" in capsys.readouterr().err


def test_the_reference_is_made_beside_the_model(
    prefect_server: None, home: Path, bundle_folder: Path, prepared_folder: Path
) -> None:
    shutil.copytree(bundle_folder, home / "bundle")
    given = ["--model", "bundle", "--source", str(prepared_folder), "--split", "public", "--set", "cluster.workers=1"]
    assert group.main(["monitor", "--write-reference", *given], standalone_mode=False) == 0
    found = parse((home / "bundle" / NAME).read_text(), NAME)
    card = bundle.read_card(home / "bundle")
    assert (found.kind, found.run_id, found.digest) == ("evaluation", "public", card.digest)
    assert set(found.counts) == {"classes", "confidence", "brightness", "blur"}
    assert sum(found.counts["classes"]) == sum(found.counts["blur"]) == found.faces > 0


def test_the_reference_of_a_registered_model_is_its_evaluation(prefect_server: None, home: Path) -> None:
    out = _archive(home / "labels", Look())
    store = Monitored(Tracking(), f"sqlite:///{home / 'out' / 'mlflow.db'}")
    (home / "evaluation").mkdir()
    own = replace(together([night(number, 9) for number in range(5)]), kind="evaluation", run_id="public")
    kept = {name: own.counts[name] for name in ("classes", "confidence")}
    (home / "evaluation" / NAME).write_text(text(replace(own, counts=kept)))
    run_id = store.log("training", {}, {}, {}, home / "evaluation")
    client = mlflow.MlflowClient(f"sqlite:///{home / 'out' / 'mlflow.db'}")
    client.log_artifacts(run_id, str(home / "evaluation"), "evaluation")
    run = json.loads((out / "run.json").read_text())
    run["model"] |= {"uri": "models:/emotion@champion", "run_id": run_id}
    (out / "run.json").write_text(json.dumps(run))
    found = monitor(overrides=["monitor.log=false", "monitor.reference=model"])
    assert found["reference"] == {"split": "public", "faces": own.faces}
    assert {name for name, one in found["quantities"].items() if one["against"] == "model"} == set(kept)
    assert store.reference("0" * 32, home / "none") is None
