"""The network of a bundle as an ONNX file, for runtimes that don't know Keras or LiteRT."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks import bundle, engines, files, quiet
from tasks.classify import channels
from tasks.errors import UsageError

PACKAGES: Final = ("tf2onnx", "onnx", "onnxruntime")
MOST: Final = 512  # faces that both are asked about
OPSET: Final = 18


def write_onnx(source: Path, path: Path, images: npt.NDArray[np.uint8]) -> float:
    """Write the bundle ``source`` to ``path``; return the largest gap between a probability of it and of model.keras.

    It takes `pixels`, float32 (n, side, side, 3) RGB levels 0..255, and gives uncalibrated outputs (n, 7): the
    temperature stays in model.json.

    Args:
        images: (n, side, side[, 3]) grey or BGR, at least one.

    Raises:
        UsageError: no such bundle, or the packages of the extra `onnx` are not installed.
    """
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise UsageError(f"export: ONNX needs {', '.join(missing)}, not installed here. Run: make install EXTRAS=onnx")
    faces = channels(images[:MOST])
    with quiet.native_output(), files.replacing(path) as temporary:
        network = engines.network(bundle.locate(str(source)))
        expected = np.asarray(network.predict_on_batch(faces))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # tf2onnx asks numpy for names of the past
            network.export(str(temporary), format="onnx", verbose=False, opset_version=OPSET)
        from onnxruntime import InferenceSession

        session = InferenceSession(str(temporary), providers=["CPUExecutionProvider"])
        (found,) = session.run(None, {session.get_inputs()[0].name: faces})
    return float(np.abs(found - expected).max())
