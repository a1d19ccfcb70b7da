"""What the ensemble's command refuses, and what it says of members that are known."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from made_answers import CARD

from flows import ensemble as flow
from flows.cli import ensemble as cli
from tasks import dataset
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.params import Params


@pytest.mark.parametrize(
    ("models", "split", "said"),
    [
        (["a"], "validation", "two or more models, each once. Received: a"),
        (["a", "b", "a"], "validation", "each once. Received: a, b, a"),
        ([], "validation", "Received: none"),
        (["a", "b"], "public", "members are judged on 'public'.* such as 'validation'"),
        (["a", "b"], "training", "members are trained on 'training'"),
    ],
)
def test_what_gives_no_honest_figures_is_refused(models: list[str], split: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        flow.check(Params(), models, split)


def test_members_and_ensemble_are_judged_on_both_splits(prepared_folder: Path) -> None:
    splits = [dataset.load(prepared_folder, name, augmented=False) for name in ("validation", "public")]

    def member(split: Split, wrong: float) -> npt.NDArray[np.float32]:
        """Right but for the first ``wrong`` of the faces."""
        said = np.where(np.arange(len(split.labels)) < wrong * len(split.labels), (split.labels + 1) % 7, split.labels)
        return np.eye(7, dtype=np.float32)[said]

    seen = [(np.stack([member(split, 1.0), member(split, 0.0)]), split) for split in splits]
    found: dict[str, Any] = flow.summarise(["bad", "good"], np.array([0.0, 1.0]), seen)
    assert [one["public"]["accuracy"] for one in found["members"]] == [0.0, 1.0]
    assert (found["chosen_on"], found["judged_on"], found["teachers"]) == ("validation", "public", ["good"])
    assert found["ensemble"]["validation"]["accuracy"] == found["ensemble"]["public"]["accuracy"] == 1.0
    shown = cli.lines(found)
    assert shown[0].split() == ["accuracy", "weight", "validation", "public"]
    assert shown[1].split() == ["bad", "0.00", "0.0000", "0.0000"]
    assert shown[-1] == "To distil it: --set 'train.distil.teachers=[\"good\"]'"


def test_members_that_all_learnt_votes_are_judged_by_them(prepared_folder: Path) -> None:
    split = dataset.load(prepared_folder, "public", augmented=False)
    voted = replace(split, votes=np.eye(10, dtype=np.int16)[(split.labels + 1) % 7] * 10)
    learnt = replace(CARD, truth="votes")
    assert flow.true(split, [learnt, learnt], Params()) is split
    assert flow.true(voted, [learnt, CARD], Params()) is voted
    assert (flow.true(voted, [learnt, learnt], Params()).labels == (split.labels + 1) % 7).all()
