import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.abstention import abstention, risks


def test_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    right = np.array([True, False, True, False])
    assert risks(confidence, right) == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    found = abstention(confidence, right)
    assert found["aurc"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert found["accuracy_at"] == {"0.9": 0.5, "0.8": 0.5, "0.5": 0.5}
    assert found["curve"][-1] == {"coverage": 1.0, "risk": 0.5, "threshold": pytest.approx(0.6)}
    assert found["curve"][0]["threshold"] == pytest.approx(0.9)


def test_equal_confidence_says_nothing() -> None:
    assert risks(np.full(4, 0.5, np.float32), np.array([True, True, True, False])) == pytest.approx([0.25] * 4)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_images_does_not_matter(rows: list[tuple[int, bool]], random: object) -> None:
    def found(order: list[tuple[int, bool]]) -> np.ndarray:
        return risks(np.array([one / 20 for one, _ in order], np.float32), np.array([one for _, one in order]))

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled) == pytest.approx(found(rows))
    assert found(rows)[-1] == pytest.approx(1 - np.mean([one for _, one in rows]))
    assert ((found(rows) >= -1e-12) & (found(rows) <= 1 + 1e-12)).all()
