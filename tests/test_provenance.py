import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from tasks import provenance


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@invalid", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_revision_is_the_commit_and_says_when_files_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-q", "-m", "one")
    _git(tmp_path, "tag", "-a", "v1", "-m", "v1")
    monkeypatch.chdir(tmp_path)
    commit = _git(tmp_path, "rev-parse", "HEAD")
    assert provenance.git_revision() == commit  # and not the tag
    (tmp_path / "untracked").write_text("")
    assert provenance.git_revision() == commit
    (tmp_path / "a").write_text("2")
    assert provenance.git_revision() == f"{commit}-dirty"


def test_outside_of_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_revision() is None


def test_without_git_there_is_no_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.git_revision() is None


def test_versions_of_what_is_installed() -> None:
    found = provenance.versions("numpy", "no-such-package-at-all", "pyarrow")
    assert found == {"numpy": version("numpy"), "pyarrow": version("pyarrow")}


def test_the_code_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = provenance.code_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("1")
    assert provenance.code_digest(tmp_path) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert provenance.code_digest(tmp_path) != first
    (tmp_path / "b.py").rename(tmp_path / "a.py")
    (tmp_path / "a.py").write_text("2")
    assert provenance.code_digest(tmp_path) != first
    assert len(provenance.code_digest()) == 64
