"""What is slow to make and not to be changed: made by the first process of a test session, read by all."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder ``name`` that ``make`` filled, in this process or in another one of the session's."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # xdist gives each process a folder of its own in one that they share
    folder = base / f"once-{name}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            making = folder.with_suffix(".making")
            making.mkdir()
            make(making)
            making.rename(folder)
    return folder
