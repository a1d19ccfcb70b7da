"""What `fermata evaluate` says in its line, and which parameters its options are."""

import json
from dataclasses import replace
from pathlib import Path

from made_answers import CARD, answered, two, votes

from flows.cli import evaluate as command
from flows.cli.options import override
from tasks import params
from tasks.evaluation.result import metrics
from tasks.evaluation.verdict import reach
from tasks.params import Evaluate
from tasks.schema import EMOTIONS

HAPPY, SAD = (EMOTIONS.index(name) for name in ("happy", "sad"))
EVEN = dict.fromkeys(EMOTIONS, 1 / 7)


def test_the_line_says_truth_prior_and_what_was_left_out() -> None:
    answers = replace(
        answered([two(HAPPY, 0.9, SAD)] * 4, [HAPPY] * 4),
        votes=votes({"happy": 10}, {"sad": 10}, {"unknown": 10}, {"happy": 5, "sad": 5}),
    )
    card = replace(CARD, prior=EVEN, truth="votes")
    asked = Evaluate(resamples=0)
    what, how = command._said(metrics(reach(answers, card, asked), asked, "public", ""))
    assert what == "2 images of public by votes, everyday prior, 2 left out"
    assert how.startswith("accuracy 0.500, macro F1 ")
    plain = Evaluate(truth="labels", prior="uniform", resamples=0)
    what, how = command._said(metrics(reach(answers, card, plain), plain, "public", ""))
    assert what == "4 images of public by labels, uniform prior"
    assert "accuracy 1.000" in how


def test_options_are_parameters(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("")
    named = override((), evaluate__truth="votes", evaluate__prior="estimate", evaluate__sizes=True)
    found = params.load(tmp_path / "params.yaml", named).evaluate
    assert (found.truth, found.prior, found.sizes) == ("votes", "estimate", True)
    flags = {option for one in command.command.params for option in one.opts}
    assert {"--truth", "--prior", "--sizes"} <= flags


def test_given_shares_are_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("")
    given = {emotion: float(at) for at, emotion in enumerate(EMOTIONS)}
    named = (f"evaluate.prior={json.dumps(given)}",)
    assert params.load(tmp_path / "params.yaml", named).evaluate.prior == given
