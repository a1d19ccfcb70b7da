from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.clock import Clock
from tasks.media.sampling import Sampler, Sampling

MILLISECOND = Fraction(1, 1000)


def taken(sampling: Sampling, times_ms: list[int]) -> list[int]:
    sampler = Sampler(sampling, MILLISECOND)
    return [time for time in times_ms if sampler.takes(time * MILLISECOND)]


def test_every_nth() -> None:
    assert taken(Sampling(every=3), list(range(8))) == [0, 3, 6]
    assert taken(Sampling(every=1), list(range(8))) == list(range(8))


def test_first_frame_at_or_after_each_grid_point() -> None:
    assert taken(Sampling(fps=2), [0, 400, 500, 900, 1100, 1400, 1600, 4000, 4100]) == [0, 500, 1100, 1600, 4000]
    assert taken(Sampling(fps=2), [852, 900, 1001, 1400]) == [852, 1001]


def test_rounding_to_milliseconds_costs_no_grid_point() -> None:
    times = [round(number * 1000 / 30) for number in range(61)]
    assert taken(Sampling(fps=3), times) == [0, 333, 667, 1000, 1333, 1667, 2000]


def test_a_clock_that_jumps_back_goes_on_and_one_that_jitters_does_not_repeat() -> None:
    assert taken(Sampling(fps=1), [100_000, 101_000, 0, 500, 1000]) == [100_000, 101_000, 0, 1000]
    assert taken(Sampling(fps=2), [480, 510, 490, 520]) == [480, 510]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60), st.sampled_from([0.5, 1.0, 2.0, 29.97]))
def test_never_two_in_one_slot_and_never_an_empty_slot_with_frames(gaps: list[int], fps: float) -> None:
    times = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    slots = [int((Fraction(time) + Fraction(1, 2)) / 1000 * Fraction(fps)) for time in times]
    expected = [time for number, time in enumerate(times) if number == 0 or slots[number] > slots[number - 1]]
    assert taken(Sampling(fps=fps), times) == expected


@pytest.mark.parametrize(("every", "fps"), [(-1, 2.0), (0, 0.0), (0, -1.0), (0, float("nan"))])
def test_impossible_samplings(every: int, fps: float) -> None:
    with pytest.raises(ValueError, match=r"Received: every="):
        Sampling(every, fps)


def test_modes_that_contradict_every() -> None:
    assert Sampling(every=3, mode="every").every == 3
    with pytest.raises(ValueError, match="every >= 1 with mode='every'"):
        Sampling(mode="every")
    with pytest.raises(ValueError, match=r"every = 0 and most_fps >= fps with mode='adaptive'"):
        Sampling(every=3, mode="adaptive")
    with pytest.raises(ValueError, match=r"fps, every, keyframes, adaptive\. Received: mode='often'"):
        Sampling(mode="often")  # type: ignore[arg-type]


def test_clock_believes_the_container_and_else_shows_packets_in_their_order() -> None:
    clock = Clock(7, 40)
    clock.packet(80, 0)
    clock.packet(None, 40)
    assert [clock.frame(80), clock.frame(None), clock.frame(None, 30), clock.frame(None)] == [80, 120, 160, 190]
    assert clock.failed(None, 40) == 40
    clock = Clock(0, 40)
    for time in (0, 1, 2, 3):
        clock.packet(None, time)
    assert clock.failed(None, 3) == 3
    assert [clock.frame(None) for _ in range(4)] == [0, 1, 2, 42]
    assert clock.failed(None, None) == 82
