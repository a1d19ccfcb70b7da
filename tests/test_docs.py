"""What README.md and the pages of infra/ tell people to type exists: commands, their options, make's targets, files."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import pytest

from flows.cli.group import group
from tasks.errors import ParamsError
from tasks.params import Params, load

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "infra").glob("*.md"))]
KEYS: Final = Params().model_dump()
MAKEFILE: Final = (ROOT / "Makefile").read_text()

_LINE: Final = re.compile(r"(?m)^    (?:\$ )?(\S.*(?:\\\n.*)*)$")
_INLINE: Final = re.compile(r"`([^`\n]+)`")
_BEGINS: Final = re.compile(r"(?:[A-Z_]+=\S+ )*(?=(?:fermata|make)(?: |$))")
_FILE: Final = re.compile(r"(?:tests|tasks|flows|infra|params|benchmarks)/[\w./-]+\.\w+")
_SUFFIXES: Final = (".yaml", ".lock", ".keras", ".tflite", ".json")  # files may be called as groups are
_MADE: Final = {"infra/.env", "infra/kubernetes/secrets.env"}  # by whoever reads the page


def blocks(text: str) -> Iterator[str]:
    """Whole commands of indented blocks, in the shell's words."""
    for found in _LINE.finditer(text):
        line = found[1].replace("\\\n", " ")
        if begins := _BEGINS.match(line):
            yield line[begins.end() :]


def names(text: str) -> Iterator[str]:
    """Commands between backticks, which may leave out what they need."""
    for found in _INLINE.finditer(text):
        if begins := _BEGINS.match(found[1]):
            yield found[1][begins.end() :]


def wrong(line: str, whole: bool) -> str:
    """Why nobody can type ``line``; empty where one can."""
    first, *words = shlex.split(line.split(" | ", maxsplit=1)[0].removesuffix(" ..."), comments=True)
    try:
        return _target(words) if first == "make" else _command(group, words, whole)
    except click.ClickException as error:
        return error.format_message()
    except ParamsError as error:
        return str(error)


def _target(words: list[str]) -> str:
    for word in words:
        name, given, value = word.partition("=")
        if given and f"$({name}" not in MAKEFILE:
            return f"the Makefile knows no {name}"
        if name == "EXTRAS":
            return "".join(f"no lock of {extra}" for extra in value.split() if not _locked(extra))
        if not given and not re.search(rf"(?m)^{re.escape(name)}:", MAKEFILE):
            return f"the Makefile has no target '{name}'"
    return ""


def _locked(extra: str) -> bool:
    return (ROOT / "infra" / "locks" / f"{extra}.lock").is_file()


def _command(command: click.Command, words: list[str], whole: bool) -> str:
    context = click.Context(command, info_name=command.name)
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        return _command(found, words[1:], whole) if found else f"no command '{words[0]}'"
    given, _, _ = command.make_parser(context).parse_args(list(words))
    load(ROOT / "params.yaml", tuple(given.get("overrides") or ()))
    if not whole or isinstance(command, click.Group):
        return ""
    try:
        command.make_context(command.name, list(words))
    except click.BadParameter as error:
        if isinstance(error, click.MissingParameter) or not isinstance(error.param and error.param.type, click.Path):
            raise  # a path that is the reader's may be missing here
    return ""


def _unknown(name: str, keys: Mapping[str, Any] = KEYS) -> bool:
    """Whether ``name``, such as score.limits, is no parameter, though it begins with a group's name."""
    head, *rest = name.split(".")
    if head not in keys:
        return keys is not KEYS
    below = keys[head]
    return bool(rest) and isinstance(below, dict) and bool(below) and _unknown(".".join(rest), below)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_can_be_typed(page: Path) -> None:
    text = page.read_text()
    told = [(line, wrong(line, whole=True)) for line in blocks(text)]
    told += [(line, wrong(line, whole=False)) for line in names(text)]
    assert told
    assert [(line, why) for line, why in told if why] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_parameters_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text()
    quoted = _INLINE.findall(text) + re.findall(r"\]\(([^):]+)\)", text)
    files = {name for name in quoted if _FILE.fullmatch(name)} - _MADE
    assert [name for name in sorted(files) if not (ROOT / name).exists() and not (page.parent / name).exists()] == []
    dotted = {found[1] for name in quoted if (found := re.fullmatch(r"([a-z]+(?:\.[a-z_]+)+)(?:[:=] ?.*)?", name))}
    assert [name for name in sorted(dotted) if _unknown(name) and not name.endswith(_SUFFIXES)] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fermata scor media", "no command 'scor'"),
        ("fermata models cards", "no command 'cards'"),
        ("fermata score media --outt labels", "No such option"),
        ("fermata score media", "Missing option '--out'"),
        ("fermata subtitles labels --format srt", "Invalid value for '--format'"),
        ("fermata score media --out labels --set score.purpos=x", "score.purpos"),
        ("make tests", "no target 'tests'"),
        ("make install EXTRAS=tpu", "no lock of tpu"),
        ("make soak SEEDS=2", "knows no SEEDS"),
    ],
)
def test_what_cannot_be_typed_is_found(line: str, said: str) -> None:
    assert said in wrong(line, whole=True)
    page = f"Text\n\n    $ {line}   # a comment\n    its answer\n\nand `{line}`."
    assert list(blocks(page)) == [f"{line}   # a comment"]
    assert list(names(page)) == [line]
    assert _unknown("score.limit") and not _unknown("score.limits.members") and not _unknown("os.path")
