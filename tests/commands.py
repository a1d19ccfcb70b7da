"""Whole commands: a Prefect server, a small project trained through DVC, and a way to run `fermata`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from once import once
from prefect_server import command, seen, waited

from flows.demo import copy_project
from tasks.params import parse

ROOT = Path(__file__).parents[1]
ADDRESS = "prefect-server"  # the file with its URL, in the folder of the session
Cli = Callable[..., "subprocess.CompletedProcess[str]"]

TINY = {
    "data": {"source": "synthetic", "path": "data/raw", "synthetic": {"per_class": 24, "identities": 20}},
    "prepare": {"shard_rows": 64, "split": {"validation": 0.15}},
    "train": {"epochs": 1, "batch_size": 16, "precision": "float32"},
    "promote": {"floors": {"accuracy": 0.0, "macro_f1": 0.0}, "ceilings": {"ece": 1.0}},
    "score": {"detector": {"name": "haar"}},
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What commands see: an empty HOME, and one Prefect server for all of them."""
    home = tmp_path_factory.mktemp("home")
    values = seen(home)
    served = once(tmp_path_factory, "prefect", lambda base: _serve(base.with_name(ADDRESS), values))
    return values | {"PREFECT_API_URL": served.with_name(ADDRESS).read_text()}


def _serve(address: Path, values: dict[str, str]) -> None:
    session = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    # Python would wait for a process of its own, which nobody ends before the session.
    aside = ["bash", "-c", 'exec "$@" >"$0" 2>&1 </dev/null &', str(address.with_suffix(".log"))]
    subprocess.run([*aside, *command(address, session)], env=values, start_new_session=True, check=True)
    waited(address)


def artifacts(key: str, run: UUID | None = None) -> list[Any]:
    """What Prefect's server of the current settings keeps under ``key``, of one flow run or of all."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, FlowRunFilter, FlowRunFilterId

    named = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
    ours = FlowRunFilter(id=FlowRunFilterId(any_=[run])) if run else None
    with get_client(sync_client=True) as client:
        return list(client.read_artifacts(artifact_filter=named, flow_run_filter=ours))


@pytest.fixture(scope="session")
def cli(environment: dict[str, str]) -> Cli:
    """Run `fermata` with arguments in a folder; nothing that it prints may be a traceback."""

    def run(*arguments: str, cwd: Path, **more: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments],
            cwd=cwd,
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A copy of the project with tiny parameters, after one `dvc repro`."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "dvc.yaml", folder)
    os.chdir(ROOT)
    copy_project(ROOT, folder)
    (folder / "params.yaml").write_text(yaml.safe_dump(parse(TINY).model_dump()))
    done = repro(folder, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return folder


def repro(folder: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run `dvc repro` in ``folder``."""
    return subprocess.run(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn archive, its truth beside it as truth.parquet."""
    from tasks.synthetic.archive import write_archive

    folder = tmp_path_factory.mktemp("archive") / "media"
    write_archive(folder, folder.with_name("truth.parquet"), stills=9, clips=2)
    return folder
