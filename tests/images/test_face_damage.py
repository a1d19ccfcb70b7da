import cv2
import numpy as np
import pytest

from tasks.images.damage import KINDS, SEVERITIES, damage

RANDOM = np.random.default_rng(3)
# Soft structure of a few pixels, as faces have.
_SOFT = cv2.GaussianBlur(RANDOM.normal(0, 1, (48, 48)), (0, 0), 1.0)
GREY = np.clip(128 + 40 * _SOFT / _SOFT.std(), 1, 216).astype(np.uint8)
COLOUR = np.stack([GREY, np.roll(GREY, 5, 0), np.roll(GREY, 9, 1)], axis=-1)


def _distance(kind: str, severity: int, seed: int = 1) -> float:
    made = damage(GREY, kind, severity, np.random.default_rng(seed))
    return float(np.abs(made.astype(int) - GREY).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", [GREY, COLOUR], ids=["grey", "colour"])
def test_shape_and_type_stay_and_the_image_is_not_touched(kind: str, image: np.ndarray) -> None:
    before = image.copy()
    for severity in SEVERITIES:
        made = damage(image, kind, severity, np.random.default_rng(1))
        assert made.shape == image.shape
        assert made.dtype == np.uint8
        assert (made != image).any()
        assert (made == damage(image, kind, severity, np.random.default_rng(1))).all()
    assert (image == before).all()


@pytest.mark.parametrize("kind", KINDS)
def test_more_severe_is_farther_from_the_picture(kind: str) -> None:
    means = [np.mean([_distance(kind, severity, seed) for seed in range(8)]) for severity in SEVERITIES]
    assert means == sorted(means)
    assert means[4] > 1.5 * means[0]


def test_what_the_kinds_do() -> None:
    assert damage(GREY, "darkness", 2, RANDOM).max() <= np.ceil(216 / 2)
    hidden = damage(GREY, "occlusion", 5, RANDOM) != GREY
    rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
    assert (np.ptp(rows) + 1) * (np.ptp(columns) + 1) / GREY.size == pytest.approx(0.4, abs=0.05)
    even = np.full((48, 48), 90, np.uint8)
    for kind in ("blur", "low_resolution", "occlusion"):
        assert (damage(even, kind, 5, RANDOM) == even).all()
    assert damage(even, "noise", 3, RANDOM).std() == pytest.approx(26, abs=2)


@pytest.mark.parametrize(("kind", "severity"), [("rain", 1), ("noise", 0), ("noise", 6)])
def test_unknown_kinds_and_severities_are_refused(kind: str, severity: int) -> None:
    with pytest.raises(ValueError, match=r"Received: '\w+', \d"):
        damage(GREY, kind, severity, RANDOM)
