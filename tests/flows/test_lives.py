"""A run that its worker dies of is not begun for ever; each try of a flow counts as one that was begun."""

import pytest
from prefect import flow

from flows.attempts import LIVES, check_lives
from tasks.errors import FermataError


@pytest.mark.chain
def test_a_run_that_is_begun_once_more_than_it_may_is_given_up(prefect_server: None) -> None:
    begun = []

    @flow(retries=LIVES)
    def dying() -> None:
        check_lives()
        begun.append(1)
        raise ZeroDivisionError

    with pytest.raises(FermataError, match=f"begun {LIVES + 1} times, and {LIVES} workers were lost"):
        dying()
    assert len(begun) == LIVES


def test_a_command_is_no_run_that_could_be_begun_again() -> None:
    check_lives()
