"""When a quantity has drifted, and when it only looks so."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_profiles import DIGEST, Look, night

from tasks.monitor import compare, outcome, window
from tasks.monitor.profile import Profile, together
from tasks.monitor.quantities import QUANTITIES
from tasks.params import Monitor
from tasks.schema import EMOTIONS

SIDES = st.lists(st.integers(0, 500), min_size=7, max_size=7).filter(any)


def _classes(counts: list[int] | tuple[int, ...], people: int = 10**9) -> Profile:
    return Profile("score", "a", "t", "m", DIGEST, faces=sum(counts), people=people, counts={"classes": tuple(counts)})


def _one(now: Profile, before: Profile, name: str = "classes", **wanted: float) -> compare.Finding:
    return compare.one(QUANTITIES[name], [now], "runs", [before], Monitor(**wanted))  # type: ignore[arg-type]


@settings(deadline=None)  # the first call imports SciPy
@given(SIDES, SIDES)
def test_apart_is_nothing_for_the_same_and_alike_from_both_sides(one: list[int], other: list[int]) -> None:
    assert _one(_classes(one), _classes(one)).apart == 0
    there, back = _one(_classes(one), _classes(other)), _one(_classes(other), _classes(one))
    assert there.apart == pytest.approx(back.apart, abs=1e-9)
    assert there.p == pytest.approx(back.p, abs=1e-9)


def test_the_index_is_that_of_its_definition() -> None:
    before, now = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.3, 0.3])
    size = 10**7
    counts = [[int(share * size) for share in side] + [0] * 4 for side in (before, now)]
    expected = sum((n - b) * np.log(n / b) for n, b in zip(now, before, strict=True))
    assert _one(_classes(counts[1]), _classes(counts[0])).apart == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_what_chance_adds_is_taken_off(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(7))

    def drawn() -> Profile:
        return _classes(rng.multinomial(120, shares).tolist())

    raw = [_one(drawn(), drawn()).apart or 0.0 for _ in range(100)]
    assert np.mean(raw) < 0.05, "uncorrected, it would be 0.1 on average"


def test_nights_that_differ_among_themselves_weigh_less() -> None:
    def nights(rates: list[float]) -> list[Profile]:
        rows = [(round(1000 * rate), 1000 - round(1000 * rate)) for rate in rates]
        return [Profile("score", "a", "t", "m", DIGEST, media=1000, counts={"detection": row}) for row in rows]

    even, first = nights([0.6] * 4), nights([0.72] * 4)
    uneven = nights([0.2, 0.9, 0.4, 0.9])
    assert compare.dispersion("detection", even, first) == 1
    assert compare.dispersion("detection", uneven) > 100
    assert compare.dispersion("detection", [], even[:1]) == 1
    verdicts = [compare.one(QUANTITIES["detection"], side, "runs", first, Monitor()).verdict for side in (even, uneven)]
    assert verdicts == ["drifted", "steady"]


def test_one_person_in_a_thousand_frames_is_one() -> None:
    before = _classes((100,) * 7)
    seen = [0, 0, 0, 1000, 0, 0, 0]
    assert _one(_classes(seen), before).verdict == "drifted"
    assert _one(_classes(seen, people=3), before).verdict == "few"
    assert _one(_classes(seen, people=3), before, least=2).verdict == "steady"


def test_much_of_little_weight_has_not_drifted() -> None:
    many = [10**6] * 7
    other = [10**6 + 10**4, 10**6 - 10**4] + [10**6] * 5
    found = _one(_classes(other), _classes(many))
    assert found.p is not None and found.p < 1e-6
    assert found.verdict == "steady"
    assert _one(_classes(other), _classes(many), thresholds={"classes": 1e-5}).verdict == "drifted"  # type: ignore[arg-type]


def test_a_rate_is_the_share_that_changed_sides() -> None:
    def files(*counts: int) -> Profile:
        return Profile("score", "a", "t", "m", DIGEST, files=sum(counts), counts={"failures": counts})

    found = _one(files(800, 200, 0, 0, 0, 0), files(950, 50, 0, 0, 0, 0), "failures")
    assert found.apart == pytest.approx(0.15)
    assert (found.test, found.verdict) == ("chi-square", "drifted")
    same = _one(files(800, 0, 0, 0, 0, 0), files(950, 0, 0, 0, 0, 0), "failures")
    assert (same.p, same.verdict) == (1.0, "steady")
    assert _one(files(0, 0, 0, 0, 0, 0), files(950, 0, 0, 0, 0, 0), "failures").verdict == "few"


@pytest.mark.parametrize(
    ("runs", "first", "newest"),
    [(1, 0, 1), (2, 1, 1), (8, 7, 1), (10, 7, 3), (14, 7, 7), (30, 7, 7)],
)
def test_first_and_newest_runs_are_never_the_same(runs: int, first: int, newest: int) -> None:
    profiles = [night(number, 1, files=5) for number in range(runs)]
    found = window.split(profiles, Monitor())
    assert (len(found.first), len(found.newest)) == (first, newest)
    assert list(found.newest) == profiles[runs - newest :]
    assert list(found.first) == profiles[:first]


def test_what_serves_as_reference() -> None:
    profiles = [night(number, 1) for number in range(14)]
    model = replace(together(profiles), kind="evaluation")
    model = replace(model, counts={name: model.counts[name] for name in ("classes", "confidence")})
    windows = window.split(profiles, Monitor())
    held = window.references(windows, model, Monitor())
    assert {one for one, _ in held.values()} == {"runs"}, "it has first runs of its own"
    assert set(held) == set(QUANTITIES)
    young = window.references(window.split(profiles[:5], Monitor()), model, Monitor())
    by = {name: against for name, (against, _) in young.items()}
    assert {name for name, against in by.items() if against == "model"} == {"classes", "confidence"}
    assert set(by) == set(QUANTITIES)
    few = window.references(windows, model, Monitor(least=10**9))
    assert {name for name, (against, _) in few.items() if against == "model"} == {"classes", "confidence"}
    assert set(window.references(windows, model, Monitor(reference="model"))) == {"classes", "confidence"}
    assert {one for one, _ in window.references(windows, model, Monitor(reference="runs")).values()} == {"runs"}
    alone = outcome.outcome("labels", profiles[:1], None, Monitor())
    assert {found.verdict for found in alone.findings} == {"none"}
    assert alone.drifted == []


def test_what_is_told_of_an_archive() -> None:
    dark = Look(brightness=(70.0, 25.0))
    profiles = [night(number, 3, dark if number >= 80 else Look()) for number in range(90)]
    found = outcome.outcome("s3://b/labels", profiles, None, Monitor())
    told = outcome.told(found)
    assert told["drifted"] == ["brightness"]
    assert told["window"] == [one.run_id for one in profiles[-7:]]
    trend = found.trends["brightness"]
    assert [number for number, _ in trend] == list(range(31, 91))
    assert all((apart > 0.2) == (number > 80) for number, apart in trend)
    assert len(told["quantities"]["classes"]["shares"]) == len(EMOTIONS)


@given(st.text(max_size=200), st.text(max_size=200))
def test_slugs_are_names_of_prefects_and_differ(one: str, other: str) -> None:
    found = outcome.slug(one)
    assert 0 < len(found) <= 70
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert (found == outcome.slug(other)) == (one == other)
    assert outcome.slug(one + "\udcff") != found
