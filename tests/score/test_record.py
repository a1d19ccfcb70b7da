from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks import bundle
from tasks.faces.weights import Chosen
from tasks.locate import Model
from tasks.params import Normalise, Params
from tasks.params.load import parse
from tasks.schema import EMOTIONS
from tasks.score import record

CARD = bundle.Card(
    architecture="cnn5", labels=list(EMOTIONS), digest="d" * 64, temperature=1.0, synthetic=False, source="x",
    data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.6, parity=0.0,
    normalise=Normalise().model_dump(), prior=dict.fromkeys(EMOTIONS, 1 / 7),
)  # fmt: skip


def _warnings(wanted: Normalise, detector: str) -> list[str]:
    model = Model("m", Path("m"), replace(CARD, normalise=wanted.model_dump()), "cnn5", None, None)
    chosen, settings = Chosen(detector, "", "", False, "asked for"), Params()
    job = record.job(settings, model, chosen)
    assert job.normalise == wanted
    run = record.opened(job, model, chosen, settings, ["faces"], datetime.now(UTC))
    return list(run["warnings"])


@pytest.mark.parametrize("mode", ["photograph", "crop"])
def test_an_aligning_model_without_landmarks_is_warned_of(mode: str) -> None:
    wanted = Normalise.model_validate({"align": mode})
    (warning,) = _warnings(wanted, "haar")
    assert "the Haar cascade finds none" in warning
    (warning,) = _warnings(wanted, "none")
    assert "the detector `none` finds none" in warning
    assert _warnings(wanted, "yunet") == []


def test_a_model_that_takes_boxes_needs_no_landmarks() -> None:
    assert _warnings(Normalise(size=64, colour=True), "haar") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, {"mode": "fps", "every": 0, "fps": 2.0, "most_fps": None}),
        ({"every": 3}, {"mode": "every", "every": 3, "fps": None, "most_fps": None}),
        ({"sampling": "every", "every": 3}, {"mode": "every", "every": 3, "fps": None, "most_fps": None}),
        ({"sampling": "keyframes"}, {"mode": "keyframes", "every": 0, "fps": None, "most_fps": None}),
        ({"sampling": "adaptive", "fps": 1.0}, {"mode": "adaptive", "every": 0, "fps": 1.0, "most_fps": 10.0}),
    ],
)
def test_a_run_says_how_frames_were_picked(given: dict[str, Any], said: dict[str, Any]) -> None:
    model = Model("m", Path("m"), CARD, "cnn5", None, None)
    chosen, settings = Chosen("haar", "", "", False, "asked for"), parse({"score": given})
    job = record.job(settings, model, chosen)
    assert record.opened(job, model, chosen, settings, ["faces"], datetime.now(UTC))["sampling"] == said


def test_a_model_that_does_not_say_its_prior_is_warned_of() -> None:
    old = Model("m", Path("m"), replace(CARD, prior=None), "cnn5", None, None)
    chosen, settings = Chosen("yunet", "", "", False, "asked for"), Params()
    job = record.job(settings, old, chosen)
    run = record.opened(job, old, chosen, settings, ["faces"], datetime.now(UTC))
    assert "doesn't say under which class shares" in run["warnings"][0]
    assert (job.shares, job.prior, run["prior"]) == (
        None,
        "trained",
        {"name": "trained", "shares": None, "interval": None},
    )


def test_the_prior_stands_in_the_run() -> None:
    model = Model("m", Path("m"), CARD, "cnn5", None, None)
    chosen, settings = Chosen("yunet", "", "", False, "asked for"), Params()
    job = record.job(settings, model, chosen)
    run = record.opened(job, model, chosen, settings, ["faces"], datetime.now(UTC))
    assert run["prior"]["name"] == job.prior == "everyday"
    assert run["prior"]["shares"]["neutral"] == 0.321
