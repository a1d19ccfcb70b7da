import sys

import numpy as np
import pytest

from tasks.models import backbones
from tasks.models.preprocessing import preprocess, way

pytestmark = pytest.mark.chain


def test_as_each_family_does_it() -> None:
    from keras import ops

    faces = np.random.default_rng(0).uniform(0, 255, (2, 5, 5, 3)).astype(np.float32)
    # Not as parameters: whoever lists the tests would load TensorFlow.
    names = [name for name in backbones.names() if name != backbones.FACE]  # which has it inside
    assert "EfficientNetB0" in names
    for name in names:
        theirs = sys.modules[backbones.find(name).__module__].preprocess_input(faces.copy())
        assert np.asarray(preprocess(ops.convert_to_tensor(faces), name)) == pytest.approx(theirs, abs=1e-4), name


def test_the_longer_name_wins() -> None:
    assert way("ResNet50") == "caffe"
    assert way("ResNet50V2") == "tf"
    assert way("MobileNetV2") == "tf"
    assert way("MobileNetV3Small") == "inside"
    assert way("EfficientNetV2B0") == "inside"
