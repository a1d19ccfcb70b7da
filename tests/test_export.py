"""One small network in every precision."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tasks import bundle, engines, export
from tasks.classify import channels
from tasks.errors import UsageError

pytestmark = pytest.mark.chain

FACES = np.random.default_rng(5).integers(0, 256, (40, 16, 16), np.uint8)
DIM = (FACES // 32 + 100).astype(np.uint8)  # little contrast: its variance has too few steps in 8 bits


@pytest.fixture(scope="module")
def network() -> Any:
    """A standardisation, one convolution and a Dense layer, as all networks here begin and end."""
    import keras
    from keras import layers

    from tasks.models import head
    from tasks.params import ModelParams

    keras.utils.set_random_seed(2)
    inputs = keras.Input((16, 16, 3), name="pixels")
    x = layers.Conv2D(32, 3, activation="relu")(head.standardised(inputs))
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, head.outputs(x, ModelParams()))


@pytest.fixture(scope="module")
def folders(network: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A bundle's files per precision."""
    base = tmp_path_factory.mktemp("precisions")
    calibration = np.concatenate([FACES[:20], DIM[:20]])
    for precision in export.PRECISIONS:
        export.write(network, base / precision, precision, calibration)
    return {precision: base / precision for precision in export.PRECISIONS}


def _outputs(folder: Path, faces: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return engines.litert(folder, export.digest(folder), len(faces)).run(channels(faces))


@pytest.mark.parametrize(("precision", "gap"), [("float32", 1e-5), ("float16", 5e-3), ("int8", 0.06)])
@pytest.mark.parametrize("faces", [FACES, DIM], ids=["even", "dim"])
def test_every_precision_computes_what_keras_does(
    network: Any, folders: dict[str, Path], precision: str, gap: float, faces: npt.NDArray[np.uint8]
) -> None:
    expected = np.asarray(network.predict_on_batch(channels(faces)))
    found = _outputs(folders[precision], faces)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < gap
    if precision == "int8":
        assert np.abs(found - expected).max() > 0  # it is another network


def test_fewer_bits_are_smaller_files(folders: dict[str, Path]) -> None:
    sizes = {precision: (folder / bundle.LITERT).stat().st_size for precision, folder in folders.items()}
    assert sizes["float16"] < 0.6 * sizes["float32"]
    assert sizes["int8"] < 0.35 * sizes["float32"]


def test_keras_in_float16_is_half_as_large_and_answers_the_same(network: Any, tmp_path: Path) -> None:
    for precision in export.KERAS_PRECISIONS:
        export.write(network, tmp_path / precision, keras_precision=precision)
    sizes = [(tmp_path / precision / bundle.KERAS).stat().st_size for precision in export.KERAS_PRECISIONS]
    assert sizes[1] < 0.6 * sizes[0]
    found = engines.network(tmp_path / "float16").predict_on_batch(channels(FACES))
    assert np.abs(found - network.predict_on_batch(channels(FACES))).max() < 5e-3


def test_int8_without_faces_is_a_usage_error_and_writes_nothing(network: Any, tmp_path: Path) -> None:
    for faces in (None, FACES[:0]):
        with pytest.raises(UsageError, match="int8 needs faces"):
            export.write(network, tmp_path, "int8", faces)
    assert not list(tmp_path.iterdir())


def test_unknown_precisions_are_usage_errors(network: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"precision is one of float32, float16, int8\. Received: 'int4'"):
        export.write(network, tmp_path, "int4")
    with pytest.raises(UsageError, match=r"keras_precision is one of float32, float16\. Received: 'int8'"):
        export.write(network, tmp_path, keras_precision="int8")


def test_int8_keeps_the_standardisation_in_float32(folders: dict[str, Path]) -> None:
    from ai_edge_litert.interpreter import Interpreter

    details = Interpreter(str(folders["int8"] / bundle.LITERT)).get_tensor_details()
    inside = [one["dtype"] for one in details if "layer_normalization" in one["name"] and "/moments/" in one["name"]]
    assert inside and all(kind == np.float32 for kind in inside if kind != np.int32)  # int32: the axes
    assert np.int8 in {one["dtype"] for one in details if "conv2d" in one["name"]}
