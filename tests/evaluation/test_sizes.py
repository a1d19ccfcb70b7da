"""Faces made smaller, and what becomes of their labels."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_answers import CARD, answered, two

from tasks.evaluation.answers import Copies
from tasks.evaluation.coverage import labelled, shares, variation
from tasks.evaluation.sizes import SIDES, by_size, reduced
from tasks.schema import EMOTIONS

HAPPY, SAD = (EMOTIONS.index(name) for name in ("happy", "sad"))
FACES = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)


def test_a_face_is_averaged_down_and_enlarged() -> None:
    found = reduced(FACES, 12)
    assert found.shape == FACES.shape
    small = cv2.resize(FACES[1], (12, 12), interpolation=cv2.INTER_AREA)
    assert (small == np.rint(FACES[1].reshape(12, 4, 12, 4).mean(axis=(1, 3))).astype(np.uint8)).mean() > 0.9
    assert (found[1] == cv2.resize(small, (48, 48), interpolation=cv2.INTER_LINEAR)).all()
    assert reduced(FACES, 48) is FACES
    colour = np.stack([FACES] * 3, axis=-1)
    assert reduced(colour, 16).shape == colour.shape


def test_what_gets_a_label_is_counted() -> None:
    probabilities = np.array([two(HAPPY, 0.9, SAD), two(HAPPY, 0.5, SAD), two(SAD, 0.8, HAPPY)], np.float32)
    found = labelled(probabilities, np.array([HAPPY, HAPPY, HAPPY]), 0.6)
    assert found["labelled"] == pytest.approx(2 / 3)
    assert found["accuracy_labelled"] == 0.5
    assert (found["shares"]["happy"], found["shares"]["sad"], found["shares"]["fear"]) == (0.5, 0.5, 0.0)
    nothing = labelled(probabilities, np.array([HAPPY] * 3), 0.95)
    assert nothing == {"labelled": 0.0, "accuracy_labelled": None, "shares": None}


def test_total_variation_is_half_of_all_that_moved() -> None:
    first, second = shares(np.array([HAPPY, HAPPY, SAD, SAD])), shares(np.array([HAPPY, SAD, SAD, SAD]))
    assert variation(first, second) == pytest.approx(0.25)
    assert variation(first, first) == 0
    assert variation(first, None) is None
    assert variation(dict.fromkeys(EMOTIONS, 0.0) | {"happy": 1.0}, dict.fromkeys(EMOTIONS, 0.0) | {"sad": 1.0}) == 1


def test_every_size_has_its_row() -> None:
    raw = np.array([two(HAPPY, 0.9, SAD), two(HAPPY, 0.7, SAD)], np.float32)
    answers = answered(raw.tolist(), [HAPPY, SAD])
    card = replace(CARD, temperature=1.0)
    assert by_size(answers, card, None, 0.0) is None
    columns = np.repeat(raw[:, None], len(SIDES), axis=1)
    columns[1, -1] = two(SAD, 0.6, HAPPY)
    found = by_size(replace(answers, reduced=Copies(columns, np.ones((2, len(SIDES)), np.float32))), card, None, 0.65)
    assert found is not None
    assert [row["side"] for row in found] == [48, 32, 24, 20, 16, 12]
    assert [row["accuracy"] for row in found] == [0.5] * 5 + [1.0]
    assert [row["labelled"] for row in found] == [1.0] * 5 + [0.5]
    assert [row["accuracy_labelled"] for row in found] == [0.5] * 5 + [1.0]
    assert [row["variation_of_all"] for row in found] == [0.0] * 5 + [0.5]
    assert [row["variation"] for row in found] == [0.0] * 6  # all labels are happy
    assert found[0]["ece"] == pytest.approx((0.1 + 0.7) / 2, abs=1e-6)
    assert found[-1]["abstention"]["accuracy_at"] == {"0.9": 1.0, "0.8": 1.0, "0.5": 1.0}
