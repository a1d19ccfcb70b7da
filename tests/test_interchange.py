from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tasks import dataset, engines, interchange
from tasks.classify import channels
from tasks.errors import UsageError

pytestmark = pytest.mark.chain
HAVE = all(find_spec(name) for name in interchange.PACKAGES)


@pytest.mark.skipif(not HAVE, reason="needs ONNX: make install EXTRAS=onnx")
def test_onnx_answers_as_keras_for_any_number_of_faces(
    bundle_folder: Path, prepared_folder: Path, tmp_path: Path
) -> None:
    from onnxruntime import InferenceSession

    faces = dataset.load(prepared_folder, "public").images
    assert interchange.write_onnx(bundle_folder, tmp_path / "model.onnx", faces) < 1e-5
    session = InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    inputs = channels(faces[:3])
    expected = engines.network(bundle_folder).predict_on_batch(inputs)
    assert np.abs(session.run(None, {"pixels": inputs})[0] - expected).max() < 1e-5
    assert [place.name for place in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.skipif(HAVE, reason="ONNX is installed")
def test_without_its_packages_the_way_is_shown(bundle_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make install EXTRAS=onnx"):
        interchange.write_onnx(bundle_folder, tmp_path / "model.onnx", np.zeros((1, 48, 48), np.uint8))
