import sys

import numpy as np
import pytest

from tasks.models import backbones
from tasks.models.preprocessing import preprocess, way

pytestmark = pytest.mark.chain


@pytest.mark.parametrize("name", backbones.names())
def test_as_the_family_does_it(name: str) -> None:
    from keras import ops

    faces = np.random.default_rng(0).uniform(0, 255, (2, 5, 5, 3)).astype(np.float32)
    theirs = sys.modules[backbones.find(name).__module__].preprocess_input(faces.copy())
    assert np.asarray(preprocess(ops.convert_to_tensor(faces), name)) == pytest.approx(theirs, abs=1e-4)


def test_the_longer_name_wins() -> None:
    assert way("ResNet50") == "caffe"
    assert way("ResNet50V2") == "tf"
    assert way("MobileNetV2") == "tf"
    assert way("MobileNetV3Small") == "inside"
    assert way("EfficientNetV2B0") == "inside"
