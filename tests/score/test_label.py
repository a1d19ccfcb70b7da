import numpy as np
import pyarrow as pa
import pytest
from made_job import face_row

from tasks.schema import EMOTIONS, FACES
from tasks.score import label
from tasks.score.abstain import Rule

P = np.array([[0.1, 0.0, 0.0, 0.6, 0.3, 0.0, 0.0], [0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.0]], np.float32)


def test_faces_get_what_the_network_says_and_keep_the_rest() -> None:
    faces = pa.Table.from_pylist([face_row("a"), face_row("b", x=7.0)], schema=FACES)
    found = label.labelled(faces, P, Rule(0.4), model_version="emotion v2")
    found.validate(full=True)
    assert found.schema.equals(FACES)
    assert found["emotion"].to_pylist() == ["happy", "angry"]
    assert found["abstained"].to_pylist() == [False, True]
    assert found["confidence"].to_pylist() == pytest.approx([0.6, 0.3])
    assert np.array_equal(np.stack([found[f"p_{emotion}"].to_numpy() for emotion in EMOTIONS], axis=1), P)
    assert found["model_version"].to_pylist() == ["emotion v2"] * 2
    assert found["run_id"].to_pylist() == ["run-1"] * 2
    assert found["x"].to_pylist() == [1.0, 7.0]


def test_a_confidence_that_float32_cannot_hold_is_compared_as_it_is_stored() -> None:
    """0.4 in float32 is over 0.4: it is no abstention, as it wasn't when faces were labelled one by one."""
    p = np.array([[0.4, 0.2, 0.2, 0.2, 0, 0, 0]], np.float32)
    assert label.columns(p, Rule(0.4))["abstained"].to_pylist() == [False]
    assert label.columns(p, Rule(float(np.float32(0.4)) + 1e-12))["abstained"].to_pylist() == [True]


def test_no_faces_have_no_labels() -> None:
    assert len(label.labelled(FACES.empty_table(), np.empty((0, 7), np.float32), Rule(0.4), run_id="x")) == 0


def test_keys_tell_faces_apart() -> None:
    rows = [face_row("a"), face_row("a", face=1), face_row("a", frame=1), face_row("a", member="m"), face_row("b")]
    assert len(set(label.keys(pa.Table.from_pylist(rows, schema=FACES)).to_pylist())) == len(rows)
