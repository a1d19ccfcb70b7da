from pathlib import Path

import numpy as np
import pytest

from tasks import engines
from tasks.classify import Classifier, channels
from tasks.errors import UsageError
from tasks.features import embed

pytestmark = pytest.mark.chain


def test_the_last_dense_layer_makes_the_outputs_of_its_input(bundle_folder: Path) -> None:
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)
    embedder = embed.load(bundle_folder)
    found = embedder.embed(faces)
    assert embedder.layer == "input of probabilities"
    assert found.shape == (3, embedder.length)
    kernel, bias = engines.network(bundle_folder).layers[-1].get_weights()
    logits = found @ kernel + bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = shares / shares.sum(axis=1, keepdims=True)
    assert Classifier(bundle_folder).raw(faces) == pytest.approx(expected, abs=1e-4)


def test_a_named_layer_is_laid_flat(bundle_folder: Path) -> None:
    import keras

    network = engines.network(bundle_folder)
    layer = next(one for one in network.layers if len(one.output.shape) == 4 and "pixels" not in one.name)
    faces = np.random.default_rng(2).integers(0, 256, (2, 48, 48), np.uint8)
    embedder = embed.load(bundle_folder, layer.name)
    expected = keras.Model(network.inputs, layer.output).predict_on_batch(channels(faces))
    assert embedder.embed(faces) == pytest.approx(np.asarray(expected).reshape(2, -1), abs=1e-3)
    assert embedder.embed(faces[:0]).shape == (0, embedder.length)


def test_an_unknown_layer_is_a_usage_error_that_names_the_others(bundle_folder: Path) -> None:
    with pytest.raises(UsageError, match=r"no layer 'conv9'\. It has: .*probabilities"):
        embed.load(bundle_folder, "conv9")
