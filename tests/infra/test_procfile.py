"""infra/Procfile and its environment, as infra/stack.py reads them."""

import socket
from pathlib import Path

import procfile
import pytest

INFRA = Path(__file__).parents[2] / "infra"


def test_names_are_replaced_word_by_word() -> None:
    found = procfile.commands("# a word\n\nweb: serve --at ${HOST}:${PORT} '${WORDS}'\n", {
        "HOST": "127.0.0.1", "PORT": "80", "WORDS": "two words; rm -r /",
    })  # fmt: skip
    assert found == {"web": ["serve", "--at", "127.0.0.1:80", "two words; rm -r /"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("web: serve ${PORT}", r"\$\{PORT\} of 'web' is not in the environment file"),
        ("serve", "'serve' in the Procfile"),
    ],
)
def test_what_cannot_be_started_is_said(text: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        procfile.commands(text, {})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.env"
    file.write_text(
        "# NAME=not this\nNAME=kept\nOTHER=file's\nEMPTY=\nWORDS='it''s three words'\n".replace("file's", "file")
    )
    found = procfile.environment(file, {"OTHER": "given", "MORE": "not asked for"})
    assert found == {"NAME": "kept", "OTHER": "given", "EMPTY": "", "WORDS": "its three words"}


def test_a_quote_without_its_end_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("NAME='open\n")
    with pytest.raises(SystemExit, match="has a value that no shell takes: No closing quotation"):
        procfile.environment(tmp_path / "a.env", {})


def test_ports_of_0_become_free_ones_and_others_stay() -> None:
    found = procfile.ports({"STACK_HOST": "127.0.0.1", "ONE_PORT": "0", "TWO_PORT": "0", "WEB_PORT": "80", "DOOR": "0"})
    assert found["WEB_PORT"] == "80"
    assert found["DOOR"] == "0"
    assert found["ONE_PORT"] != found["TWO_PORT"]
    for name in ("ONE_PORT", "TWO_PORT"):
        socket.create_server(("127.0.0.1", int(found[name]))).close()


def test_the_stacks_own_files_agree() -> None:
    values = procfile.environment(INFRA / "stack.env", {}) | {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:1"}
    found = procfile.commands((INFRA / "Procfile").read_text(), values)
    assert list(found) == ["postgres", "prefect", "mlflow", "scheduler", "dask", "worker"]
    hosts = [word for command in found.values() for word in command if "0.0.0.0" in word or word == "localhost"]
    assert hosts == []
