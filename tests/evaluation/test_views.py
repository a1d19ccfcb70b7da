import numpy as np
import pytest

from tasks.evaluation.judge import CASES, judge
from tasks.evaluation.sizes import SIDES
from tasks.evaluation.views import average
from tasks.params import Evaluate
from tasks.params.training import Views

RANDOM = np.random.default_rng(1)
FACES = RANDOM.integers(0, 256, (5, 48, 48), np.uint8)
FACES[:, :, 24:] //= 4  # the right half is darker
KEYS = [f"face-{number}" for number in range(5)]
STILL = Views(rotation=0, shift=0, zoom=0, flip=False)


def halves(faces: np.ndarray) -> np.ndarray:
    """A network that compares the light of the two halves: (n, 7), two of them in use."""
    left, right = (part.mean(axis=(1, 2)) for part in (faces[:, :, :24], faces[:, :, 24:]))
    result = np.zeros((len(faces), 7), np.float32)
    result[:, 0], result[:, 1] = left / (left + right), right / (left + right)
    return result


def test_flips_are_averaged_in_closed_form() -> None:
    """A mirrored face swaps the two scores, so the mean is a mix by the number of mirrored views."""
    alone, views = average(halves, FACES, KEYS, Evaluate(tta=8, views=STILL.model_copy(update={"flip": True})))
    assert (alone == halves(FACES)).all()
    high, low = alone[:, 0], alone[:, 1]
    mirrored = (high - views[:, 0]) / (high - low) * 8
    assert mirrored == pytest.approx(np.round(mirrored), abs=1e-3)
    assert (mirrored < 7.5).all()  # the first view is the face itself
    assert 5 < mirrored.sum() < 30


@pytest.mark.parametrize("tta", [0, 1])
def test_one_view_is_the_face_itself(tta: int) -> None:
    found = average(halves, FACES, KEYS, Evaluate(tta=tta))
    assert found.views is found.alone


def test_views_that_change_nothing_gain_nothing() -> None:
    found = average(halves, FACES, KEYS, Evaluate(tta=10, views=STILL))
    assert found.views == pytest.approx(found.alone, abs=1e-6)


def test_neither_order_nor_batches_matter_and_the_seed_does() -> None:
    params = Evaluate(tta=4)
    whole = average(halves, FACES, KEYS, params).views
    turned = average(halves, FACES[::-1], KEYS[::-1], params).views[::-1]
    single = np.concatenate([average(halves, FACES[at : at + 1], KEYS[at : at + 1], params).views for at in range(5)])
    assert (whole == turned).all()
    assert (whole == single).all()
    assert (whole != average(halves, FACES, KEYS, Evaluate(tta=4, seed=2)).views).any()


def test_a_batch_is_judged() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    params = Evaluate(tta=3, views=STILL, robustness=True, sizes=True)
    found = judge(halves, FACES, labels, KEYS, params)
    assert found.raw.argmax(axis=1).tolist() == [0] * 5
    assert found.damaged.raw.shape == (5, len(CASES), 7) == (5, 30, 7)
    assert (found.damaged.raw[:, CASES.index(("darkness", 1))].argmax(axis=1) == 0).all()
    assert found.damaged.sharpness.shape == (5, 30)
    assert found.reduced.raw.shape == (5, len(SIDES), 7)
    assert (found.reduced.raw[:, 0] == found.alone).all()  # 48 pixels are the face itself
    assert (np.diff(found.reduced.sharpness, axis=1)[:, :2] < 0).all()
    assert len({row.tobytes() for row in found.hashes}) == 5
    plain = judge(halves, FACES, labels, KEYS, Evaluate())
    assert plain.damaged.raw.shape == plain.reduced.raw.shape == (5, 0, 7)
    assert plain.alone is plain.raw
