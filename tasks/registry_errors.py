"""What a store says when it can't be asked, in one line that names it, the cause and the way out, and no secret."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from mlflow.exceptions import MlflowException

from tasks.errors import RegistryError
from tasks.urls import masked, shown

P = ParamSpec("P")
R = TypeVar("R")

# Ways in which requests, urllib3, botocore and SQLAlchemy say that nobody is there, or not for long.
_AWAY: Final = re.compile(
    r"connection (refused|reset|aborted|error|broken|timed out)|failed to establish|max retries|timed? ?out|"
    r"could not connect|failed to connect|endpoint url|server closed the connection|connection .*(failed|closed|lost)|"
    r"name or service not known|name resolution|error code 50[0234]|too many 50\d|shutting down|starting up|"
    r"not yet accepting|connectionerror|remote end closed|no route to host",
    re.IGNORECASE,
)


_REFUSED: Final = (
    (
        re.compile("error code 401|UNAUTHENTICATED|password authentication failed"),
        "refused the credentials. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment",
    ),
    (
        re.compile("Invalid Host header"),
        "doesn't serve that host name. Start it with: mlflow server --allowed-hosts HOST:PORT",
    ),
    (re.compile("error code 403|PERMISSION_DENIED"), "lets this user not do that. Ask who runs it for the permission"),
)
_STORES: Final = ("mlflow", "requests", "urllib3", "botocore", "boto3", "s3transfer", "sqlalchemy", "psycopg")


class AwayError(RegistryError):
    """The store doesn't answer; it may later."""


class Addressed(Protocol):
    """What knows the store's address."""

    _address: str


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what MLflow and its stores raise in the block into RegistryError.

    Raises:
        AwayError: nobody answers.
        RegistryError: the store refuses, or answers what isn't understood.
    """
    try:
        yield
    except RegistryError:
        raise
    except Exception as error:
        found = _told(error, address)
        if found is None:
            raise
        raise found from None


def asks(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Decorate a method of an `Addressed` that asks the store: its errors are explained."""

    @wraps(method)
    def ask(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with explained(self._address):
            return method(self, *args, **kwargs)

    return ask


def _told(error: Exception, address: str) -> RegistryError | None:
    """The error in our words; None: it isn't a store's."""
    foreign = type(error).__module__.partition(".")[0]
    if not isinstance(error, MlflowException | OSError) and foreign not in _STORES:
        return None
    said, place = masked(" ".join(str(error).split())), shown(address)
    code = getattr(error, "error_code", "")
    for known, way in _REFUSED:
        if known.search(f"{said} {code}"):
            return RegistryError(f"tracking: '{place}' {way}")
    if isinstance(error, ConnectionError | TimeoutError) or _AWAY.search(said):
        return AwayError(f"tracking: '{place}' does not answer ({_cause(said)}). Start it, or set tracking.uri")
    if isinstance(error, OSError) and not isinstance(error, MlflowException) and foreign not in _STORES:
        return None  # a disk's own errors are told as such
    return RegistryError(f"tracking: '{place}' can't do that: {said[:300]}")


def _cause(said: str) -> str:
    """The last cause in a chain of them, which is the first that happened."""
    known = re.findall(r"\[Errno -?\d+\] ([A-Z][^'\")\]]+)|(Connection refused|timed out|error code 50\d)", said)
    return next((first or second for first, second in reversed(known)), said[:160]).strip()
