import pytest
from click.testing import CliRunner

from flows.cli.score import command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--every", "2", "--fps", "1"], "--every and --fps exclude each other"),
        (["--every", "2", "--sampling", "adaptive"], "--every and --sampling adaptive exclude each other"),
        (["--fps", "2", "--sampling", "keyframes"], "--fps and --sampling keyframes exclude each other"),
        (["--sampling", "often"], "'keyframes', 'adaptive'"),
    ],
)
def test_options_that_contradict_each_other(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(command, ["media", "--out", "labels", *arguments])
    assert done.exit_code == 2
    assert said in done.output
