"""The same training on JAX as on TensorFlow. JAX comes with `make install EXTRAS=jax`."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from jax_training import params

from tasks import engines
from tasks.classify import Classifier
from tasks.dataset import load
from tasks.train import train

pytestmark = [
    pytest.mark.chain,
    pytest.mark.long,
    pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX: make install EXTRAS=jax"),
]


def test_both_backends_learn_the_same(prepared_folder: Path, tmp_path: Path) -> None:
    first, mine, other = (tmp_path / name for name in ("first", "tensorflow", "jax"))
    train(params(""), prepared_folder, first)
    trained = train(params(str(first)), prepared_folder, mine)
    done = subprocess.run(
        [sys.executable, "-m", "jax_training", str(prepared_folder), str(other), str(first)],
        env=os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    start, here, there = (engines.network(folder).get_weights() for folder in (first, mine, other))
    assert len(here) == len(there)
    for before, one, two in zip(start, here, there, strict=True):
        moved = float(np.abs(one - before).max())
        assert np.allclose(one, two, rtol=1e-3, atol=max(1e-5, 0.02 * moved))
    # model.tflite, which another process made of the network, answers as that of the bundle here.
    faces = load(prepared_folder, "validation").images
    assert np.allclose(Classifier(mine).raw(faces), Classifier(other).raw(faces), atol=1e-3)
    assert trained.card.parity < 1e-4
