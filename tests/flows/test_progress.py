import re

import pytest

from flows.progress import bar


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test turns."""
    now = [0.0]
    monkeypatch.setattr("flows.progress.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_a_log_gets_a_line_every_ten_seconds(
    clock: list[float], no_terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with bar("score", 12000, "http://dashboard") as advance:
        advance(1)
        clock[0] = 9.9
        advance(2)
        assert capsys.readouterr() == ("", "")
        clock[0] = 10.0
        advance(3000, note="faces 7")
        advance(3001)
        clock[0] = 19.9
        advance(3002)
        clock[0] = 20.0
        advance(4000, 5000)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["score: 3,000 of 12,000 faces 7", "score: 4,000 of 5,000"]


@pytest.mark.parametrize(("total", "said"), [(None, "train: 3 of ?"), (0, "train: 3 of 0")])
def test_a_total_may_be_unknown_or_nothing(
    clock: list[float], no_terminal: None, capsys: pytest.CaptureFixture[str], total: int | None, said: str
) -> None:
    with bar("train", total) as advance:
        clock[0] = 11.0
        advance(3)
    assert capsys.readouterr().err == f"{said}\n"


def test_a_terminal_gets_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    with bar("score", 20, "http://127.0.0.1:1/status") as advance:
        advance(7, note="faces 3")
    out, err = capsys.readouterr()
    assert out == ""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", err)
    assert "score: Dask dashboard at http://127.0.0.1:1/status" in plain
    assert "7/20" in plain
    assert "faces 3" in plain


def test_an_error_inside_is_passed_on(no_terminal: None) -> None:
    with pytest.raises(ZeroDivisionError), bar("score", 1):
        raise ZeroDivisionError


def test_a_note_that_counts_itself_stands_alone(
    clock: list[float], no_terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with bar("score", 12, counted=False) as advance:
        clock[0] = 11.0
        advance(3, note="units 3/12  frames/s 7")
    assert capsys.readouterr().err == "score: units 3/12  frames/s 7\n"


def test_such_a_note_is_not_cut_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    with bar("score", 20, counted=False) as advance:
        advance(7, note="units 7/20  frames/s 214  faces/s 377  left 1 h 41 min   decode_error 17")
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert "units 7/20" in plain
    assert "decode_error 17" in " ".join(plain.split())
