"""Models that bring code along are not loaded: no lambda, no pickle, from a folder or from the registry."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest
from tiny_training import Training

from tasks import bundle, engines
from tasks.errors import RegistryError, UsageError
from tasks.params import Tracking
from tasks.registry import CANDIDATE, Registry

pytestmark = [
    pytest.mark.chain,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),  # of MLflow's own import
]


class Bomb:
    """Leaves a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.fixture
def folder(training: Training, tmp_path: Path) -> Path:
    return Path(shutil.copytree(training.folder, tmp_path / "bundle"))


def test_the_bomb_goes_off_where_it_is_unpickled(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "went-off")))
    assert (tmp_path / "went-off").exists()


def test_a_lambda_layer_is_refused(folder: Path, tmp_path: Path) -> None:
    import keras

    mark = tmp_path / "ran"
    entry = keras.Input((48, 48, 3))
    code = f"lambda x, touch=__import__('pathlib').Path({str(mark)!r}).touch: (touch(), x)[1]"
    network = keras.Model(entry, keras.layers.Lambda(eval(code))(entry))
    network.save(folder / bundle.KERAS)
    mark.unlink()  # it ran while the network was made
    with pytest.raises(UsageError, match="does not load as a Keras network"):
        engines.network(folder)
    assert not mark.exists()


def test_a_pickle_called_model_keras_is_refused_and_not_run(folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "went-off"
    (folder / bundle.KERAS).write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(UsageError, match="does not load as a Keras network"):
        engines.network(folder)
    assert not mark.exists()


def test_a_bundle_with_a_pickle_is_neither_registered_nor_fetched(
    folder: Path, training: Training, new_store: Callable[[Path], str], tmp_path: Path
) -> None:
    address, mark = new_store(tmp_path / "mlflow.db"), tmp_path / "went-off"
    registry = Registry(Tracking(), address)
    version = registry.register(training.params, training.trained, training.folder, "train")
    (folder / "extra.pkl").write_bytes(pickle.dumps(Bomb(mark)))
    with pytest.raises(RegistryError, match=r"the bundle holds 'extra\.pkl'\. Only Keras and LiteRT files"):
        registry.adopt(folder, {}, CANDIDATE)
    assert registry.find(CANDIDATE) == version
    mlflow.MlflowClient(address, address).log_artifact(version.run_id, str(folder / "extra.pkl"), "bundle")
    with pytest.raises(RegistryError, match=r"the bundle holds 'extra\.pkl'"):
        registry.fetch(version, tmp_path / "fetched")
    assert not list((tmp_path / "fetched").rglob("*.pkl"))
    assert not mark.exists()
