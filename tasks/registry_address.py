"""Where the tracking store and model registry are. Doesn't load MLflow."""

import os
from pathlib import Path
from typing import Final

from tasks import origin
from tasks.params import Tracking

_SQLITE: Final = "sqlite:///"


def uri(tracking: Tracking, home: Path) -> str:
    """The store's address: from params, else MLFLOW_TRACKING_URI, else SQLite below ``home``/out.

    Of an experiment of DVC's, which may run in a copy of the project that goes away, SQLite is that of the project.
    """
    if origin.EXPERIMENT in os.environ and "DVC_ROOT" in os.environ:
        home = Path(os.environ["DVC_ROOT"])
    return tracking.uri or os.environ.get("MLFLOW_TRACKING_URI") or f"{_SQLITE}{(home / 'out' / 'mlflow.db').resolve()}"


def is_new(address: str) -> bool:
    """Whether it is an SQLite store that nothing was ever put into."""
    return address.startswith(_SQLITE) and not Path(address.removeprefix(_SQLITE)).exists()
