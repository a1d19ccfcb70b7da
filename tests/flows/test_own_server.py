import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Cli

from flows import own_server


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder and a home in which nothing names a server, nor has begun one; what a test begins is ended."""
    others, own_server._begun[:] = own_server._begun[:], []  # a command in this process, of another file
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    for name in ("PREFECT_API_URL", "PREFECT_API_REQUEST_TIMEOUT", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield tmp_path
    for process in own_server._begun:
        own_server._end(process)
    own_server._begun[:] = others


@pytest.mark.chain
def test_what_asks_before_it_is_there_is_answered(nothing_set: Path) -> None:
    own_server.begin()
    address = os.environ["PREFECT_API_URL"]
    with urllib.request.urlopen(f"{address}/health", timeout=120) as answer:
        assert answer.status == 200
    own_server.begin()  # one is enough
    assert os.environ["PREFECT_API_URL"] == address
    assert own_server.begun()
    assert own_server.ended() is None
    assert (nothing_set / "prefect" / "prefect.db").is_file()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("prefect/profiles.toml", 'active = "mine"'),
        ("prefect.toml", ""),
        (".env", "PREFECT_API_URL=http://127.0.0.1:1/api"),
        ("pyproject.toml", "[tool.prefect]\nhome = '/p'"),
        ("pyproject.toml", "]"),
    ],
)
def test_prefects_own_settings_win(nothing_set: Path, file: str, text: str) -> None:
    place = nothing_set / file
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    own_server.begin()
    assert not own_server.begun()
    assert "PREFECT_API_URL" not in os.environ


@pytest.mark.parametrize("name", ["PREFECT_PROFILE", "PREFECT_PROFILES_PATH"])
def test_a_profile_that_is_chosen_wins(nothing_set: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "local")  # one of Prefect's own names a server
    own_server.begin()
    assert not own_server.begun()
    assert "PREFECT_API_URL" not in os.environ


def test_a_server_that_is_set_is_used(nothing_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    (nothing_set / "pyproject.toml").write_text("[tool.other]\n")  # names none
    own_server.begin()
    assert not own_server.begun()
    assert own_server.ended() is None


@pytest.mark.chain
def test_one_that_cannot_begin_is_said_in_a_line(cli: Cli, tmp_path: Path) -> None:
    home = tmp_path / "prefect"
    home.write_text("a file")
    done = cli("raw", "--set", "data.source=synthetic", cwd=tmp_path, PREFECT_API_URL="", PREFECT_HOME=str(home))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Prefect's temporary server ended with exit code ")
    assert str(home) in done.stderr
    assert "Traceback" not in done.stderr
