from pathlib import Path

import numpy as np
import pytest
from tiny_training import TINY

from tasks import bundle, engines, train
from tasks.models import transfer
from tasks.params import ModelParams

pytestmark = pytest.mark.chain


def test_a_frozen_backbone_keeps_its_kernels_and_its_norms_know_the_faces(
    prepared_folder: Path, tmp_path: Path
) -> None:
    model = ModelParams(architecture="transfer", backbone="MobileNetV3Small", weights="none")
    given = transfer.build(model, TINY.prepare.normalise.size)
    (tmp_path / "given").mkdir()
    given.save(tmp_path / "given" / bundle.KERAS)
    learns = TINY.train.model_copy(update={"epochs": 1, "part": 0.3})
    left = {}
    for frozen in (1, 0):
        wanted = model.model_copy(update={"weights": str(tmp_path / "given"), "frozen_epochs": frozen})
        params = TINY.model_copy(update={"model": wanted, "train": learns})
        train.train(params, prepared_folder, tmp_path / str(frozen))
        left[frozen] = engines.network(tmp_path / str(frozen)).get_weights()
    names, before = [weight.path for weight in given.weights], given.get_weights()
    of_backbone = [place for place, name in enumerate(names) if name.endswith("kernel") and "probabilities" not in name]
    assert all(np.array_equal(left[1][place], before[place]) for place in of_backbone)
    learnt = [not np.array_equal(left[0][place], before[place]) for place in of_backbone]
    assert sum(learnt) > len(learnt) / 2
    first = next(place for place, name in enumerate(names) if name.endswith("moving_mean"))
    assert not np.array_equal(left[1][first], before[first])
    assert not np.array_equal(left[1][-1], before[-1])  # the head has learnt
