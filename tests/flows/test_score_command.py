import click
import pytest
from click.testing import CliRunner

from flows.cli import annotate, subtitles
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


@pytest.mark.parametrize("other", [subtitles.command, annotate.command])
def test_commands_that_read_folders_say_so_of_urls(other: click.Command) -> None:
    done = CliRunner().invoke(other, ["s3://bucket/labels"])
    assert done.exit_code == 2
    assert "'s3://bucket/labels' is a URL, and this command reads a folder" in done.output
    assert "aws s3 cp --recursive s3://bucket/labels labels" in done.output
