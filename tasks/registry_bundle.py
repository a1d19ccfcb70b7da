"""A bundle as a run of the store keeps it: its own files, and the network in MLflow's layout beside them."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import mlflow
from mlflow.exceptions import MlflowException

from tasks import bundle, engines, files
from tasks.errors import RegistryError

if TYPE_CHECKING:
    from tasks.registry import Version

NETWORK: Final = "model"  # artifact folder with the network in MLflow's own layout, for mlflow.keras.load_model
_BUNDLE: Final = "bundle"  # artifact folder with the bundle
_KINDS: Final = frozenset((".keras", ".tflite", ".json", ".npy", ".md", ".txt", ".png", ".csv"))


def log(client: mlflow.MlflowClient, run_id: str, folder: Path, card: bundle.Card) -> None:
    """Add the bundle in ``folder`` to a run, in both layouts.

    Raises:
        RegistryError: it holds other files than a bundle does.
    """
    _check_files(path.name for path in folder.iterdir())
    client.log_artifacts(run_id, str(folder), _BUNDLE)
    with tempfile.TemporaryDirectory() as place:
        _save_keras(engines.network(folder), card, place)
        client.log_artifacts(run_id, place, NETWORK)


def fetch(version: "Version", folder: Path, address: str) -> Path:
    """Download the bundle of ``version`` to ``folder``, once per model; return the bundle's folder.

    Args:
        address: the store's.

    Raises:
        RegistryError: the artifacts are gone, or are not those that were registered.
    """
    if "digest" not in version.tags:
        raise RegistryError(f"model: {version.label} wasn't registered by `fermata train`: it has no tag 'digest'")
    target = folder / version.tags["digest"]
    if not (target / bundle.CARD).is_file():
        try:
            mlflow.artifacts.download_artifacts(
                run_id=version.run_id, artifact_path=_BUNDLE, dst_path=str(target), tracking_uri=address
            )
        except (MlflowException, OSError) as error:
            raise RegistryError(f"model: the files of {version.label} can't be fetched: {error}") from None
        found = list((target / _BUNDLE).iterdir())
        try:
            _check_files(path.name for path in found)
        except RegistryError:
            shutil.rmtree(target)
            raise
        for file in sorted(found, key=lambda path: path.name == bundle.CARD):  # by which it is known to be whole
            file.replace(target / file.name)
    network = target / bundle.LITERT
    if not network.is_file() or files.sha256(network) != version.tags["digest"]:
        raise RegistryError(
            f"model: {version.label} in '{target}' isn't what was registered. Remove that folder and try again"
        )
    return target


def _save_keras(network: Any, card: bundle.Card, folder: str) -> None:
    """Write ``network`` as MLflow keeps one, with its signature and an input example, for mlflow.keras.load_model."""
    import numpy as np
    from mlflow.models import infer_signature

    example = np.full((1, card.spec.size, card.spec.size, 3), 127, np.float32)
    # Not by log_model: that writes the example into a folder that isn't there yet (mlflow#16183).
    mlflow.keras.save_model(
        network,
        folder,
        signature=infer_signature(example, network.predict(example, verbose=0)),
        input_example=example,
        # Given, not inferred: inference would start a process with the model to see what it imports.
        pip_requirements=[f"{package}=={number}" for package, number in card.trained_with.items()],
    )


def _check_files(names: Iterable[str]) -> None:
    """See that a bundle holds nothing that could be code: nothing is unpickled, so nothing that asks for it is taken.

    Raises:
        RegistryError: it does.
    """
    if others := sorted(name for name in names if Path(name).suffix.lower() not in _KINDS):
        raise RegistryError(
            f"model: the bundle holds {', '.join(map(repr, others))}. Only Keras and LiteRT files are taken, with "
            f"{', '.join(sorted(_KINDS))} beside; remove the rest"
        )
