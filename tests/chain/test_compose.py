"""The topology of infra/compose.yaml, run as plain processes until their own health checks succeed."""

import base64
import http.client
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from commands import ROOT
from compose_processes import INFRA, Services
from postgres_server import PASSWORD, USER, Postgres

from flows.places import free_port

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, postgres_server: Postgres, s3_server: str) -> Iterator[Services]:
    """All of them, healthy, started in compose.yaml's order."""
    ports = {port: free_port() for port in (4200, 5000, 8786, 8787, 8790, 8080)}
    store = urlsplit(s3_server).port
    assert store
    made = Services(tmp_path_factory.mktemp("compose"), ports | {5432: postgres_server.port, 7070: store})
    _certificates(made.folder / "tls")
    _databases(made, postgres_server)
    try:
        made.start("prefect", "dask-scheduler")
        assert made.run("buckets") == "made: mlflow, dvc\n"
        made.start("mlflow")
        made.wait("dask-scheduler")
        made.start("dask-worker")
        made.wait("prefect")
        made.run("deployments")
        made.start("worker")
        made.wait("mlflow", "dask-worker", "worker")
        yield made
    finally:
        made.stop()
