"""Confidence that is fitted to a bundle, here to one that knows drawn faces, on faces that are noise."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks import bundle, calibration, interpret, prior, quality, trained_on
from tasks.classify import Classifier
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.params import Normalise
from tasks.schema import CHOICES

EVEN = np.full(7, 1 / 7)


def _split(count: int) -> Split:
    random = np.random.default_rng(1)
    return Split(
        "public", random.integers(0, 256, (count, 48, 48), np.uint8), random.integers(0, 7, count),
        [f"{number}" for number in range(count)], [""] * count, np.full(count, -1, np.int8),
        np.zeros((count, len(CHOICES)), np.int16), np.zeros(count, np.bool_), "digest", Normalise(),
    )  # fmt: skip


@pytest.fixture
def model(bundle_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle_folder, tmp_path / "model"))


def test_the_card_gets_a_temperature_and_what_changes_it(model: Path) -> None:
    split, before = _split(600), bundle.read_card(model)
    seen: list[int] = []

    def looks(faces: np.ndarray) -> calibration.Looks:
        seen.append(len(faces))
        return {"yaw": np.full(len(faces), 20.0), "pitch": np.zeros(len(faces)), "detection": np.ones(len(faces))}

    card = calibration.fit(model, split, "uniform", looks)
    assert card == bundle.read_card(model)
    assert seen == [600] * (1 + len(calibration.SIDES) + calibration.DAMAGES)
    assert card.quality is not None
    assert card.digest == before.digest  # the network is the same
    fitted = quality.Fitted.parse(card.quality)
    assert fitted.usual[quality.NAMES.index("yaw")] == pytest.approx((20 / quality.TURN) ** 2)
    # Labels of noise are drawn by lot: whoever is sure of them is wrong.
    assert card.temperature > 2
    raw = Classifier(model).raw(split.images)
    sure = interpret.emotions(raw, replace(card, temperature=1.0, quality=None), EVEN).max(axis=1).mean()
    assert interpret.emotions(raw, card, EVEN).max(axis=1).mean() < sure
    assert fitted.accuracy(np.zeros((1, 6)))[0] == pytest.approx(1 / 7, abs=0.05)
    known = trained_on.read(model, card)
    assert known is not None
    assert np.isin(trained_on.prefixes(trained_on.hashed(split.images)), known.hashes).all()


def test_too_few_faces_and_an_unknown_prior_are_refused(model: Path) -> None:
    with pytest.raises(UsageError, match="20 faces are too few"):
        calibration.fit(model, _split(20))
    bundle.write_card(model, replace(bundle.read_card(model), prior=None))
    with pytest.raises(UsageError, match="doesn't say under which class shares"):
        calibration.fit(model, _split(600))


def test_evidence_counts_more_where_rare_emotions_are_lost_otherwise() -> None:
    random = np.random.default_rng(1)
    shares = prior.vector(prior.EVERYDAY)
    labels = random.choice(7, 6000, p=shares)
    logits = random.normal(0, 1, (6000, 7))
    logits[np.arange(6000), labels] += 1.5
    exact = 1.5 * logits  # the logarithm of the likelihood ratio
    found = calibration.strength(exact, labels, shares)
    assert 0.6 <= found < 1.0
    recalls = [
        np.mean([((exact / t + np.log(shares)).argmax(axis=1) == labels)[labels == one].mean() for one in range(7)])
        for t in (found, 1.0)
    ]
    assert recalls[0] > recalls[1]


def test_the_posterior_is_bayes_rule() -> None:
    evidence = np.array([[1.0, 2.0, 1.0, 1.0, 4.0, 1.0, 1.0]])
    shares = prior.vector(prior.EVERYDAY)
    joint = evidence[0] * shares
    np.testing.assert_allclose(calibration.posterior(np.log(evidence), shares)[0], joint / joint.sum(), rtol=1e-5)
