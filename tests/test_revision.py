import subprocess
import sys
from pathlib import Path

import pytest

from tasks import revision

pytestmark = pytest.mark.chain


def _dvc(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one stage has written data/prepared."""
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    _dvc(home, "init", "--no-scm", "-q")
    make = f"{sys.executable} -c \"import os; os.makedirs('data/prepared'); open('data/prepared/a', 'w').write('1')\""
    _dvc(home, "stage", "add", "-q", "-n", "prepare", "-o", "data/prepared", make)
    _dvc(home, "repro", "-q")
    return home


def test_a_folder_is_what_the_lock_names_until_it_is_changed(home: Path) -> None:
    found = revision.of(home / "data/prepared", home)
    assert (found.same, found.why) == (True, "")
    assert found.md5 is not None and found.md5.endswith(".dir")
    assert found.md5 == revision.locked(home, "data/prepared")
    (home / "data/prepared/a").write_text("2")
    changed = revision.of(home / "data/prepared", home)
    assert (changed.same, changed.md5) == (False, found.md5)
    assert "aren't those that dvc.lock names" in changed.why


def test_what_the_lock_does_not_name(home: Path, tmp_path: Path) -> None:
    assert revision.of(home / "data/other", home).why == "no dvc.lock names 'data/other'"
    assert "outside of the project" in revision.of(tmp_path / "elsewhere", home).why
    (home / "dvc.lock").write_text("{")
    assert revision.of(home / "data/prepared", home).same is None


def test_a_lock_without_a_project_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("stages:\n  prepare:\n    outs:\n    - {path: data, md5: a.dir}\n")
    found = revision.of(tmp_path / "data", tmp_path)
    assert (found.md5, found.same) == ("a.dir", None)
    assert "DVC can't compare 'data'" in found.why
