import cv2
import numpy as np
import pytest
from prepared_faces import face, png

from tasks.evaluation.raw import Subject, examine
from tasks.params import Normalise, Prepare
from tasks.prepare.stage import Detector
from tasks.sources.source import Record

NONE: Detector = ("", "")


def test_any_picture_becomes_what_the_model_takes() -> None:
    colour = cv2.merge([face(1, 100), face(2, 100), face(3, 100)])
    wanted = Prepare(normalise=Normalise(size=64, lighting="equalise"))
    found = examine(Record("a", "test", 3, png(colour[:80]), group="s1"), wanted, NONE)
    assert isinstance(found, Subject)
    assert found.face.shape == found.unlit.shape == (64, 64)
    assert (found.face != found.unlit).any()
    assert (found.resolution, found.group, found.label) == (80, "s1", 3)


def test_nothing_is_cleaned_away() -> None:
    blank = np.full((9, 9), 3, np.uint8)
    found = examine(Record("a", "test", 3, pixels=blank), Prepare(), NONE)
    assert isinstance(found, Subject)
    assert found.face.shape == (48, 48)


@pytest.mark.parametrize(
    ("record", "reason", "detail"),
    [
        (Record("a", "test", 3, b"no picture"), "undecodable", "not a picture"),
        (Record("a", "test", 3, png(face(1, 48))[:300]), "undecodable", ""),
        (
            Record("a", "test", -1, png(face(1)), error="label 'x'", reason="unknown_label"),
            "unknown_label",
            "label 'x'",
        ),
        (Record("a", "test", 3, png(face(1, 200))), "too_large", "40,000 pixels"),
    ],
)
def test_failures_have_reasons(record: Record, reason: str, detail: str) -> None:
    wanted = Prepare()
    wanted = wanted.model_copy(update={"clean": wanted.clean.model_copy(update={"pixels": 10_000})})
    found = examine(record, wanted, NONE)
    assert not isinstance(found, Subject)
    assert (found.key, found.label, found.reason) == ("a", record.label, reason)
    assert detail in found.detail
