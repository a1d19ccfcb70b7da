import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from made_answers import CARD, made_answers, made_verdict

from flows.cli import card as command
from tasks import bundle, files, modelcard
from tasks.errors import UsageError
from tasks.evaluation.answers import Copies
from tasks.evaluation.result import metrics
from tasks.evaluation.sizes import SIDES
from tasks.evaluation.verdict import Gap, reach
from tasks.params import Evaluate
from tasks.quality import Fitted
from tasks.schema import CHOICES, EMOTIONS, REJECTS

KNOWN = dataclasses.replace(CARD, precision="int8", parity_accuracy=-0.004, latency_ms=1.5, faces_per_second=1000.0)


def test_a_card_holds_the_figures_and_what_the_model_is_not_for() -> None:
    found = metrics(made_verdict(card=KNOWN), Evaluate(robustness=True, resamples=50), "public", "abc", Gap(10, 9))
    text = modelcard.markdown(KNOWN, found, "FER-2013, for research.\n")
    rows = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    low, high = found["intervals"]["accuracy"]
    assert rows["accuracy"] == f"| accuracy | {found['accuracy']:.4f} | {low:.3f} .. {high:.3f} |"
    assert f"{found['per_class']['fear']['recall']:.3f}" in rows["fear"]
    assert "-0.40 points" in text and "1,000 faces per second" in text
    assert {"left", "right"} <= set(rows) and "### By camera" in text
    assert "FER-2013, for research." in text and "Out of scope" in text
    assert f"accuracy under noise, mean of 5 severities | {found['robustness']['mean_by_kind']['noise']:.4f}" in text
    sections = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(sections) == len(set(sections)) == 6


def test_a_small_group_is_counted_and_not_judged() -> None:
    answers = dataclasses.replace(made_answers(), groups={"camera": ["rare"] * 3 + ["often"] * 397})
    verdict = reach(answers, KNOWN, Evaluate())
    text = modelcard.markdown(KNOWN, metrics(verdict, Evaluate(resamples=0), "public", "abc"))
    assert "| rare | 3 | too few | |" in text
    assert "nothing more was noted" in text


def test_the_command_refuses_figures_of_another_model(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, KNOWN)
    found = metrics(made_verdict(card=KNOWN), Evaluate(resamples=0), "public", "abc")
    arguments = ["--model", str(tmp_path), "--metrics", str(tmp_path / "metrics.json")]
    with pytest.raises(UsageError, match=r"metrics\.json' cannot be read"):
        CliRunner().invoke(command.command, arguments, catch_exceptions=False)
    files.write_json(tmp_path / "metrics.json", found | {"model_digest": "e" * 64})
    with pytest.raises(UsageError, match=r"is of another model \(eeeeeeeeeeee\)"):
        CliRunner().invoke(command.command, arguments, catch_exceptions=False)
    files.write_json(tmp_path / "metrics.json", ["no figures"])
    with pytest.raises(UsageError, match=r"is of another model \(None\)"):
        CliRunner().invoke(command.command, arguments, catch_exceptions=False)
    files.write_json(tmp_path / "metrics.json", found)
    done = CliRunner().invoke(command.command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert (tmp_path / "MODEL_CARD.md").read_text().startswith("# Model card: cnn5, dddddddddddd")


def test_a_card_says_truth_prior_protocol_rejects_and_quality() -> None:
    fitted = Fitted((0.0,) * 6, 0.1, (0.2,) + (0.0,) * 5, 1.0, (-0.5,) * 6)
    even = dict.fromkeys(EMOTIONS, 1 / 7)
    known = dataclasses.replace(KNOWN, prior=even, rejects=list(REJECTS), truth="votes", quality=fitted.told())
    answers = made_answers()
    votes = np.zeros((400, len(CHOICES)), np.int16)
    votes[np.arange(400), answers.labels] = 10
    votes[:4] = 0
    votes[0, CHOICES.index("unknown")] = 9
    votes[4:, CHOICES.index("contempt")] = 1
    raw = np.concatenate([answers.raw, np.full((400, 3), 0.25, np.float32)], axis=1)
    reduced = Copies(np.repeat(raw[:, None], len(SIDES), axis=1), np.ones((400, len(SIDES)), np.float32))
    answers = dataclasses.replace(answers, raw=raw, alone=raw, votes=votes, reduced=reduced)
    params = Evaluate(prior="estimate", resamples=20)
    found = metrics(reach(answers, known, params), params, "public", "abc", below=0.4)
    text = modelcard.markdown(known, found)
    assert "- **Learnt** what several people voted for." in text
    assert "unreadable, covered, not_a_face, each 0..1" in text
    assert "temperature of 1.105, whose logarithm changes with small +0.200" in text
    assert "Truth: the majority of people's votes. An image counts where" in text
    assert "Left out here: no_votes 3, unknown 1." in text
    assert "Prior: estimate (angry " in text and "Its intervals, 95%: angry " in text
    assert f"| accuracy by the majority of votes, 396 images | {found['votes']['accuracy']:.4f} |" in text
    assert (
        f"| agreement with one voter (of the best constant {found['votes']['agreement_of_best_constant']:.4f}" in text
    )
    assert "| mean of covered over 400 images | 0.2500 | |" in text
    assert "| accuracy at 12 pixels | " in text
    assert "| share that gets a label, from a confidence of 0.4 on | " in text


def test_figures_of_before_there_were_priors_still_make_a_card() -> None:
    found = metrics(made_verdict(card=KNOWN), Evaluate(resamples=0), "public", "abc")
    for name in ("truth", "prior", "coverage", "votes", "rejects"):
        del found[name]
    text = modelcard.markdown(KNOWN, found)
    assert "Truth:" not in text and "| accuracy | " in text
