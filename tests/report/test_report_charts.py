import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tasks.report import charts

HOSTILE = "<script>alert(1)</script> \"'&"
# What XML, and so this check, can hold; the page takes care of the rest.
TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=20)


def parsed(chart: Markup) -> ET.Element:
    root = ET.fromstring(str(chart))
    assert root.tag == "svg"
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root][:2] == ["title", "desc"]
    return root


def part(label: str, value: float, text: str = "") -> charts.Part:
    return charts.Part(label, value, text or f"{value:g}", label)


def test_bars_are_as_long_as_their_share() -> None:
    root = parsed(charts.bars("Emotions", [part("happy", 30), part("sad", 10)], whole=40))
    widths = [rect.attrib["width"] for rect in root.iter("rect") if rect.attrib["class"] == "mark"]
    assert widths == ["75%", "25%"]
    assert root.find("desc") is not None
    assert "happy 30; sad 10" in str(charts.bars("Emotions", [part("happy", 30), part("sad", 10)]))


def test_proportions_fill_the_bar_and_keep_the_smallest_visible() -> None:
    root = parsed(charts.proportions("Files", [part("scored", 99_999), part("timeout", 1), part("refused", 0)]))
    widths = [float(rect.attrib["width"].rstrip("%")) for rect in root.iter("rect")]
    assert len(widths) == 2
    assert sum(widths) == pytest.approx(100, abs=0.02)
    assert min(widths) >= 0.35


def test_lines_start_at_zero_and_skip_what_is_not_there() -> None:
    curves = [
        charts.Line("training", "training", ((1, 2.0), (2, 1.0), (3, 0.5))),
        charts.Line("validation", "validation", ((1, 2.2), (2, math.nan), (3, 0.7))),
    ]
    root = parsed(charts.lines("Loss", curves))
    assert len(list(root.iter("circle"))) == 5
    assert [line.attrib["class"] for line in root.iter("polyline")] == ["curve", "curve dashed"]
    heights = [float(circle.attrib["cy"]) for circle in root.iter("circle")]
    assert heights[0] < heights[1] < heights[2] < 200
    assert all(math.isfinite(height) for height in heights)


def test_lines_of_one_epoch_and_of_none() -> None:
    assert len(list(parsed(charts.lines("Loss", [charts.Line("a", "a", ((1, 0.0),))])).iter("circle"))) == 1
    parsed(charts.lines("Loss", []))


def test_a_heat_map_says_counts_and_row_shares() -> None:
    root = parsed(charts.heat_map("Confusion", ("angry", "sad"), [[3, 1], [0, 0]]))
    titles = [cell.findtext("title") for cell in root.iter("g")]
    assert titles[0] == "angry read as angry: 3, 75.0\u00a0% of angry"
    assert titles[2] == "sad read as angry: 0, – of sad"
    opacity = [float(rect.attrib["fill-opacity"]) for rect in root.iter("rect")]
    assert opacity[0] > opacity[1] > opacity[2] == 0.05


@given(st.floats(1e-6, 1e9))
def test_ticks_are_few_and_inside(ceiling: float) -> None:
    found = charts.ticks(ceiling)
    assert 2 <= len(found) <= 6
    assert found[0] == 0
    assert found[-1] <= ceiling * (1 + 1e-6)


@given(TEXT, st.lists(st.floats(0, 1e12), max_size=5))
def test_no_text_breaks_out_of_a_chart(text: str, values: list[float]) -> None:
    for name in (text, HOSTILE):
        parts = [charts.Part(name, value, name, name) for value in values]
        for chart in (
            charts.bars(name, parts),
            charts.proportions(name, parts),
            charts.lines(name, [charts.Line(name, name, tuple(enumerate(values)))]),
            charts.heat_map(name, (name,), [[1]]),
        ):
            assert not list(parsed(chart).iter("script"))
