import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tasks.report.overtime import MAX_STEPS, Step, axis, lane, timeline
from tasks.schema import EMOTIONS

HOSTILE = "<script>alert(1)</script> \"'&"


def parsed(chart: Markup) -> ET.Element:
    root = ET.fromstring(str(chart))
    assert root.tag == "svg"
    return root


def test_a_timeline_stacks_what_was_counted() -> None:
    counts = np.array([[2, 0], [1, 3], [0, 0]])
    root = parsed(timeline("clip", counts, ("happy", "sad"), 1000, 4000))
    hits = [rect.findtext("title") for rect in root.iter("rect")]
    assert hits == ["0:01.0 to 0:02.0: happy 2", "0:02.0 to 0:03.0: happy 1, sad 3"]
    paths = [path.attrib["d"] for path in root.iter("path")]
    assert paths == ["M0,50h.92v50h-.92zM1,75h.92v25h-.92z", "M1,0h.92v75h-.92z"]
    parsed(timeline("empty", np.zeros((0, 2), np.int64), ("happy", "sad"), 0, 0))


def test_a_lane_lies_where_its_face_was_in_sight() -> None:
    steps = (Step(2000, 3000, "happy"), Step(3000, 5000, "sad"), Step(5000, 6000, "happy"))
    root = parsed(lane("Track 3", steps, 1000, 11_000))
    drawn = {path.findtext("title"): path.attrib["d"] for path in root.iter("path")}
    assert drawn == {"happy": "M100,0h100v10h-100zM400,0h100v10h-100z", "sad": "M200,0h200v10h-200z"}
    assert root.attrib["aria-label"] == "Track 3. happy from 0:02.0, then sad from 0:03.0, then happy from 0:05.0"


def test_a_moment_stays_visible_and_a_lane_without_length_is_drawn() -> None:
    assert "h3v10" in str(lane("Track", (Step(5000, 5001, "fear"),), 0, 3_600_000))
    assert "h3v10" in str(lane("Track", (Step(40, 40, "fear"),), 40, 40))
    parsed(lane("Track", (), 0, 0))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 1e4), st.sampled_from(EMOTIONS)), min_size=1, max_size=400), st.floats(0, 1e6)
)
def test_a_lane_is_bounded_however_often_a_face_changes(parts: list[tuple[float, str]], start: float) -> None:
    ends = np.cumsum([start, *(length for length, _ in parts)]).tolist()
    steps = [Step(left, right, kind) for left, right, (_, kind) in zip(ends[:-1], ends[1:], parts, strict=True)]
    paths = list(parsed(lane("Track", steps, start, ends[-1])).iter("path"))
    assert 1 <= sum(path.attrib["d"].count("M") for path in paths) <= MAX_STEPS
    assert {path.findtext("title") for path in paths} <= set(EMOTIONS)


def test_no_text_breaks_out() -> None:
    for chart in (
        timeline(HOSTILE, np.ones((1, 2), np.int64), (HOSTILE, HOSTILE), 0, 10),
        lane(HOSTILE, (Step(0, 1, HOSTILE),), 0, 10),
        axis(0, 10),
    ):
        assert not list(parsed(chart).iter("script"))
