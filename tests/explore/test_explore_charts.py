import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.explore import charts, histograms
from tasks.explore.measures import AXES, Axis
from tasks.explore.scale import Scale, fit

LINEAR = Axis("mean", "Brightness", "levels", np.linspace(0, 256, 65))
LOG = next(axis for axis in AXES if axis.log)


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def widths(markup: str, kind: str) -> list[float]:
    return [float(mark.get("width", "0%")[:-1]) for mark in parsed(markup).iter("rect") if mark.get("class") == kind]


def test_class_bars_show_found_kept_and_warped() -> None:
    bars = [charts.Bar("happy", 200, 150, 0), charts.Bar("sad", 20, 10, 40), charts.Bar("fear", 0, 0, 0)]
    markup = charts.classes("Classes", bars)
    assert widths(markup, "mark ghost") == [100, 10, 0]
    assert widths(markup, "mark") == [75, 5, 0]
    assert widths(markup, "mark warped") == [0, 20, 0]
    assert "happy 150 of 200; sad 10 of 20, and 40 warped copies; fear 0" in markup
    assert ">10 of 20 +40<" in markup


def test_stacks_share_one_scale_and_keep_the_smallest_visible() -> None:
    rows = [charts.Stack("blank", (("training", 900), ("public", 100))), charts.Stack("blurred", (("public", 1),))]
    markup = charts.stacks("Reasons", rows)
    assert widths(markup, "k k-training mark") == [90]
    assert widths(markup, "k k-public mark") == [10, 0.3]
    assert "<title>blank, training: 900</title>" in markup


def test_a_matrix_may_have_more_columns_than_rows() -> None:
    markup = charts.matrix("Votes", ["sad", "happy"], ["sad", "happy", "tied"], [[3, 1, 0], [0, 0, 0]])
    assert "<title>sad, voted happy: 1, 25.0\xa0% of sad</title>" in markup
    assert [mark.get("class") for mark in parsed(markup).iter("rect")] == [
        "right",
        "wrong",
        "wrong",
        "wrong",
        "right",
        "wrong",
    ]


def test_a_histogram_stacks_what_was_left_out_and_marks_thresholds() -> None:
    counts = np.zeros(64, int)
    counts[10:20] = 100
    scale = fit(LINEAR, counts, [("dark", 32.0)])
    markup = histograms.histogram("Brightness", scale, scale.cut(counts), scale.cut(np.eye(64, dtype=int)[12]))
    kept = [mark for mark in parsed(markup).iter("rect") if mark.get("class") == "k k-kept mark"]
    left = [
        float(mark.get("height", 0)) for mark in parsed(markup).iter("rect") if mark.get("class") == "k k-left mark"
    ]
    assert len(kept) == 10
    assert sorted(left) == [0] * 9 + [1.5]
    assert "threshold dark: 32" in markup
    assert "1,000 images kept, 1 left out" in markup
    assert "mean 48 to 52: 100 kept, 1 left out" in markup


def test_curves_compare_shares_not_counts() -> None:
    counts = np.zeros(64, int)
    counts[30:34] = (1, 2, 2, 1)
    scale = fit(LINEAR, counts, [])
    markup = histograms.curves("By split", scale, [
        histograms.Curve("training", scale.cut(counts * 500)), histograms.Curve("public", scale.cut(counts))
    ])  # fmt: skip
    first, second = re.findall(r' d="([^"]+)"', markup)
    assert first == second
    assert "training 3,000 images; public 6 images" in markup


@given(
    st.sampled_from([LINEAR, LOG]),
    st.dictionaries(st.integers(0, 63), st.integers(1, 5), max_size=6),
    st.lists(st.floats(1, 250), max_size=2),
)
def test_all_that_was_counted_is_in_view(axis: Axis, filled: dict[int, int], limits: list[float]) -> None:
    counts = np.zeros(len(axis.edges) - 1, int)
    counts[list(filled)] = list(filled.values())
    scale = fit(axis, counts, [(f"t{n}", value) for n, value in enumerate(limits)])
    assert 0 <= scale.first < scale.last <= len(counts)
    assert len(scale) >= 12
    assert sum(scale.cut(counts)) == counts.sum()
    places = [x for _, x in scale.ticks()]
    assert places == sorted(places)
    assert all(-0.01 <= x <= 100.01 for x in places)
    assert all(0 <= x <= 100 for *_, x in scale.marks())
    parsed(histograms.histogram("x", scale, scale.cut(counts), scale.cut(counts)))


def test_values_lie_where_their_bin_does() -> None:
    scale = Scale(LINEAR, 16, 32)
    assert scale.across(64) == pytest.approx(0)
    assert scale.across(96) == pytest.approx(50)
    assert scale.said(0) == "mean 64 to 68"
    assert Scale(LOG, 0, 10).across(float(LOG.edges[5])) == pytest.approx(50)


def test_a_single_size_still_has_ticks() -> None:
    counts = np.zeros(len(LOG.edges) - 1, int)
    counts[27] = 9
    assert len(fit(LOG, counts, []).ticks()) >= 2


@given(st.text(max_size=20), st.integers(0, 9))
def test_no_text_breaks_out_of_a_chart(text: str, n: int) -> None:
    text = "".join(one for one in text if one.isprintable())
    for markup in (
        charts.classes(text, [charts.Bar(text, n, n, n)]),
        charts.stacks(text, [charts.Stack(text, ((text, n),))]),
        charts.matrix(text, [text], [text], [[n]]),
    ):
        assert text in "".join(parsed(markup).itertext())
