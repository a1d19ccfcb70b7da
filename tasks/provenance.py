"""Where a result comes from: git revision and package versions."""

import hashlib
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def git_revision() -> str | None:
    """The commit of the current folder, with `-dirty` behind it when tracked files are changed; None outside of git."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(
        [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or None


def versions(*packages: str) -> dict[str, str]:
    """Installed versions of ``packages``; those that are not installed are left out."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def code_digest(package: Path = Path(__file__).parent) -> str:
    """SHA-256 over the source files of ``package``: results of other code are never mixed with this one's."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
