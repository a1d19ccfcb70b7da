"""From a registered training back to its images, and from an experiment of DVC's to it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_training import Training

from tasks import dataset, files, origin
from tasks.errors import SourceError
from tasks.lineage import sources
from tasks.params import Tracking
from tasks.registry_lineage import Lineage

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]
EXPERIMENT = {"DVC_EXP_NAME": "puny-eggs", "DVC_EXP_BASELINE_REV": "a" * 40}
LOCK = "schema: '2.0'\nstages:\n  prepare:\n    outs:\n    - {path: data/prepared, md5: abc.dir}\n"


@pytest.fixture
def home(prepared_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared_folder, tmp_path / "home" / "data" / "prepared")
    (tmp_path / "home" / "dvc.lock").write_text(LOCK)
    return tmp_path / "home"


def test_a_run_says_where_it_comes_from_and_is_found_by_its_experiment(
    training: Training, home: Path, new_store: Callable[[Path], str], tmp_path: Path
) -> None:
    store = Lineage(Tracking(), new_store(tmp_path / "mlflow.db"))
    found = origin.of(home / "data/prepared", home, EXPERIMENT)
    version = store.register(training.params, training.trained, training.folder, "train", "token", found)
    manifest = files.read_json(home / "data/prepared/manifest.json")
    run = store.training(version.run_id)
    assert run is not None
    assert run.origin == found
    assert run.version == version
    assert run.origin["dvc"]["md5"] == run.tags["dvc_data"] == "abc.dir"
    assert run.tags["dvc_lock"] == files.sha256(home / "dvc.lock")
    assert [one["sha256"] for one in run.origin["data"]["shards"]] == [one["sha256"] for one in manifest["shards"]]
    assert [one.run_id for one in store.experiment("puny-eggs")] == [version.run_id]
    assert store.experiment("other") == []
    assert store.of_digest(training.trained.card.digest) == version
    assert store.of_digest("0" * 64) is None
    assert store.training("0" * 32) is None


def test_the_source_images_are_those_that_were_trained_on(home: Path) -> None:
    found = origin.of(home / "data/prepared", home, {})
    keys, place = sources.images(found, home, ("training", "validation"))
    wanted = [dataset.load(home / "data/prepared", split, augmented=False).keys for split in ("training", "validation")]
    assert sorted(keys) == sorted([*wanted[0], *wanted[1]])
    assert place == "data/prepared as it is"


def test_images_of_data_that_changed_are_not_taken_for_others(home: Path) -> None:
    found = origin.of(home / "data/prepared", home, {}) | {"git": None}
    found["data"]["digest"] = "0" * 64
    with pytest.raises(SourceError, match="not the data that it was trained on"):
        sources.images(found, home, ("training",))


def test_data_outside_of_the_project_has_no_version(prepared_folder: Path, tmp_path: Path) -> None:
    assert origin.of(prepared_folder, tmp_path, {})["dvc"]["md5"] is None
    assert origin.known(tmp_path / "nothing", tmp_path) is None
