"""What several test files share and is slow to make: a prepared data set and one trained network, once per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prepared_faces import prepare
from tiny_training import TINY, Training

from tasks import quiet
from tasks.train import train
from tasks.training.watch import Epoch

quiet.environment()

pytest_plugins = [
    "commands",
    "s3_server",
    "postgres_server",
    "web_server",
    "explored",
]  # fixtures that run whole commands and a store


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data set of 105 drawn faces, about 15 per emotion over training, validation and public."""
    base = tmp_path_factory.mktemp("prepared")
    prepare(TINY.data, TINY.prepare, base / "work", base / "out")
    return base / "out"


@pytest.fixture(scope="session")
def training(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """One epoch of cnn5 on ``prepared_folder``."""
    folder = tmp_path_factory.mktemp("training") / "bundle"
    steps: list[tuple[int, int, Epoch]] = []
    trained = train(TINY, prepared_folder, folder, lambda *step: steps.append(step))
    return Training(TINY, folder, trained, steps)


@pytest.fixture(scope="session")
def bundle_folder(training: Training) -> Path:
    """The bundle of ``training``: not to be changed by a test."""
    return training.folder


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server of this session's own, on a database that goes away with it."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=90):
        yield
