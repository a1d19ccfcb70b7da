from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.gate import decide
from tasks.params import Floors, Promote
from tasks.schema import EMOTIONS

SHARE = st.floats(0, 1)


def _metrics(accuracy: float = 0.8, macro_f1: float = 0.7, recall: float = 0.6, digest: str = "d") -> dict[str, Any]:
    return {
        "accuracy": accuracy,
        "macro_f1": macro_f1,
        "per_class": {emotion: {"recall": recall} for emotion in EMOTIONS},
        "data_digest": digest,
    }


def test_a_first_model_over_its_floors_is_promoted() -> None:
    said = decide(_metrics(), None, Promote())
    assert (said.promoted, said.reasons) == (True, [])
    assert [check.name for check in said.checks] == ["accuracy", "macro_f1"]
    assert all(check.champion is None and check.gain is None and check.ok for check in said.checks)


def test_every_floor_that_is_missed_is_named_with_its_key() -> None:
    params = Promote(floors=Floors(accuracy=0.9, macro_f1=0.7, recall={"sad": 0.61, "fear": 0.7, "happy": 0.6}))
    said = decide(_metrics(), None, params)
    assert not said.promoted
    assert [(check.name, check.ok) for check in said.checks] == [
        ("accuracy", False), ("macro_f1", True), ("recall.fear", False), ("recall.happy", True), ("recall.sad", False),
    ]  # fmt: skip
    assert said.reasons == [
        "accuracy 0.800 is under its floor 0.900 (params: promote.floors.accuracy)",
        "recall.fear 0.600 is under its floor 0.700 (params: promote.floors.recall.fear)",
        "recall.sad 0.600 is under its floor 0.610 (params: promote.floors.recall.sad)",
    ]


@pytest.mark.parametrize(("gain", "least", "ok"), [(0.0, 0.0, True), (-0.25, 0.0, False), (0.125, 0.25, False),
                                                   (-0.125, -0.25, True), (0.25, 0.25, True)])  # fmt: skip
def test_the_champion_has_to_be_beaten_by_the_minimum_gain(gain: float, least: float, ok: bool) -> None:
    said = decide(_metrics(0.5 + gain), _metrics(0.5), Promote(floors=Floors(accuracy=0.0), min_gain=least))
    assert said.promoted is ok
    last = said.checks[-1]
    assert (last.name, last.gain, last.floor, last.champion, last.ok) == ("gain", gain, least, 0.5, ok)
    assert said.checks[0].gain == gain
    assert [("min_gain" in reason) for reason in said.reasons] == ([] if ok else [True])


def test_different_images_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different images: one and two"):
        decide(_metrics(digest="one"), _metrics(digest="two"), Promote())


@given(SHARE, SHARE, SHARE, SHARE, SHARE)
def test_promoted_exactly_when_every_check_holds(
    accuracy: float, macro_f1: float, recall: float, floor: float, champion: float
) -> None:
    params = Promote(floors=Floors(accuracy=floor, macro_f1=floor, recall={"fear": floor}))
    said = decide(_metrics(accuracy, macro_f1, recall), _metrics(champion), params)
    assert said.promoted == all(check.ok for check in said.checks) == (not said.reasons)
    assert said.promoted == (min(accuracy, macro_f1, recall) >= floor and accuracy >= champion)
    assert len(said.reasons) == sum(not check.ok for check in said.checks)
