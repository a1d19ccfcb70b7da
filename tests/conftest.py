"""What several test files share and is slow to make: a prepared data set and one trained network, once per session."""

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from once import once
from prepared_faces import prepare
from tiny_training import TINY, Training

from tasks import quiet
from tasks.params import Tracking
from tasks.registry import CHAMPION, Registry
from tasks.train import train
from tasks.training.watch import Epoch

quiet.environment()
settings.register_profile("fermata", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("fermata")

FIRST = ("tests/test_train.py", "tests/chain/test_chain.py", "tests/chain/")
LATER = "tests/chain/test_operations.py"  # its servers want a part of the cores

pytest_plugins = ["commands", "s3_server", "postgres_server", "mlflow_server", "web_server", "explored", "workers"]
# fixtures that run whole commands, and servers


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data set of 105 drawn faces, about 15 per emotion over training, validation and public."""
    made = once(
        tmp_path_factory, "prepared", lambda base: prepare(TINY.data, TINY.prepare, base / "work", base / "out")
    )
    return made / "out"


@pytest.fixture(scope="session")
def training(prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """One epoch of cnn5 on ``prepared_folder``."""

    def make(base: Path) -> None:
        steps: list[tuple[int, int, Epoch]] = []
        trained = train(TINY, prepared_folder, base / "bundle", lambda *step: steps.append(step))
        (base / "told").write_bytes(pickle.dumps((trained, steps)))

    made = once(tmp_path_factory, "training", make)
    trained, steps = pickle.loads((made / "told").read_bytes())
    return Training(TINY, made / "bundle", trained, steps)


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Make an empty SQLite store of MLflow's at a path, and return its address: a copy, as its tables take seconds."""

    def make(base: Path) -> None:
        Registry(Tracking(), f"sqlite:///{base / 'mlflow.db'}").find(CHAMPION)

    made = once(tmp_path_factory, "store", make)

    def copied(path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made / "mlflow.db", path)
        return f"sqlite:///{path}"

    return copied


@pytest.fixture(scope="session")
def bundle_folder(training: Training) -> Path:
    """The bundle of ``training``: not to be changed by a test."""
    return training.folder


@pytest.fixture(scope="session")
def prefect_server(environment: dict[str, str]) -> Iterator[None]:
    """Flows that this process runs belong to the server of its commands; another one would take 20 seconds."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: environment["PREFECT_API_URL"]}):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that none is left alone at the end; the day of the stack beside short ones."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    path = item.path.as_posix()
    return len(FIRST) if path.endswith(LATER) else next((place for place, name in enumerate(FIRST) if name in path), 9)
