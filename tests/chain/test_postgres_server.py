"""The server that other tests lean on: it takes connections, forgets nothing over a crash, and isn't root's."""

import os

import psutil
import pytest
from postgres_server import Postgres

pytestmark = pytest.mark.chain


def test_a_server_that_crashes_comes_back_with_what_it_held(postgres_server: Postgres) -> None:
    address = postgres_server.database()
    name = address.rpartition("/")[2]
    postgres_server.run("CREATE TABLE kept (number integer); INSERT INTO kept VALUES (7)", name)
    postgres_server.stop(crash=True)
    postgres_server.start()
    assert postgres_server.run("SELECT number FROM kept", name) == "7"


@pytest.mark.skipif(os.geteuid() != 0, reason="who isn't root starts it as oneself")
def test_it_is_not_roots(postgres_server: Postgres) -> None:
    mine = [child for child in psutil.Process().children(recursive=True) if "postgres" in child.name()]
    assert mine
    assert {child.username() for child in mine} == {"postgres"}
