"""Prepared folders that several tests read, as fixtures."""

from pathlib import Path

import pytest
from made_folder import drawn, write_folder

from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.scan import Scan, scan
from tasks.params import Explore


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """125 drawn faces with votes, three warped copies, and a reject or more of each reason: not to be changed."""
    return write_folder(tmp_path_factory.mktemp("drawn"), *drawn(20, votes=True))


@pytest.fixture(scope="session")
def prepared(folder: Path) -> Prepared:
    return open_folder(folder)


@pytest.fixture(scope="session")
def scanned(prepared: Prepared) -> Scan:
    return scan(prepared, Explore())
