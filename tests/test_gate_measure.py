"""What the gate knows of a model: by votes or words, under a prior, on the images that count."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_answers import CARD, answered, two, votes

from tasks import bundle, dataset
from tasks.dataset import Split
from tasks.errors import ParamsError
from tasks.evaluation import truth
from tasks.gate import measure
from tasks.params import Normalise
from tasks.schema import EMOTIONS, REJECTS

HAPPY, SAD = (EMOTIONS.index(name) for name in ("happy", "sad"))
EVEN = dict.fromkeys(EMOTIONS, 1 / 7)
VOTES = votes({"happy": 10}, {"sad": 9, "happy": 1}, {"unknown": 10})
LABELS = np.array([HAPPY, HAPPY, SAD])
SPLIT = Split(
    name="public", images=np.zeros((3, 48, 48), np.uint8), labels=LABELS, keys=["a", "b", "c"], groups=["g"] * 3,
    folds=np.zeros(3, np.int8), votes=VOTES, copies=np.zeros(3, np.bool_), digest="d", normalise=Normalise(),
)  # fmt: skip
ROWS = [[*two(HAPPY, 0.9, SAD), 0, 0, 1], [*two(HAPPY, 0.6, SAD), 0, 0, 1], [*two(SAD, 0.9, HAPPY), 1, 1, 1]]
ANSWERS = answered(ROWS, LABELS.tolist())


def test_a_model_is_judged_by_the_votes_on_what_counts(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, replace(CARD, prior=EVEN, rejects=list(REJECTS), temperature=1.0))
    by_votes = truth.of("votes", LABELS, VOTES)
    found = measure.evidence(tmp_path, ANSWERS, SPLIT, None, None, by_votes, "uniform")
    assert (found.metrics["images"], found.metrics["accuracy"], found.metrics["truth"]) == (2, 0.5, "votes")
    assert found.predicted.tolist() == [HAPPY, HAPPY]
    sad = dict.fromkeys(EMOTIONS, 0.1) | {"sad": 0.4}
    weighed = measure.evidence(tmp_path, ANSWERS, SPLIT, None, None, by_votes, sad)
    assert weighed.predicted.tolist() == [HAPPY, SAD]
    by_word = measure.evidence(tmp_path, ANSWERS, SPLIT, None, None, truth.of("labels", LABELS, VOTES), "uniform")
    assert (by_word.metrics["images"], by_word.metrics["accuracy"]) == (3, 1.0)


def test_a_model_of_unknown_prior_keeps_it_or_is_refused(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, CARD)
    words = truth.of("labels", LABELS, None)
    assert measure.evidence(tmp_path, ANSWERS, SPLIT, None, None, words, "everyday").metrics["accuracy"] == 1.0
    with pytest.raises(ParamsError, match="doesn't say under which class shares"):
        measure.evidence(tmp_path, ANSWERS, SPLIT, None, None, words, "uniform")


def test_emotions_are_compared_and_not_rejects() -> None:
    other = ANSWERS.raw.copy()
    other[:, 7:] = 5.0
    found = measure.compared(ANSWERS.raw, other)
    assert (found.disagreement, found.images) == (0.0, 3)


def test_the_ground_is_what_counts(prepared_folder: Path, tmp_path: Path) -> None:
    split = dataset.load(prepared_folder, "public", augmented=False)
    size = len(split.labels)
    answers = replace(
        answered([two(HAPPY, 0.9, SAD)] * size, split.labels.tolist()), hashes=np.zeros((size, 32), np.uint8)
    )
    given = np.zeros((size, 10), np.int16)
    given[: size - 2, SAD] = 10
    ground = measure.ground(prepared_folder, split, answers, (), tmp_path, truth.of("votes", split.labels, given))
    assert ground.labels.tolist() == [SAD] * (size - 2)
    assert ground.digest == split.digest
    assert {len(names) for names in ground.slices.values()} == {size - 2}
    assert set(ground.slices["class"]) == {"sad"}
