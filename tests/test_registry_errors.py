import pytest
import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import OperationalError

from tasks.errors import RegistryError
from tasks.registry_errors import AwayError, explained

ADDRESS = "https://someone:a-secret@store.example/x"
REFUSED = (
    "HTTPConnectionPool(host='127.0.0.1', port=9): Max retries exceeded (Caused by NewConnectionError(\"x: "
    '[Errno 111] Connection refused"))'
)


def _raised(error: Exception) -> Exception:
    with pytest.raises(Exception, match=r".") as raised, explained(ADDRESS):
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("error", "away", "said"),
    [
        (MlflowException(REFUSED), True, "does not answer (Connection refused)"),
        (requests.exceptions.ReadTimeout("Read timed out. (read timeout=120)"), True, "does not answer (timed out)"),
        (MlflowException("API request failed with error code 503 != 200"), True, "does not answer (error code 503)"),
        (OperationalError("SELECT 1", None, Exception("server closed the connection unexpectedly")), True, "answer"),
        (ConnectionResetError("peer"), True, "does not answer"),
        (MlflowException("failed with error code 401 != 200. Body: 'You are not'"), False, "refused the credentials"),
        (OperationalError("", None, Exception('password authentication failed for user "a"')), False, "credentials"),
        (MlflowException("failed with error code 403 != 200. Body: 'Permission denied'"), False, "permission"),
        (MlflowException("error code 403. Body: 'Invalid Host header - possible DNS'"), False, "--allowed-hosts"),
        (MlflowException("Model name cannot be empty"), False, "can't do that: Model name cannot be empty"),
    ],
)
def test_what_stores_raise_becomes_one_line_without_secrets(error: Exception, away: bool, said: str) -> None:
    found = _raised(error)
    assert isinstance(found, RegistryError)
    assert isinstance(found, AwayError) is away
    assert said in str(found)
    assert "'https://store.example/x'" in str(found)
    assert "a-secret" not in str(found)
    assert "\n" not in str(found)


def test_a_password_in_what_the_store_says_is_not_told() -> None:
    assert "pw" not in str(_raised(MlflowException("can't use postgresql://me:pw@host/db here")))


@pytest.mark.parametrize(
    "error", [ValueError("mine"), FileNotFoundError(2, "no such file", "x"), RegistryError("as it is")]
)
def test_errors_that_are_not_the_stores_stay(error: Exception) -> None:
    assert _raised(error) is error
