import numpy as np
import pytest

from tasks.schema import CHOICES, EMOTIONS
from tasks.training import witness

HAPPY, NEUTRAL, SAD = (EMOTIONS.index(emotion) for emotion in ("happy", "neutral", "sad"))


def _votes(*rows: dict[str, int]) -> np.ndarray:
    return np.array([[row.get(choice, 0) for choice in CHOICES] for row in rows], np.int16)


def test_votes_are_read_in_the_terms_of_the_labels() -> None:
    """Three quarters of what the voters call neutral is labelled sad here; the labels count, not the votes' names."""
    voted = [{"neutral": 10}] * 400 + [{"happy": 10}] * 400
    labels = np.array(([SAD] * 300 + [NEUTRAL] * 100) + [HAPPY] * 400)
    found = witness.answers(_votes(*voted), labels)
    assert found[:400, SAD] == pytest.approx(np.full(400, 0.75), abs=0.02)
    assert found[400:, HAPPY].min() > 0.97
    assert found.sum(axis=1) == pytest.approx(np.ones(800), abs=1e-5)


def test_a_label_that_goes_with_no_votes_is_a_slip() -> None:
    """One face in a hundred is labelled sad by mistake: what its votes say puts it right."""
    labels = np.array([HAPPY] * 99 + [SAD] + [SAD] * 100)
    found = witness.answers(_votes(*[{"happy": 9, "neutral": 1}] * 100, *[{"sad": 8, "neutral": 2}] * 100), labels)
    assert found[99].argmax() == HAPPY
    assert found[99, HAPPY] > 0.9


def test_a_face_without_votes_keeps_its_label() -> None:
    labels = np.array([HAPPY] * 20 + [SAD] * 20 + [NEUTRAL])
    found = witness.answers(_votes(*[{"happy": 10}] * 20, *[{"sad": 10}] * 20, {}), labels)
    assert found[-1].tolist() == np.eye(7)[NEUTRAL].tolist()
    assert found[0, HAPPY] > 0.9


@pytest.mark.parametrize("rows", [({}, {}), ({"happy": 3}, {})])
def test_too_little_to_learn_from_leaves_the_labels(rows: tuple[dict[str, int], ...]) -> None:
    labels = np.array([HAPPY, SAD])
    assert witness.answers(_votes(*rows), labels).tolist() == np.eye(7)[labels].tolist()
