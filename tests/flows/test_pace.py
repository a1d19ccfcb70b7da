from hypothesis import given
from hypothesis import strategies as st

from flows.pace import Pace, Standing
from tasks.media.entry import Entry
from tasks.score.job import Unit
from tasks.score.predict import Tally


def unit(number: int, media: str = "image", size: int = 100) -> Unit:
    return Unit(f"u{number}", (Entry(f"{number}", None, media, None, size, None),))


def test_the_line_says_all_that_is_known() -> None:
    found = Standing(1204, 2388, 213.6, 376.7, 6060.0, {"timeout": 1, "decode_error": 17})
    said = "units 1,204/2,388  frames/s 214  faces/s 377  left 1 h 41 min   decode_error 17  timeout 1"
    assert str(found) == said
    assert round(found.percent, 1) == 50.4
    assert str(Standing(0, 3, 0.0, 0.04, None, {})) == "units 0/3  frames/s 0.0  faces/s 0.0"
    assert Standing(0, 0, 0, 0, 0, {}).percent == 100


def test_time_left_follows_the_bytes_of_each_kind() -> None:
    units = [unit(0, size=10), unit(1, size=30), unit(2, "video", 1000), unit(3, "video", 3000)]
    pace = Pace(units)
    first = pace.add(units[0], Tally(1, 10, 20, {"scored": 1}, seconds=1.0), 1.0)
    assert (first.done, first.frames, first.faces, first.left) == (1, 10.0, 20.0, None)  # no video is known yet
    second = pace.add(units[2], Tally(1, 90, 0, {"timeout": 1}, seconds=9.0), 5.0)
    assert (second.frames, second.left, second.failed) == (20.0, 5.0 * (3 + 27) / 10, {"timeout": 1})
    pace.add(units[1], Tally(2, 0, 0, {"decode_error": 1, "no_face": 1}, seconds=3.0), 6.0)
    last = pace.add(units[3], Tally(1, 0, 0, {"decode_error": 1}, seconds=1.0), 7.0)
    assert (last.left, last.failed, last.percent) == (0.0, {"timeout": 1, "decode_error": 2}, 100.0)


def test_units_of_before_count_as_done() -> None:
    pace = Pace([unit(0), unit(1)], skipped=7)
    assert str(pace.add(unit(0), Tally(1, 1, 1, {"scored": 1}, 2.0), 2.0)).startswith("units 8/9  ")


@given(
    st.lists(
        st.tuples(st.sampled_from(["image", "video"]), st.integers(0, 10**12), st.floats(0, 1e5), st.floats(0, 1e6)),
        min_size=1,
        max_size=20,
    )
)
def test_any_units_have_a_line(made: list[tuple[str, int, float, float]]) -> None:
    units = [unit(number, media, size) for number, (media, size, _, _) in enumerate(made)]
    pace = Pace(units)
    for one, (_, _, seconds, elapsed) in zip(units, made, strict=True):
        found = pace.add(one, Tally(1, 3, 2, {"scored": 1}, seconds), elapsed)
        assert found.left is None or found.left >= 0
        assert "\u00a0" not in str(found)
    assert (found.left, found.percent) == (0.0, 100.0)
