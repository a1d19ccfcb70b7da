from dataclasses import replace

import numpy as np
import pytest

from tasks import bundle, interpret, prior, quality
from tasks.calibrate import soften
from tasks.schema import EMOTIONS

SHARES = {"angry": 0.1, "disgust": 0.05, "fear": 0.1, "happy": 0.3, "neutral": 0.25, "sad": 0.1, "surprise": 0.1}
CARD = bundle.Card(
    architecture="resnet", labels=list(EMOTIONS), digest="d", temperature=0.8, synthetic=False, source="s",
    data_digest="x", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.5, parity=0.0,
    normalise={"size": 48}, prior=SHARES, rejects=["unreadable", "covered", "not_a_face"],
)  # fmt: skip
P = np.random.default_rng(1).dirichlet(np.ones(7), 20).astype(np.float32)
RAW = np.concatenate([P, np.full((20, 3), 0.25, np.float32)], axis=1)


def test_the_models_own_prior_leaves_its_answers_but_for_the_temperature() -> None:
    np.testing.assert_allclose(interpret.emotions(RAW, CARD, None), soften(P, 0.8), atol=1e-6)
    own = prior.vector(SHARES)
    np.testing.assert_allclose(interpret.emotions(RAW, CARD, own), soften(P, 0.8), atol=1e-6)


def test_a_model_without_a_prior_answers_as_it_always_did() -> None:
    old = replace(CARD, prior=None, rejects=[])
    np.testing.assert_array_equal(interpret.emotions(P, old, None), soften(P, 0.8))


def test_the_prior_is_put_in_before_the_temperature_divides() -> None:
    wanted = prior.vector(prior.EVERYDAY)
    joint = P.astype(float) / prior.vector(SHARES) * wanted
    expected = joint ** (1 / 0.8)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(interpret.emotions(RAW, CARD, wanted), expected, atol=1e-5)


def test_rescoring_from_the_answers_is_scoring_under_the_other_prior() -> None:
    everyday, uniform = prior.vector(prior.EVERYDAY), np.full(7, 1 / 7)
    fitted = quality.Fitted((0.0,) * 6, 0.2, (0.5,) * 6, 1.0, (-1.0,) * 6)
    card = replace(CARD, quality=fitted.told())
    features = quality.features(np.linspace(10, 60, 20), np.linspace(0.2, 3, 20))
    one = interpret.emotions(RAW, card, everyday, features)
    other = interpret.emotions(RAW, card, uniform, features)
    np.testing.assert_allclose(prior.applied(one, everyday, uniform, card.temperature), other, atol=1e-4)


def test_voters_see_no_temperature() -> None:
    np.testing.assert_allclose(interpret.emotions(RAW, CARD, None, voters=True), P, atol=1e-6)


def test_bad_pictures_are_labelled_less_surely() -> None:
    fitted = quality.Fitted((0.0,) * 6, 0.0, (0.8, 0.5, 0.5, 0.1, 0.1, 0.1), 1.0, (-1.0,) * 6)
    card = replace(CARD, quality=fitted.told())
    good = quality.features(np.full(20, 48.0), np.full(20, 2.1))
    bad = quality.features(np.full(20, 12.0), np.full(20, 0.3))
    sure, unsure = (interpret.emotions(RAW, card, np.full(7, 1 / 7), one).max(axis=1) for one in (good, bad))
    assert (unsure < sure).all()


def test_what_is_rejected_stands_behind_the_emotions() -> None:
    assert interpret.rejects(RAW, CARD) == pytest.approx(0.25)
    assert interpret.rejects(P, replace(CARD, rejects=[])) is None
