"""Keeping libraries quiet: their chatter goes to a log or nowhere, never between the user and the result."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# Set before the libraries are imported, here and in every worker. A user's own setting wins.
ENVIRONMENT: Final = {
    "DO_NOT_TRACK": "true",
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # an address can hold a password
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # 7, with their pauses, are four minutes of silence
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",  # the first start after a boot can take over a minute
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",  # of a server whose database is away; five times, for a minute
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_ROOT_LEVEL": "CRITICAL",  # also that of its temporary server, which ends with a traceback
    "DASK_LOGGING__DISTRIBUTED": "error",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "OPENCV_LOG_LEVEL": "OFF",
    "AV_LOG_LEVEL": "quiet",
    "GIT_PYTHON_REFRESH": "quiet",
    "PYTHONWARNINGS": "ignore",
}


def environment() -> None:
    """Set ENVIRONMENT for this process and its children, without overwriting what is there."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


@contextmanager
def native_output(log: Path | None = None) -> Iterator[None]:
    """Send what libraries write to file descriptors 1 and 2 to ``log`` (appended) or nowhere while the block runs.

    TensorFlow, LiteRT and libjpeg write there from C++, where Python's ``sys.stderr`` cannot catch it. Python's own
    ``print`` and ``logging`` write to the same descriptors and are caught with them. Not for use across threads.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    sink = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    kept = os.dup(1), os.dup(2)
    try:
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for target, saved in zip((1, 2), kept, strict=True):
            os.dup2(saved, target)
            os.close(saved)
        os.close(sink)
