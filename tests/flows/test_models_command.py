"""fermata models: the figures, and what it says when it can't be done."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import models
from tasks.errors import ParamsError

pytestmark = pytest.mark.chain

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(models.command, ["--params", str(ROOT / "params.yaml"), *arguments])


def test_the_architectures_are_listed_with_their_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    # The default backbone's weights are ImageNet's: listing it doesn't fetch them.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nothing listens
    done = run("--size", "16", "--set", "model.widths=[8,16]", "--set", "model.architecture=student")
    assert done.exit_code == 0, done.output
    assert "16 x 16 pixels" in done.output
    rows = {line.split()[0]: line for line in done.output.splitlines() if line.count("MB") == 2}
    assert list(rows) == ["cnn4", "cnn5", "vgg", "resnet", "mini_xception", "student", "transfer"]
    assert [name for name, row in rows.items() if "*" in row] == ["student"]
    assert "49,927" in rows["mini_xception"]
    trainable, other, macs, float32, _, int8, _ = rows["student"].split()[2:]
    assert (trainable, other) == ("3,183", "384")
    assert float(float32) == pytest.approx(4 * (3_183 + 384) / 1e6, abs=0.005)
    assert 0 < float(macs) < 0.5
    assert 0 < float(int8) < 0.1
    assert "arXiv:1710.07557" in done.output


def test_the_help_shows_the_way() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "model.widths" in done.output


def test_what_cannot_be_listed() -> None:
    for key, said in (("model.stem=0", "model.stem"), ("model.architecture=vgg19", "vgg19")):
        error = run("--set", key).exception
        assert isinstance(error, ParamsError)
        assert said in str(error)
    for arguments in (["--size", "8"], ["nonsense"]):
        done = run(*arguments)
        assert done.exit_code == 2
        assert arguments[-1] in done.output
