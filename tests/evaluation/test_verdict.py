"""Answers whose probabilities under another prior are worked out by hand."""

import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from made_answers import CARD, answered, made_answers, two, votes

from tasks import bundle, files
from tasks.calibrate import soften
from tasks.errors import ParamsError
from tasks.evaluation import posterior, shares
from tasks.evaluation.answers import Copies
from tasks.evaluation.calibration import calibration
from tasks.evaluation.rejected import rejected
from tasks.evaluation.result import metrics
from tasks.evaluation.verdict import gap, reach
from tasks.evaluation.voters import voted
from tasks.params import Evaluate
from tasks.prior import EVERYDAY
from tasks.quality import Fitted
from tasks.schema import EMOTIONS, REJECTS

EVEN = dict.fromkeys(EMOTIONS, 1 / 7)
ANGRY, HAPPY, SAD = (EMOTIONS.index(name) for name in ("angry", "happy", "sad"))
UNTEMPERED = replace(CARD, temperature=1.0)


def test_given_shares_weigh_the_evidence() -> None:
    known = replace(UNTEMPERED, prior=EVEN)
    answers = answered([two(ANGRY, 0.6, HAPPY), two(ANGRY, 0.9, HAPPY)], [HAPPY, HAPPY])
    given = dict.fromkeys(EMOTIONS, 0.1) | {"angry": 0.1, "happy": 0.4}
    verdict = reach(answers, known, Evaluate(prior=given))
    # odds 0.6 : 0.4 * 4 and 0.9 : 0.1 * 4
    assert verdict.probabilities[:, ANGRY] == pytest.approx([0.6 / 2.2, 0.9 / 1.3], abs=1e-4)
    found = metrics(verdict, Evaluate(prior=given, resamples=0), "x", "y")
    assert found["accuracy"] == 0.5
    assert found["prior"]["name"] == found["prior"]["asked"] == "given"
    assert found["prior"]["shares"]["happy"] == pytest.approx(0.4, abs=1e-3)
    assert found["calibration"]["before"]["nll"] == pytest.approx(
        -(math.log(1.6 / 2.2) + math.log(0.4 / 1.3)) / 2, abs=1e-3
    )


def test_the_temperature_comes_last() -> None:
    known = replace(CARD, prior=EVEN, temperature=2.0)
    answers = answered([two(ANGRY, 0.6, HAPPY)], [HAPPY])
    given = dict.fromkeys(EMOTIONS, 0.1) | {"happy": 0.4}
    verdict = reach(answers, known, Evaluate(prior=given))
    odds = math.sqrt(0.4 * 4 / 0.6)
    assert verdict.probabilities[0, HAPPY] / verdict.probabilities[0, ANGRY] == pytest.approx(odds, rel=1e-4)
    whole = made_answers()
    reached = reach(whole, known, Evaluate(prior="uniform"))
    found = metrics(reached, Evaluate(prior="uniform", resamples=0), "x", "y")
    assert found["calibration"]["after"]["nll"] == pytest.approx(found["nll"], rel=1e-5)
    assert found["calibration"]["temperature"] == 2.0
    assert found["calibration"]["cross_fitted"]["temperatures"] == pytest.approx([2, 2], abs=0.8)


def test_a_model_that_does_not_say_its_prior_answers_as_it_always_did() -> None:
    answers = made_answers()
    verdict = reach(answers, CARD, Evaluate())
    logits = np.log(np.maximum(answers.raw.astype(np.float64), 1e-12)) / 2
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(verdict.probabilities, expected, atol=1e-6)
    assert (verdict.prior.name, verdict.prior.shares) == ("trained", None)
    told = shares.told(verdict.prior, "everyday", CARD)
    assert told == {"asked": "everyday", "name": "trained", "shares": None, "interval": None}
    with pytest.raises(ParamsError, match="doesn't say under which class shares"):
        reach(answers, CARD, Evaluate(prior="uniform"))


def test_everyday_is_the_default() -> None:
    verdict = reach(made_answers(), replace(CARD, prior=EVEN), Evaluate())
    told = shares.told(verdict.prior, "everyday", verdict.card)
    assert told["shares"] == pytest.approx(EVERYDAY, abs=1e-4)
    assert told["interval"] is None


def test_an_estimate_finds_the_shares_of_the_faces_themselves() -> None:
    random = np.random.default_rng(2)
    labels = np.repeat([ANGRY, HAPPY], [300, 700])
    right = random.random(1000) < 0.9
    rows = [two(label, 0.9 if ok else 0.1, ANGRY + HAPPY - label) for label, ok in zip(labels, right, strict=True)]
    verdict = reach(answered(rows, labels.tolist()), replace(UNTEMPERED, prior=EVEN), Evaluate(prior="estimate"))
    told = shares.told(verdict.prior, "estimate", verdict.card)
    assert told["name"] == "estimate"
    assert told["shares"]["happy"] == pytest.approx(0.7, abs=0.04)
    low, high = told["interval"]["happy"]
    assert low < 0.7 < high and high - low < 0.15


def test_reject_outputs_name_no_emotion() -> None:
    card = replace(UNTEMPERED, prior=EVEN, rejects=list(REJECTS))
    rows = [[*two(HAPPY, 0.9, SAD), 0.99, 1.0, 1.0], [*two(SAD, 0.8, HAPPY), 0.01, 0.0, 0.5]]
    answers = replace(answered(rows, [HAPPY, SAD]), votes=votes({"unknown": 9, "sad": 1}, {"sad": 10}))
    verdict = reach(answers, card, Evaluate(prior="uniform"))
    assert verdict.probabilities.shape == (2, 7)
    assert (verdict.probabilities.argmax(axis=1) == verdict.answers.labels).all()
    assert rejected(verdict) == {
        "images": 2,
        "mean": pytest.approx({"unreadable": 0.5, "covered": 0.5, "not_a_face": 0.75}),
        "unreadable_roc_auc": 1.0,
    }
    alone = rejected(reach(answers.at(np.array([False, True])), card, Evaluate(prior="uniform")))
    assert alone is not None and alone["unreadable_roc_auc"] is None
    assert rejected(reach(made_answers(), CARD, Evaluate())) is None


def test_the_truth_of_votes_and_that_of_labels() -> None:
    card = replace(UNTEMPERED, prior=EVEN, truth="votes")
    answers = replace(
        answered([two(HAPPY, 0.9, SAD), two(HAPPY, 0.8, SAD), two(SAD, 0.6, HAPPY)], [HAPPY, SAD, HAPPY]),
        votes=votes({"happy": 8, "sad": 2}, {"happy": 6, "sad": 4}, {"sad": 5, "happy": 5}),
    )
    params = Evaluate(prior="uniform", resamples=50)
    verdict = reach(answers, card, params)
    assert (verdict.truth.name, verdict.truth.left_out) == ("votes", {"tied": 1})
    found = metrics(verdict, params, "x", "y")
    assert (found["truth"], found["images"], found["accuracy"]) == ("votes", 2, 1.0)
    assert found["counts"]["left_out"] == 1
    by_word = metrics(reach(answers, replace(card, truth="labels"), params), params, "x", "y")
    assert (by_word["truth"], by_word["images"], by_word["accuracy"]) == ("labels", 3, pytest.approx(1 / 3))
    assert by_word["votes"] == found["votes"]  # whatever the truth
    told = found["votes"]
    assert (told["images"], told["left_out"], told["accuracy"], told["asked"]) == (2, {"tied": 1}, 1.0, 3)
    assert told["recall"]["happy"] == 1.0 and told["recall"]["sad"] is None
    assert told["intervals"]["accuracy"] == [1.0, 1.0]
    crossed = [0.8 * math.log(0.9) + 0.2 * math.log(0.1), 0.6 * math.log(0.8) + 0.4 * math.log(0.2),
               0.5 * math.log(0.4) + 0.5 * math.log(0.6)]  # fmt: skip
    assert told["cross_entropy"] == pytest.approx(-sum(crossed) / 3, abs=1e-4)
    happy = (0.8 + 0.6 + 0.5) / 3
    baseline = -(happy * math.log(happy) + (1 - happy) * math.log(1 - happy))
    assert told["baseline_cross_entropy"] == pytest.approx(baseline)
    least = [0.8 * math.log(0.8) + 0.2 * math.log(0.2), 0.6 * math.log(0.6) + 0.4 * math.log(0.4), math.log(0.5)]
    assert told["least_cross_entropy"] == pytest.approx(-sum(least) / 3)
    assert told["agreement_with_one_voter"] == pytest.approx((0.8 + 0.6 + 0.5) / 3)
    assert told["agreement_of_best_constant"] == pytest.approx(happy)
    assert told["agreement_of_majority"] == pytest.approx((0.8 + 0.6 + 0.5) / 3)
    assert told["word"] == {
        "images": 3, "accuracy": pytest.approx(1 / 3), "macro_recall": pytest.approx(0.25),
        "agreement_with_majority": 0.5,
    }  # fmt: skip


def test_a_voter_is_answered_for_without_the_temperature() -> None:
    answers = replace(answered([two(HAPPY, 0.8, SAD)], [HAPPY]), votes=votes({"happy": 8, "sad": 2}))
    for temperature in (1.0, 3.0):
        card = replace(CARD, temperature=temperature, prior=EVEN)
        told = voted(reach(answers, card, Evaluate(prior="uniform")), Evaluate(resamples=0))
        assert told is not None
        assert told["cross_entropy"] == pytest.approx(told["least_cross_entropy"], abs=1e-5)
    assert voted(reach(made_answers(), CARD, Evaluate()), Evaluate()) is None


def test_images_that_only_others_were_named_of_are_not_asked_about() -> None:
    answers = replace(answered([two(HAPPY, 0.8, SAD)] * 2, [HAPPY] * 2), votes=votes({"happy": 10}, {"not_a_face": 10}))
    told = voted(reach(answers, CARD, Evaluate()), Evaluate(resamples=0))
    assert told is not None
    assert (told["asked"], told["images"], told["left_out"]) == (1, 1, {"not_a_face": 1})


def test_small_and_blurred_pictures_are_answered_for_with_less_confidence() -> None:
    fitted = Fitted((0.0,) * 6, 0.0, (math.log(2), 0.0, 0.0, 0.0, 0.0, 0.0), 0.0, (0.0,) * 6)
    card = replace(UNTEMPERED, prior=EVEN, quality=fitted.told())
    answers = replace(
        answered([two(HAPPY, 0.8, SAD)] * 3, [HAPPY] * 3),
        measures={"resolution": np.array([48, 24, 12], np.float32), "yaw": np.array([0, 60, 60], np.float32)},
    )
    found = posterior.of_views(answers, card, None)
    odds = found[:, HAPPY] / found[:, SAD]  # 4 to the power of 1, 1/2, 1/4
    assert odds == pytest.approx([4, 2, 4**0.25], rel=1e-4)
    unknown = posterior.of_views(replace(answers, measures={}), card, None)
    assert unknown[:, HAPPY] == pytest.approx([0.8] * 3, abs=1e-4)
    copies = Copies(answers.raw[:, None], np.ones((3, 1), np.float32))
    reduced = posterior.of_copy(answers, copies, 0, card, None, side=24)
    assert reduced[:, HAPPY] / reduced[:, SAD] == pytest.approx([2, 2, 4**0.25], rel=1e-4)


def test_training_images_are_judged_by_the_same_truth() -> None:
    card = replace(UNTEMPERED, prior=EVEN, truth="votes")
    answers = replace(answered([two(HAPPY, 0.9, SAD)], [HAPPY]), votes=votes({"happy": 10}))
    trained = replace(
        answered([two(HAPPY, 0.9, SAD)] * 3, [SAD] * 3), votes=votes({"happy": 10}, {"sad": 9, "happy": 1}, {})
    )
    verdict = reach(answers, card, Evaluate())
    assert gap(trained, verdict) == (2, 1)
    assert gap(replace(trained, votes=None), verdict) is None
    assert gap(trained, reach(answers, card, Evaluate(truth="labels"))) == (3, 0)


def test_a_temperature_is_fitted_to_what_is_judged() -> None:
    answers = made_answers(2000)
    found = calibration(answers.raw, answers.labels, 2.0, 1)
    assert found["after"]["nll"] < found["before"]["nll"]
    assert found["cross_fitted"]["nll"] == pytest.approx(found["after"]["nll"], abs=0.01)


def test_a_bundle_of_version_4_says_neither_prior_nor_truth_and_answers_as_then(tmp_path: Path) -> None:
    fields = {
        name: value for name, value in asdict(CARD).items() if name not in ("prior", "rejects", "truth", "quality")
    }
    files.write_json(tmp_path / bundle.CARD, {"version": "4", **fields})
    card = bundle.read_card(tmp_path)
    assert (card.prior, card.rejects, card.truth, card.quality) == (None, [], "labels", None)
    answers = made_answers()
    verdict = reach(replace(answers, votes=np.ones((400, 10), np.int16)), card, Evaluate())
    assert verdict.truth.name == "labels"
    np.testing.assert_allclose(verdict.probabilities, soften(answers.raw, card.temperature), atol=1e-7)
