"""A local cluster of two workers, and functions for it that its processes can't import."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from flows import cluster
from tasks.params import Cluster

if TYPE_CHECKING:
    from distributed import Client


@pytest.fixture(scope="module")
def connected() -> "Iterator[Client]":
    with cluster.client(Cluster(workers=2)) as made:
        yield made


def by_value(function: Any) -> Any:
    """Let workers get the function itself, as the tests' modules aren't on their path."""
    function.__module__ = "__main__"
    return function


@by_value
def tripled(item: int, more: int = 0) -> int:
    return 3 * item + more
