import pytest

from benchmarks.changes import Errors, Seen, errors, shares


def film(*words: str, step: float = 100.0, every: int = 1) -> list[Seen]:
    return [Seen(step * n, {0: word}) for n, word in enumerate(words) if n % every == 0]


def test_shares_hold_until_the_next_frame() -> None:
    assert shares(film("sad", "happy", "happy"), 400.0) == {"sad": 0.25, "happy": 0.75}
    assert shares([], 400.0) == {}


def test_changes_are_late_or_missed() -> None:
    words = ["sad"] * 3 + ["happy"] * 5 + ["fear"] + ["happy"] * 3
    whole = film(*words)
    assert errors(whole, whole, 1200.0) == Errors(0.0, 3, 0, 0.0)
    found = errors(film(*words, every=4), whole, 1200.0)
    assert found.share == pytest.approx((400 - 300) / 1200 + (400 - 100) / 1200)
    assert (found.changes, found.missed, found.late_ms) == (3, 1, 50.0)
