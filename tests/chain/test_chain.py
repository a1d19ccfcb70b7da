"""From raw data to labelled media, as a user types it."""

import json
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from commands import Cli, repro

from tasks.schema import EMOTIONS

pytestmark = pytest.mark.chain


def test_repro_leaves_shards_a_model_and_metrics(project: Path) -> None:
    manifest = json.loads((project / "data/prepared/manifest.json").read_text())
    metrics = json.loads((project / "out/evaluation/metrics.json").read_text())
    card = json.loads((project / "out/model/model.json").read_text())
    assert manifest["images"] == manifest["kept"] + manifest["rejected"] == 7 * 24
    assert metrics["images"] == sum(manifest["counts"]["public"].values())
    assert metrics["data_digest"] == manifest["split_digests"]["public"]
    assert metrics["model_digest"] == card["digest"]
    assert card["parity"] < 1e-4
    assert card["synthetic"] is True


def test_a_second_repro_does_nothing(project: Path, environment: dict[str, str]) -> None:
    before = (project / "dvc.lock").read_bytes()
    done = repro(project, environment)
    assert done.returncode == 0
    assert done.stdout.count("didn't change, skipping") == 5
    assert (project / "dvc.lock").read_bytes() == before


@pytest.mark.long
def test_a_training_parameter_does_not_prepare_again(project: Path, environment: dict[str, str]) -> None:
    params = yaml.safe_load((project / "params.yaml").read_text())
    shards = {path: path.stat().st_mtime_ns for path in (project / "data/prepared").rglob("*.parquet")}
    (project / "params.yaml").write_text(yaml.safe_dump(params | {"train": params["train"] | {"seed": 2}}))
    done = repro(project, environment)
    assert done.returncode == 0, done.stderr
    assert "Stage 'prepare' didn't change, skipping" in done.stdout
    assert "Running stage 'train'" in done.stdout
    assert shards == {path: path.stat().st_mtime_ns for path in (project / "data/prepared").rglob("*.parquet")}


def test_promote_dry_run_then_floors_then_promotion(project: Path, cli: Cli) -> None:
    dry = cli("promote", "--dry-run", cwd=project)
    assert dry.returncode == 0, dry.stderr
    assert "would be champion" in dry.stdout
    refused = cli(
        "promote", "--set", "promote.floors.recall={fear: 1.0}", "--set", "promote.floors.accuracy=1.0", cwd=project
    )
    assert refused.returncode == 3
    assert "promote.floors.accuracy" in refused.stderr
    client = _client(project)
    candidate = client.get_model_version_by_alias("emotion", "candidate")
    assert candidate.tags["promotion.decision"] == "refused"
    done = cli("promote", cwd=project)
    assert done.returncode == 0, done.stderr
    champion = client.get_model_version_by_alias("emotion", "champion")
    assert champion.version == candidate.version
    assert champion.tags["promotion.decision"] == "promoted"
    assert champion.tags["promotion.dvc"].endswith(".dir")
    assert " of dvc.lock" in done.stdout
    told = cli("models", "history", cwd=project)
    assert told.stdout.count("promote by ") == 2
    nothing = cli("rollback", "--reason", "a trial", cwd=project)
    assert nothing.returncode == 2
    assert "no version with the alias 'previous'" in nothing.stderr


def test_the_run_says_where_the_model_comes_from(project: Path) -> None:
    registered = json.loads((project / "out/registered.json").read_text())
    run = _client(project).get_run(registered["run_id"])
    manifest = json.loads((project / "data/prepared/manifest.json").read_text())
    assert run.data.tags["data_digest"] == manifest["split_digests"]["training"]
    assert run.data.tags["dvc_stage"] == "train"
    assert run.data.params["train.epochs"] == "1"
    names = ("accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "per_class.fear.f1")
    assert {f"evaluation.{name}" for name in names} | {"val_accuracy"} <= set(run.data.metrics)


def test_scoring_with_the_champion(project: Path, cli: Cli, archive: Path, tmp_path: Path) -> None:
    test_out = tmp_path / "labels"
    refused = cli("score", str(archive), "--out", str(test_out), cwd=project)
    assert refused.returncode == 2
    assert "--allow-synthetic" in refused.stderr
    if "champion" not in _client(project).get_registered_model("emotion").aliases:  # this test alone
        cli("promote", cwd=project)
    done = cli("score", str(archive), "--out", str(test_out), "--allow-synthetic", "--fps", "5", cwd=project)
    assert done.returncode == 0, done.stderr
    files, faces = pd.read_parquet(test_out / "files"), pd.read_parquet(test_out / "faces")
    whole = files[files["member"].isna()]
    assert sorted(whole["source"]) == sorted(str(path) for path in archive.rglob("*") if path.is_file())
    assert set(files["status"]) >= {"scored", "no_face", "decode_error", "unsupported", "duplicate"}
    assert (files["member"].notna()).sum() == 4
    assert set(faces["model_version"]) == {"emotion v" + _champion(project)}
    assert faces[[f"p_{emotion}" for emotion in EMOTIONS]].sum(axis=1).sub(1).abs().max() < 1e-5
    run = json.loads((test_out / "run.json").read_text())
    assert run["totals"]["files"] == len(files)
    assert run["totals"]["faces"] == len(faces) > 0
    page = (test_out / "report.html").read_text()
    assert "drawn faces" in page
    one = faces.iloc[0]
    lineage = cli("lineage", f"{test_out}:{one.source}#{one.frame}/{one.face}", "--images", "--json", cwd=project)
    assert lineage.returncode == 0, lineage.stderr
    links = json.loads(lineage.stdout)
    manifest = json.loads((project / "data/prepared/manifest.json").read_text())
    assert links["label"]["emotion"] == one.emotion
    assert links["model"]["version"] == one.model_version
    assert links["training"]["mlflow run"] == run["model"]["run_id"]
    assert links["data"]["digest"] == manifest["digest"]
    assert links["data"]["dvc md5"].endswith(".dir")
    learnt = [shard for shard in manifest["shards"] if shard["split"] in ("training", "validation")]
    assert [shard["sha256"] for shard in links["shards"]] == [shard["sha256"] for shard in learnt]
    assert len(links["images"]) == sum(sum(manifest["counts"][split].values()) for split in ("training", "validation"))


def test_plots_and_metrics_are_known_to_dvc(project: Path, environment: dict[str, str]) -> None:
    import subprocess
    import sys

    shown = subprocess.run(
        [sys.executable, "-m", "dvc", "metrics", "show", "--json"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "macro_f1" in shown.stdout
    plots = subprocess.run(
        [sys.executable, "-m", "dvc", "plots", "show"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "index.html" in plots.stdout


def _client(project: Path) -> mlflow.MlflowClient:
    address = f"sqlite:///{project / 'out' / 'mlflow.db'}"
    return mlflow.MlflowClient(address, address)


def _champion(project: Path) -> str:
    return str(_client(project).get_model_version_by_alias("emotion", "champion").version)
