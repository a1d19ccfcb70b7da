import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_folder import measures as measured_of
from made_folder import noise

from tasks.explore.measures import AXES, Measured, distance, quantiles
from tasks.explore.prepared import Prepared
from tasks.explore.scan import Scan
from tasks.params import Clean
from tasks.schema import MEASURES

MEAN = next(axis for axis in AXES if axis.name == "mean")
COUNTS = st.lists(st.integers(0, 30), min_size=4, max_size=4)


def test_each_measure_of_the_schema_has_an_axis_with_rising_edges() -> None:
    assert {axis.name for axis in AXES} == {*MEASURES, "side"}
    for axis in AXES:
        assert (np.diff(axis.edges) > 0).all()


def test_every_threshold_is_a_parameter_and_says_when_it_is_off() -> None:
    defaults = Clean().model_dump()
    limits = [limit for axis in AXES for limit in axis.limits]
    assert {limit.key for limit in limits} <= set(defaults)
    assert MEAN.thresholds({"dark": 12.0, "bright": 255.0}) == [("dark", 12.0)]
    assert MEAN.thresholds({}) == []


def test_all_rows_are_counted_once_and_without_pixels_not_at_all(scanned: Scan, prepared: Prepared) -> None:
    kept = prepared.manifest["kept"]
    for axis in AXES:
        assert scanned.measured.kept[axis.name].sum() == kept
    readable = sum(part.table["mean"].is_valid().to_pylist().count(True) for part in prepared.rejects.parts(["mean"]))
    assert scanned.measured.rejected["mean"].sum() == readable == 31
    assert scanned.measured.rejected["side"].sum() == 0


def test_values_fall_into_their_bins_and_outliers_into_the_ends() -> None:
    counted = Measured(1)
    values = {**measured_of(noise(1)), "mean": 0.0, "std": 500.0, "sharpness": -1.0, "two_tone": 1.0}
    table = {name: _Column(values[name]) for name in MEASURES} | {"width": _Column(60), "height": _Column(48)}
    counted.add_kept(np.array([0]), np.array([3]), table)
    places = {name: int(np.flatnonzero(counted.kept[name][0, 3])[0]) for name in counted.kept}
    sides = next(axis for axis in AXES if axis.name == "side").edges
    assert places | {"side": 0} == {"mean": 0, "std": 63, "sharpness": 0, "two_tone": 49, "side": 0}
    assert sides[places["side"]] <= 48 < sides[places["side"] + 1]


def test_quantiles_of_an_even_distribution() -> None:
    assert quantiles(np.full(10, 7), np.linspace(0, 100, 11), (0.05, 0.5, 0.95)) == pytest.approx([5, 50, 95])
    assert all(math.isnan(value) for value in quantiles(np.zeros(10, int), np.linspace(0, 1, 11), (0.1, 0.9)))


@given(COUNTS, COUNTS)
def test_distance_is_symmetric_and_bounded(one: list[int], other: list[int]) -> None:
    first, second = np.array(one), np.array(other)
    assert 0 <= distance(first, second) == distance(second, first) <= 1
    assert distance(first, first * 3) == pytest.approx(0)


def test_distance_is_the_largest_gap() -> None:
    assert distance(np.array([10, 0, 0]), np.array([0, 0, 5])) == 1
    assert distance(np.array([5, 5, 0]), np.array([0, 5, 5])) == pytest.approx(0.5)


class _Column:
    def __init__(self, value: float) -> None:
        self._value = value

    def to_numpy(self) -> np.ndarray:
        return np.array([self._value])
