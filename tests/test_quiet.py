import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks import quiet

PROBE = """
import os, sys
from pathlib import Path
from tasks import quiet
print("before")
with quiet.native_output(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
    os.write(1, b"native out\\n")
    os.write(2, b"native err\\n")
    print("python out")
    print("python err", file=sys.stderr)
print("after")
os.write(1, b"native after\\n")
os.write(2, b"native error after\\n")
"""


def _run(*arguments: str) -> tuple[list[str], list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_what_is_written_inside_goes_nowhere_and_comes_back_after() -> None:
    out, err = _run()
    assert sorted(out) == ["after", "before", "native after"]
    assert err == ["native error after"]


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("earlier\n")
    _run(str(log))
    lines = log.read_text().splitlines()
    assert lines[0] == "earlier"
    assert sorted(lines[1:]) == ["native err", "native out", "python err", "python out"]


def test_output_comes_back_after_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    with pytest.raises(ZeroDivisionError), quiet.native_output():
        os.write(1, b"lost\n")
        raise ZeroDivisionError
    os.write(1, b"kept\n")
    os.write(2, b"kept too\n")
    assert capfd.readouterr() == ("kept\n", "kept too\n")
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    assert after == before


def test_a_log_that_cannot_be_opened_changes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    descriptors = os.listdir("/proc/self/fd") if Path("/proc/self/fd").exists() else []  # noqa: PTH208
    with pytest.raises(FileNotFoundError), quiet.native_output(tmp_path / "no" / "log"):
        pytest.fail("the block must not run")
    os.write(1, b"kept\n")
    assert capfd.readouterr().out == "kept\n"
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) == len(descriptors)  # noqa: PTH208


def test_the_environment_is_set_but_a_users_setting_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in quiet.ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    quiet.environment()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    for name, value in quiet.ENVIRONMENT.items():
        assert os.environ[name] == (value if name != "TF_CPP_MIN_LOG_LEVEL" else "0")
    for name in ("DO_NOT_TRACK", "DVC_NO_ANALYTICS", "MLFLOW_DISABLE_TELEMETRY", "PREFECT_SERVER_ANALYTICS_ENABLED"):
        assert name in quiet.ENVIRONMENT
