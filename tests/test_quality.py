import numpy as np
import pytest

from tasks import quality

EVEN = np.full(7, 1 / 7)


def _world(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, labels and features of faces whose evidence fades with their size."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 7, count)
    sizes = random.choice([12.0, 16.0, 24.0, 48.0], count)
    strength = 3.0 - 1.1 * np.log2(48 / sizes)
    logits = random.normal(0, 1, (count, 7))
    logits[np.arange(count), labels] += strength
    found = quality.features(sizes, np.interp(sizes, quality.SIDES, quality.SHARPNESS))
    return 3 * logits, labels, found


def test_a_large_sharp_face_has_nothing_against_it() -> None:
    zero, one = np.zeros(1), np.ones(1)
    np.testing.assert_allclose(quality.features(np.array([200.0]), np.array([2.1]), zero, zero, one), np.zeros((1, 6)))


def test_each_flaw_counts_for_itself() -> None:
    size, usual = np.full(4, 48.0), 2.16
    sharpness = np.array([usual, usual / 5, usual * 2.5, usual])
    found = quality.features(size, sharpness, np.array([60.0, 0, 0, 0]), np.zeros(4), np.array([1, 1, 1, 0.6]))
    flaws = [{quality.NAMES[n] for n in np.flatnonzero(row > 0)} for row in found]
    assert flaws == [{"yaw"}, {"blurred"}, {"noisy"}, {"doubtful"}]
    assert found[0, quality.NAMES.index("yaw")] == pytest.approx(4)


def test_a_small_face_is_as_sharp_as_its_size_allows() -> None:
    found = quality.features(np.array([16.0]), np.array([0.7]))
    assert found[0, :3] == pytest.approx([np.log2(3), 0, 0])


def test_what_was_not_measured_counts_as_usual() -> None:
    logits, labels, found = _world(2000)
    fitted = quality.fit(logits, labels, EVEN, found, found[:, 0] == 0)
    known = found.copy()
    known[:, 3:] = np.array(fitted.usual)[3:]
    np.testing.assert_allclose(fitted.temperature(found), fitted.temperature(known))


def test_worse_pictures_get_a_higher_temperature_and_a_lower_quality() -> None:
    logits, labels, found = _world(6000)
    fitted = quality.fit(logits, labels, EVEN, found, found[:, 0] == 0)
    sizes = quality.features(np.array([48.0, 24.0, 12.0]), np.array([2.16, 0.66, 0.32]))
    assert (np.diff(fitted.temperature(sizes)) > 0).all()
    assert (np.diff(fitted.accuracy(sizes)) < 0).all()
    assert fitted.worst(sizes)[2] == "too_small"


def test_the_quality_is_the_share_of_labels_that_are_right() -> None:
    logits, labels, found = _world(8000)
    fitted = quality.fit(logits, labels, EVEN, found, found[:, 0] == 0)
    other, truth, features = _world(8000, seed=2)
    right = other.argmax(axis=1) == truth
    for size in np.unique(features[:, 0]):
        here = features[:, 0] == size
        assert fitted.accuracy(features)[here].mean() == pytest.approx(right[here].mean(), abs=0.08)


def test_it_comes_back_from_the_card() -> None:
    logits, labels, found = _world(1000)
    fitted = quality.fit(logits, labels, EVEN, found, found[:, 0] == 0)
    assert quality.Fitted.parse(fitted.told()) == fitted


def test_emotions_that_bad_pictures_hide_get_their_share_back() -> None:
    logits, labels, found = _world(8000)
    logits[:, 5] -= 2.0 * found[:, 0]  # small faces are never called sad
    fitted = quality.fit(logits, labels, EVEN, found, found[:, 0] == 0)
    small = found[:, 0] > 1.5
    before = (logits[small].argmax(axis=1) == 5).mean()
    corrected = logits / fitted.temperature(found)[:, None] + fitted.offsets(found)
    after = (corrected[small].argmax(axis=1) == 5).mean()
    assert before < 0.05
    assert after == pytest.approx((labels[small] == 5).mean(), abs=0.08)
    usual = quality.features(np.array([48.0]), np.array([2.16]))
    np.testing.assert_allclose(fitted.offsets(usual), 0, atol=1e-9)
