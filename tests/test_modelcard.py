import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_answers import CARD, made_answers

from flows.cli import card as command
from tasks import bundle, files, modelcard
from tasks.errors import UsageError
from tasks.evaluation.result import Gap, metrics
from tasks.params import Evaluate

KNOWN = dataclasses.replace(CARD, precision="int8", parity_accuracy=-0.004, latency_ms=1.5, faces_per_second=1000.0)


def test_a_card_holds_the_figures_and_what_the_model_is_not_for() -> None:
    answers = made_answers()
    found = metrics(answers, KNOWN, Evaluate(robustness=True, resamples=50), "public", "abc", Gap(10, 9))
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
    text = modelcard.markdown(KNOWN, metrics(answers, KNOWN, Evaluate(resamples=0), "public", "abc"))
    assert "| rare | 3 | too few | |" in text
    assert "nothing more was noted" in text


def test_the_command_refuses_figures_of_another_model(tmp_path: Path) -> None:
    bundle.write_card(tmp_path, KNOWN)
    found = metrics(made_answers(), KNOWN, Evaluate(resamples=0), "public", "abc")
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
