from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.images.clean import RULES, flaws, wrong_size
from tasks.images.measure import Measures, measure
from tasks.params import Clean
from tasks.schema import EMOTIONS, MEASURES, REASONS
from tasks.synthetic.crops import crop

GOOD = {"mean": 120.0, "std": 60.0, "two_tone": 0.3, "sharpness": 2.0}
OFF = Clean(blank_std=0, two_tone=1, dark=0, bright=255, sharpness=0)
LEVELS = st.floats(0, 255, width=32)
FACES = st.lists(st.tuples(LEVELS, LEVELS, st.floats(0, 1, width=32), st.floats(0, 20, width=32)), max_size=12)


def measures(*faces: dict[str, float]) -> Measures:
    return Measures(*(np.array([(GOOD | face)[name] for face in faces], np.float32) for name in MEASURES))


def reasons(found: Measures, clean: Clean) -> list[str | None]:
    return [None if at < 0 else REASONS[at] for at in flaws(found, clean).reasons.tolist()]


def test_rules_are_asked_in_the_order_of_the_reasons() -> None:
    order = [REASONS.index(reason) for reason in RULES]
    assert order == sorted(order)
    assert list(RULES) == ["blank", "two_tone", "too_dark", "too_bright", "blurred"]


@pytest.mark.parametrize(
    ("face", "reason"),
    [
        ({"std": 0.0}, "blank"),
        ({"std": 0.999}, "blank"),
        ({"std": 1.0}, None),
        ({"two_tone": 0.75}, "two_tone"),
        ({"two_tone": 0.7499}, None),
        ({"mean": 7.99}, "too_dark"),
        ({"mean": 8.0}, None),
        ({"mean": 230.1}, "too_bright"),
        ({"mean": 230.0}, None),
        ({"sharpness": 0.374}, "blurred"),
        ({"sharpness": 0.375}, None),
    ],
)
def test_where_each_rule_begins(face: dict[str, float], reason: str | None) -> None:
    clean = Clean(blank_std=1, two_tone=0.75, dark=8, bright=230, sharpness=0.375)
    assert reasons(measures(face), clean) == [reason]


@pytest.mark.parametrize(
    ("face", "detail"),
    [
        ({"std": 0.42}, "standard deviation 0.42 is under 1 grey levels"),
        ({"two_tone": 0.9}, "0.9 of the pixels are of two tones, the limit is 0.8"),
        ({"mean": 3.14159}, "mean grey level 3.142 is under 8"),
        ({"mean": 240.5}, "mean grey level 240.5 is over 230"),
        ({"sharpness": 0.1}, "sharpness 0.1 is under 0.42"),
    ],
)
def test_details_say_what_was_measured_and_what_is_tolerated(face: dict[str, float], detail: str) -> None:
    found = flaws(measures({}, face, {}), Clean())
    assert found.details == {1: detail}
    assert found.reasons.tolist()[::2] == [-1, -1]


def test_the_first_flaw_is_the_reason() -> None:
    black = {"mean": 0.0, "std": 0.0, "two_tone": 1.0, "sharpness": 0.0}
    assert reasons(measures(black, black | {"std": 9.0}), Clean()) == ["blank", "two_tone"]
    assert reasons(measures(black), Clean(blank_std=0, two_tone=1)) == ["too_dark"]
    assert reasons(measures(black), Clean(blank_std=0, two_tone=1, dark=0)) == ["blurred"]


@given(FACES)
def test_every_rule_can_be_switched_off(faces: list[tuple[float, ...]]) -> None:
    found = Measures(*np.array(faces, np.float32).reshape(-1, 4).T)
    assert flaws(found, OFF).details == {}
    assert (flaws(found, OFF).reasons == -1).all()


@given(FACES)
def test_faces_are_judged_one_by_one(faces: list[tuple[float, ...]]) -> None:
    found = Measures(*np.array(faces, np.float32).reshape(-1, 4).T)
    together = flaws(found, Clean())
    assert together.reasons.dtype == np.int8
    assert sorted(together.details) == np.flatnonzero(together.reasons >= 0).tolist()
    for row in range(len(faces)):
        alone = flaws(Measures(*(one[row : row + 1] for one in found)), Clean())
        assert alone.reasons[0] == together.reasons[row]
        assert alone.details.get(0) == together.details.get(row)


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        ((15, 40), "15 x 40 pixels: the shorter side is under 16"),
        ((40, 15), "40 x 15 pixels: the shorter side is under 16"),
        ((16, 16), None),
    ],
)
def test_small_originals_are_of_the_wrong_size(size: tuple[int, int], problem: str | None) -> None:
    assert wrong_size(*size, Clean()) == problem


def test_any_size_will_do_for_a_limit_of_one() -> None:
    assert wrong_size(1, 1, Clean(min_side=1)) is None


def picture(kind: str) -> Any:
    image = np.full((48, 48), {"black": 0, "white": 255, "night": 3, "page": 250, "notice": 0}[kind], np.uint8)
    if kind in ("night", "page"):
        image[::2, ::3] += 4  # more than blank, and still nothing
        image[20:28, 20:28] = 90 if kind == "night" else 150
    if kind == "notice":
        image[30:40, 10:38] = 255
    return image


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("black", "blank"), ("white", "blank"), ("night", "two_tone"), ("page", "two_tone"), ("notice", "two_tone")],
)
def test_defaults_reject_what_shows_nothing(kind: str, reason: str) -> None:
    assert reasons(measure(picture(kind)[None]), Clean()) == [reason]


@pytest.mark.parametrize(("kind", "reason"), [("night", "too_dark"), ("page", "too_bright")])
def test_light_is_judged_without_the_tones(kind: str, reason: str) -> None:
    assert reasons(measure(picture(kind)[None]), Clean(two_tone=1)) == [reason]


def test_defaults_keep_drawn_faces() -> None:
    faces = np.stack([crop(3, number, EMOTIONS[number % 7], 1) for number in range(105)])
    assert flaws(measure(faces), Clean()).details == {}
