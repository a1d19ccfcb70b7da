"""`prefect server start` and its options, with schedules that come about also under SQLAlchemy 2.1.

Prefect 3.8.8 inserts scheduled runs in bulk, each with its state, which is no column. SQLAlchemy 2.0 passed over that;
2.1 refuses it unless it is told what to do with it. Without this no run of any schedule is ever made, and the server's
log alone says so. With an older SQLAlchemy nothing is changed.
"""

import sys
from collections.abc import MutableMapping
from typing import Any


def schedule() -> bool:
    """Let bulk inserts pass over states of runs; whether that was needed."""
    from prefect.server.database.orm_models import FlowRun
    from sqlalchemy import inspect

    state = inspect(FlowRun).all_orm_descriptors["state"]
    if getattr(state, "bulk_dml_setter", _unasked) is not None:
        return False
    state.bulk_dml_setter = _unasked  # type: ignore[attr-defined]
    return True


def _unasked(_model: type, _row: MutableMapping[str, Any], _state: Any) -> None:
    """Leave the row as it is: Prefect writes the states themselves a moment later."""


if __name__ == "__main__":
    from prefect.cli import app

    schedule()
    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    app()
