import json

import numpy as np
import pytest

from tasks.evaluation.slices import bands, rows, slices
from tasks.params import Slices


def test_groups_by_hand() -> None:
    labels = np.array([0] * 30 + [3] * 30 + [3] * 5)
    predicted = np.array([0] * 24 + [3] * 6 + [3] * 30 + [0] * 5)
    found = rows(["a"] * 30 + ["b"] * 30 + ["c"] * 5, predicted, labels, 20, 0.95)
    first, second, small = found
    assert (first["group"], first["count"], first["accuracy"]) == ("a", 30, pytest.approx(0.8))
    assert first["interval"][0] < 0.8 < first["interval"][1]
    assert first["macro_f1"] == pytest.approx(2 * 24 / (30 + 24))
    assert (second["accuracy"], second["macro_f1"]) == (1, 1)
    assert small == {"group": "c", "count": 5, "suppressed": True}


def test_all_groups_small_and_too_many_groups() -> None:
    few = rows(["a", "b"], np.array([0, 1]), np.array([0, 1]), 20, 0.95)
    assert [one["suppressed"] for one in few] == [True, True]
    names = [f"s{number:03d}" for number in range(150)] * 2
    many = rows(names, np.zeros(300, np.int64), np.zeros(300, np.int64), 1, 0.95)
    assert len(many) == 101
    assert many[-1] == {"group": "(50 more)", "count": 100, "suppressed": True}


def test_bands() -> None:
    assert bands("resolution", np.array([20, 48, 47, 4000], np.float32)) == [
        "1: under 32", "3: from 48", "2: from 32", "6: from 256"]  # fmt: skip
    assert bands("yaw", np.array([-40, 10, np.nan], np.float32)) == ["3: from 30", "1: under 15", "unknown"]
    quarters = bands("brightness", np.arange(100, dtype=np.float32))
    assert [quarters.count(name) for name in sorted(set(quarters))] == [25, 25, 25, 25]
    assert set(bands("sharpness", np.full(9, 2.0, np.float32))) == {"2: from 2"}
    assert bands("sharpness", np.full(2, np.nan, np.float32)) == ["unknown", "unknown"]


def test_slices_add_up_and_are_json() -> None:
    random = np.random.default_rng(1)
    labels, predicted = random.integers(0, 7, (2, 200))
    found = slices(
        {"brightness": random.random(200).astype(np.float32)},
        {"camera": ["x", ""] * 100},
        predicted,
        labels,
        Slices(),
        0.9,
    )
    assert set(found) == {"class", "brightness", "camera"}
    assert {sum(row["count"] for row in group) for group in found.values()} == {200}
    assert [row["group"] for row in found["camera"]] == ["(none)", "x"]
    json.dumps(found, allow_nan=False)
