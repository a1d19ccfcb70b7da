import numpy as np
import pytest

from tasks import prior
from tasks.errors import ParamsError
from tasks.params import Score
from tasks.schema import EMOTIONS

EVEN = np.full(7, 1 / 7)
TRAINED = dict.fromkeys(EMOTIONS, 1.0)


def _faces(count: int, shares: list[float], seed: int = 1) -> np.ndarray:
    """Probabilities under even shares of faces that were drawn with ``shares``, by a network that knows its odds."""
    random = np.random.default_rng(seed)
    truth = random.choice(7, count, p=shares)
    logits = random.normal(0, 1, (count, 7))
    logits[np.arange(count), truth] += 2.0  # the log likelihood ratio of two normals one apart is what they differ by
    evidence = np.exp(2.0 * logits)
    return np.asarray(evidence / evidence.sum(axis=1, keepdims=True), np.float32)


def test_a_name_stands_for_shares_that_sum_to_one() -> None:
    for name in ("everyday", "uniform", "trained", "estimate"):
        found = prior.shares(name, TRAINED)
        assert found is not None
        assert found.sum() == pytest.approx(1)
    assert prior.shares("uniform", TRAINED) == pytest.approx(EVEN)
    found = prior.shares("everyday", TRAINED)
    assert found is not None
    assert found[EMOTIONS.index("neutral")] == pytest.approx(0.321, abs=1e-3)


def test_given_shares_need_not_sum_to_one_and_none_is_zero() -> None:
    found = prior.shares(dict.fromkeys(EMOTIONS, 0.0) | {"happy": 3.0, "sad": 1.0}, TRAINED)
    assert found is not None
    assert found[3] == pytest.approx(0.75, abs=0.01)
    assert found.min() > 0


def test_a_model_that_does_not_say_its_own_shares_keeps_them() -> None:
    assert prior.shares("everyday", None) is None
    assert prior.shares("trained", None) is None
    for wanted in ("uniform", "estimate", dict.fromkeys(EMOTIONS, 1.0)):
        with pytest.raises(ParamsError, match="doesn't say under which class shares"):
            prior.shares(wanted, None)


def test_another_prior_is_the_rule_of_bayes() -> None:
    p = np.array([[0.2, 0.1, 0.1, 0.1, 0.3, 0.1, 0.1]], np.float32)
    after = np.array([0.1, 0.05, 0.05, 0.2, 0.4, 0.1, 0.1])
    joint = p[0].astype(float) * after
    np.testing.assert_allclose(prior.applied(p, EVEN, after)[0], joint / joint.sum(), rtol=1e-5)


def test_there_and_back_changes_nothing() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(7), 50).astype(np.float32)
    after = prior.vector(prior.EVERYDAY)
    for temperature in (0.6, 1.0, 1.7):
        back = prior.applied(prior.applied(p, EVEN, after, temperature), after, EVEN, temperature)
        np.testing.assert_allclose(back, p, atol=1e-5)


def test_the_prior_of_an_archive_is_found_within_its_interval() -> None:
    shares = [0.05, 0.02, 0.03, 0.3, 0.45, 0.1, 0.05]
    found = prior.estimate(_faces(4000, shares), EVEN)
    np.testing.assert_allclose(found.shares, shares, atol=0.03)
    inside = (found.low - 0.02 <= np.array(shares)) & (np.array(shares) <= found.high + 0.02)
    assert inside.all()
    assert (found.low <= found.shares + 1e-6).all()
    assert (found.shares - 1e-3 <= found.high).all()


def test_an_estimate_does_not_depend_on_the_prior_that_labels_were_under() -> None:
    faces = _faces(3000, [0.1, 0.1, 0.1, 0.3, 0.2, 0.1, 0.1])
    everyday = prior.vector(prior.EVERYDAY)
    one = prior.estimate(faces, EVEN, 0.7)
    other = prior.estimate(prior.applied(faces, EVEN, everyday, 0.7), everyday, 0.7)
    np.testing.assert_allclose(one.shares, other.shares, atol=2e-3)


def test_no_faces_say_nothing() -> None:
    found = prior.estimate(np.empty((0, 7), np.float32), EVEN)
    assert found.shares == pytest.approx(EVEN)
    assert found.low.max() == 0
    assert found.high.min() == 1


def test_parameters_take_a_name_or_a_share_for_each_emotion() -> None:
    assert Score.model_validate({"prior": "uniform"}).prior == "uniform"
    given = dict.fromkeys(EMOTIONS, 0.1)
    assert Score.model_validate({"prior": given}).prior == given
    with pytest.raises(ValueError, match="Missing: surprise"):
        Score.model_validate({"prior": dict.fromkeys(EMOTIONS[:-1], 0.1)})
    with pytest.raises(ValueError, match="more than 0"):
        Score.model_validate({"prior": dict.fromkeys(EMOTIONS, 0.0)})
    with pytest.raises(ValueError, match="everyday"):
        Score.model_validate({"prior": "usual"})
