"""FER-2013's PublicTest and FER+'s votes about it: which images count, and the shipped model's figures."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import judging
from tasks import bundle, files, votes
from tasks.evaluation import raw, result, verdict
from tasks.evaluation.answers import Answers, joined
from tasks.locate import REFERENCE
from tasks.params import Data, Evaluate, Params, Votes
from tasks.sources import SOURCES

ROOT = Path(__file__).parents[2]
ZIP = ROOT / "../shared/data/fer2013/fer2013.zip"
FERPLUS = ROOT / "../shared/data/ferplus"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (ZIP.is_file() and FERPLUS.is_dir()), reason="../shared/data has no FER-2013 or no FER+"),
]


@pytest.fixture(scope="module")
def answers() -> Answers:
    """What the shipped model says of PublicTest, read chunk by chunk as workers do, with the votes."""
    folder = ROOT / REFERENCE
    task = replace(judging.task(Params(), folder, bundle.read_card(folder)), split="public")
    planned = SOURCES["class-folders"].plan(Data(source="class-folders", path=str(ZIP)), judging.ROWS)
    chunks = [one for one in planned.chunks if any(member.split == "public" for member in one.members)]
    found = joined([raw.answer((chunk,), task) for chunk in chunks])
    overlay = votes.load(Votes(kind="ferplus", path=str(FERPLUS), join=str(FERPLUS)))
    assert overlay is not None
    return replace(found, votes=judging.voted(overlay, found.keys, "public"))


def test_who_counts_and_what_the_word_is_worth(answers: Answers) -> None:
    """Counted apart from Fermata, with csv and a loop: 3,579 images have a row, of 3,172 the majority is clear."""
    card = bundle.read_card(ROOT / REFERENCE)
    params = Evaluate(truth="votes", resamples=0)
    found = result.metrics(verdict.reach(answers, card, params), params, "public", "")
    assert found["truth"] == "votes"
    assert found["images"] == found["votes"]["images"] == 3172
    assert found["votes"]["left_out"] == {
        "no_votes": 10, "tied": 157, "contempt": 24, "unknown": 25, "not_a_face": 1, "under_half": 200,
    }  # fmt: skip
    assert found["accuracy"] == found["votes"]["accuracy"]
    assert found["votes"]["word"]["images"] == 3589
    assert found["votes"]["word"]["agreement_with_majority"] == pytest.approx(0.6753, abs=1e-4)
    assert found["votes"]["baseline_cross_entropy"] == pytest.approx(1.656, abs=1e-3)
    assert found["votes"]["agreement_of_best_constant"] == pytest.approx(0.3439, abs=1e-4)
    assert found["votes"]["agreement_of_majority"] == pytest.approx(0.8023, abs=1e-4)
    assert found["votes"]["cross_entropy"] < found["votes"]["baseline_cross_entropy"]


def test_its_figures_are_those_beside_it(answers: Answers) -> None:
    told = files.read_json(ROOT / REFERENCE / "metrics.json")
    card = bundle.read_card(ROOT / REFERENCE)
    prior = told["prior"]["asked"] if "prior" in told else "everyday"
    params = Evaluate.model_validate({"truth": told.get("truth", "labels"), "prior": prior, "resamples": 0})
    found = result.metrics(verdict.reach(answers, card, params), params, "public", "")
    assert found["images"] == told["images"]
    # Kernels of another processor may round another way.
    assert found["accuracy"] == pytest.approx(told["tta"]["accuracy_without"], abs=0.003)
