import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks import files
from tasks.errors import OutputError
from tasks.score import audit, folder, store

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from tasks.score import folder
with folder.claim(Path(sys.argv[1]), "f", False, False):
    print("held", flush=True)
    sys.stdin.read()
"""


def _claim(out: Path, fingerprint: str = "f", resume: bool = False, overwrite: bool = False) -> dict[str, Any] | None:
    with folder.claim(out, fingerprint, resume, overwrite) as earlier:
        return earlier


def _run(out: Path, **changes: Any) -> dict[str, Any]:
    """An unfinished run with a part."""
    run = {"state": "running", "fingerprint": "f", "started": "2026-01-01"} | changes
    files.write_json(out / folder.RUN, run)
    files.write_text(out / "units" / "u1" / "faces.parquet", "part")
    return run


def _names(out: Path) -> set[str]:
    return {place.name for place in out.iterdir()}


@pytest.mark.parametrize(("resume", "overwrite"), [(False, False), (True, False), (False, True)])
def test_a_new_or_empty_folder_is_taken(tmp_path: Path, resume: bool, overwrite: bool) -> None:
    out = tmp_path / "new" / "out"
    assert _claim(out, resume=resume, overwrite=overwrite) is None
    assert _names(out) == {folder.LOCK}
    assert _claim(out, resume=resume, overwrite=overwrite) is None


@pytest.mark.parametrize(
    ("state", "said"), [("running", "unfinished"), ("stopped", "unfinished"), ("finished", "finished")]
)
def test_an_earlier_run_is_refused_without_a_word_about_it(tmp_path: Path, state: str, said: str) -> None:
    _run(tmp_path, state=state)
    with pytest.raises(OutputError, match=rf"already holds a run \({said}, 2026-01-01\).*--resume.*--overwrite"):
        _claim(tmp_path)
    assert _names(tmp_path) == {folder.RUN, folder.LOCK, "units"}


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_an_unfinished_run_is_resumed_with_its_parts(tmp_path: Path, state: str) -> None:
    _run(tmp_path, state=state)
    assert _claim(tmp_path, resume=True) is None
    assert (tmp_path / "units" / "u1" / "faces.parquet").read_text() == "part"


def test_of_a_finished_run_nothing_is_left_to_resume(tmp_path: Path) -> None:
    run = _run(tmp_path, state="finished")
    assert _claim(tmp_path, resume=True) == run


def test_a_run_of_another_kind_is_not_resumed(tmp_path: Path) -> None:
    _run(tmp_path, fingerprint="other")
    with pytest.raises(OutputError, match="another model, detector or sampling"):
        _claim(tmp_path, resume=True)
    assert (tmp_path / "units" / "u1" / "faces.parquet").exists()


def test_overwrite_clears_the_folder_and_nothing_else(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    _run(out, fingerprint="other")
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    (out / "link").symlink_to(elsewhere)
    assert _claim(out, overwrite=True) is None
    assert _names(out) == {folder.LOCK}
    assert (elsewhere / "kept").exists()


@pytest.mark.parametrize("text", [None, "{", "[]", "{}", "\x80"])
@pytest.mark.parametrize(("resume", "overwrite"), [(False, False), (True, False), (False, True)])
def test_files_of_something_else_are_never_touched(
    tmp_path: Path, text: str | None, resume: bool, overwrite: bool
) -> None:
    (tmp_path / "thesis.tex").write_text("")
    if text is not None:
        (tmp_path / folder.RUN).write_text(text, encoding="latin-1")
    before = _names(tmp_path)
    with pytest.raises(OutputError, match="holds files of something else"):
        _claim(tmp_path, resume=resume, overwrite=overwrite)
    assert _names(tmp_path) - {folder.LOCK} == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        _claim(tmp_path / "out")


def test_another_process_that_works_there_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", HOLDER, str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for overwrite in (False, True):
            with pytest.raises(OutputError, match="another run is working in"):
                _claim(out, overwrite=overwrite)
        holder.communicate("")
    assert holder.returncode == 0
    assert _claim(out) is None


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", HOLDER, str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    assert _claim(out) is None


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folder.claim(tmp_path, "f", False, False):
        with pytest.raises(OutputError, match="another run"):
            _claim(tmp_path)
        raise ZeroDivisionError
    assert _claim(tmp_path) is None


def test_the_audit_log_outlives_what_is_replaced(tmp_path: Path) -> None:
    _run(tmp_path)
    audit.append(store.Folder(tmp_path), {"action": "score"})
    before = (tmp_path / audit.NAME).read_bytes()
    assert _claim(tmp_path, overwrite=True) is None
    assert _names(tmp_path) == {audit.NAME, folder.LOCK}
    assert _claim(tmp_path) is None, "a log alone is no run"
    assert (tmp_path / audit.NAME).read_bytes() == before
