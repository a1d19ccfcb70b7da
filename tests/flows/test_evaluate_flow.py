"""What evaluation refuses before it asks a worker."""

import dataclasses
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from flows import evaluate
from tasks import bundle
from tasks.dataset import Split
from tasks.errors import SourceError
from tasks.params import Normalise, Params
from tasks.schema import EMOTIONS

CARD = bundle.Card(
    architecture="cnn5", labels=list(EMOTIONS), digest="d" * 64, temperature=1.0, synthetic=False, source="x",
    data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.6, parity=0.0,
    normalise=Normalise().model_dump(),
)  # fmt: skip


class _NoClient:
    dashboard_link = ""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a worker was asked: {name}")


def _judged(folder: Path, data: Normalise) -> None:
    split = Split(
        "public", np.zeros((1, 48, 48), np.uint8), np.zeros(1, np.int64), ["a"], ["a"], np.zeros(1, np.int8), "", data
    )
    judged = cast(Any, evaluate.judged).__wrapped__  # without a Prefect task around it
    judged(_NoClient(), folder, split, Params())


def test_faces_that_the_model_does_not_take_are_refused(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, CARD)
    with pytest.raises(SourceError, match=r"\(size 64 and not 48\)"):
        _judged(tmp_path, Normalise(size=64))


def test_faces_that_it_takes_go_to_the_workers(tmp_path: Path) -> None:
    wanted = Normalise(lighting="clahe", align="crop", margin=0.1)
    bundle.write_card(tmp_path, dataclasses.replace(CARD, normalise=wanted.model_dump()))
    with pytest.raises(AssertionError, match="a worker was asked"):
        _judged(tmp_path, wanted)
