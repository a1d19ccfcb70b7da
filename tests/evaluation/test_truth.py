"""Which images count, and as what, by votes that are written down here."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_answers import CARD, votes

from tasks.dataset import Split
from tasks.errors import ParamsError, SourceError
from tasks.evaluation import truth
from tasks.params import Normalise
from tasks.schema import EMOTIONS, UNKNOWN

VOTED = replace(CARD, truth="votes")


ROWS = votes(
    {"happy": 10},
    {"sad": 5, "neutral": 4, "unknown": 1},  # exactly half
    {"sad": 4, "neutral": 3, "fear": 3},
    {"sad": 5, "neutral": 5},
    {"contempt": 6, "neutral": 4},
    {"unknown": 4, "neutral": 3, "sad": 3},  # neither half nor an emotion: its choice is the reason
    {"not_a_face": 10},
    {},
    {"angry": 1},
)


def test_each_image_counts_or_is_left_out_for_one_reason() -> None:
    found = truth.by_votes(ROWS)
    happy, sad, angry = (EMOTIONS.index(name) for name in ("happy", "sad", "angry"))
    assert found.labels.tolist() == [happy, sad, *[UNKNOWN] * 6, angry]
    assert found.left_out == {
        "no_votes": 1, "tied": 1, "contempt": 1, "unknown": 1, "not_a_face": 1, "under_half": 1,
    }  # fmt: skip
    assert found.counts.tolist() == [True, True, *[False] * 6, True]
    assert next(iter(found.left_out)) == "no_votes"


def test_all_left_out_is_refused_with_the_reasons() -> None:
    with pytest.raises(SourceError, match=r"of 2 images not one counts: no_votes 1, tied 1"):
        truth.of("votes", np.zeros(2, np.int64), ROWS[[3, 7]])


def test_labels_are_the_truth_where_votes_are_not() -> None:
    labels = np.array([0, 6])
    found = truth.of("labels", labels, ROWS[:2])
    assert (found.name, found.left_out) == ("labels", {})
    assert found.labels is labels and found.counts.all()


@pytest.mark.parametrize(
    ("wanted", "card", "known", "name"),
    [
        ("auto", VOTED, True, "votes"),
        ("auto", VOTED, False, "labels"),
        ("auto", CARD, True, "labels"),
        ("labels", VOTED, True, "labels"),
        ("votes", CARD, True, "votes"),
    ],
)
def test_auto_is_votes_for_a_model_that_learnt_them(wanted: Any, card: Any, known: bool, name: str) -> None:
    assert truth.named(wanted, card, ROWS if known else None) == name
    assert truth.named(wanted, card, ROWS if known else np.zeros_like(ROWS)) == name


def test_votes_that_nobody_gave_are_refused() -> None:
    for nothing in (None, np.zeros_like(ROWS)):
        with pytest.raises(ParamsError, match=r"evaluate\.truth: votes, and nobody voted.*data\.votes"):
            truth.named("votes", CARD, nothing)


def test_a_split_keeps_what_counts() -> None:
    size = len(ROWS)
    split = Split(
        name="public", images=np.arange(size, dtype=np.uint8)[:, None, None] + np.zeros((1, 4, 4), np.uint8),
        labels=np.zeros(size, np.int64), keys=[str(at) for at in range(size)], groups=["g"] * size,
        folds=np.arange(size, dtype=np.int8), votes=ROWS, copies=np.zeros(size, np.bool_), digest="d",
        normalise=Normalise(),
    )  # fmt: skip
    assert truth.judged(split, "labels") is split
    found = truth.judged(split, "votes")
    assert found.keys == ["0", "1", "8"]
    assert found.labels.tolist() == [EMOTIONS.index(name) for name in ("happy", "sad", "angry")]
    assert found.images[:, 0, 0].tolist() == found.folds.tolist() == [0, 1, 8]
    assert (found.votes == ROWS[[0, 1, 8]]).all()
