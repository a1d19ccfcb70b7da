import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import OutputError
from tasks.monitor.profile import SUMS, Profile, parse, text, together
from tasks.monitor.quantities import QUANTITIES, Quantity

_COUNT = st.integers(0, 10**6)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    names = draw(st.lists(st.sampled_from(list(QUANTITIES)), unique=True))
    counts = {name: tuple(draw(_COUNT) for _ in QUANTITIES[name].bins) for name in names}
    time = draw(st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"]))
    run_id = draw(st.text("0123456789abcdef", min_size=1, max_size=4))
    sums = {name: draw(_COUNT) for name in SUMS if name != "runs"}
    return Profile("score", run_id, time, "emotion v1", "d" * 64, counts=counts, **sums)


@settings(deadline=None)
@given(profiles())
def test_a_file_says_the_same(one: Profile) -> None:
    assert parse(text(one), "a.json") == one


@settings(deadline=None)
@given(profiles(), profiles(), profiles())
def test_profiles_add_up_in_any_order(one: Profile, two: Profile, three: Profile) -> None:
    left, right = (one + two) + three, one + (two + three)
    assert left == right
    swapped = two + one
    assert (one + two).counts == swapped.counts
    assert together([one, two, three]).runs == 3
    assert together([one, two]).faces == one.faces + two.faces
    for name in QUANTITIES:
        sums = [sum(each.counts.get(name, ())) for each in (one, two)]
        assert sum((one + two).counts.get(name, ())) == sum(sums)


@settings(deadline=None)
@given(st.sampled_from([one for one in QUANTITIES.values() if one.edges]), st.lists(st.floats(0, 1e4), max_size=50))
def test_each_value_is_in_the_bin_that_names_it(one: Quantity, values: list[float]) -> None:
    counts = one.count(values)
    assert counts.sum() == len(values)
    limits = [-np.inf, *one.edges, np.inf]
    for at, (low, high) in enumerate(pairwise(limits)):
        assert counts[at] == sum(low <= value < high for value in values), one.bins[at]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 3}, "version 3, this Fermata reads 1 and 2"),
        ({"counts": {"classes": [1, 2]}}, "'classes' has other bins"),
        ({"counts": {"colour": [1]}}, "colour"),
        ({"faces": "many"}, "no whole number"),
        ({"more": 1}, "more"),
    ],
)
def test_another_file_is_named(change: dict[str, object], said: str) -> None:
    whole = json.loads(text(Profile("score", "a", "2026", "m", "d")))
    with pytest.raises(OutputError, match=r"'p/a\.json' is no profile of this version") as caught:
        parse(json.dumps(whole | change), "p/a.json")
    assert said in str(caught.value)


def test_profiles_of_version_1_are_read_and_add_up_with_new_ones() -> None:
    counts = {"classes": (1, 2, 3, 4, 5, 6, 7), "abstention": (20, 8)}
    told = json.loads(text(Profile("score", "a", "2026", "m", "d", faces=28, people=28, counts=counts)))
    assert told["version"] == 2
    old = parse(json.dumps(told | {"version": 1}), "a.json")
    assert old.counts == counts
    new = replace(old, counts={"abstention": (1, 2), "reasons": (1, 0, 2, 0, 0, 0, 0)})
    assert (old + new).counts == {
        "classes": counts["classes"], "abstention": (21, 10), "reasons": (1, 0, 2, 0, 0, 0, 0),
    }  # fmt: skip


def test_of_part_of_the_faces_speaks_the_same_part_of_the_people() -> None:
    one = Profile("score", "a", "t", "m", "d", faces=200, people=30, counts={"classes": (50, 0, 0, 0, 0, 0, 0)})
    assert one.independent("classes") == 8  # a quarter of 30, rounded up


def test_frames_of_a_video_are_one_observation() -> None:
    one = Profile("score", "a", "t", "m", "d", people=3, media=2, counts={"classes": (90,) * 7, "detection": (60, 1)})
    assert one.independent("classes") == 3
    assert one.independent("detection") == 2
    assert one.independent("failures") == 0
