"""A small project with its own stack: the processes of infra/Procfile, on free ports, as `make stack` starts them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from commands import ROOT, TINY

from flows.demo import copy_project
from tasks import files, quiet
from tasks.params import parse

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

PURPOSE: Final = "a test of the stack"
PATIENCE: Final = 600  # seconds: a machine that runs three tests beside it is several times slower
FILES: Final = ("Makefile", "infra/Procfile", "infra/stack.env", "infra/prefect.yaml", "infra/automations.yaml")
QUICK: Final = {"PREFECT_WORKER_QUERY_SECONDS": "2", "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2"}


class Stack:
    """A project and what runs for it.

    Attributes:
        folder: the project.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_", "MAKE"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = own | quiet.ENVIRONMENT | {
            "PATH": path, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "FERMATA_PURPOSE": PURPOSE,
            "FERMATA_CACHE": str(folder / "cache"), "STACK_ENV": str(folder / "stack.env"),
        }  # fmt: skip
        copy_project(ROOT, folder)
        for path_ in [*FILES, *(f"infra/{one.name}" for one in (ROOT / "infra").glob("*.py"))]:
            files.write_text(folder / path_, (ROOT / path_).read_text())
        shutil.copytree(ROOT / "models/reference", folder / "models/reference")
        (folder / "params.yaml").write_text(yaml.safe_dump(parse(TINY).model_dump()))
        lines = [line for line in (folder / "infra/stack.env").read_text().splitlines() if not line.startswith("#")]
        known = dict(line.partition("=")[::2] for line in lines)
        free = {name: "0" for name in known if name.endswith("_PORT")}
        given = known | free | {"DASK_WORKERS": "1"} | QUICK | dict(settings)
        (folder / "stack.env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    def make(self, target: str) -> str:
        """What `make TARGET` writes; the environment is the one that the tests run in, and isn't installed again."""
        done = subprocess.run(
            ["make", "--no-print-directory", "-o", ".venv/installed", "EXTRAS=", target],
            cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr + self.said()
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout

    def said(self) -> str:
        """The ends of the logs, without the requests that were served; the worker's last, which says what runs do."""
        logs = sorted(self.place.glob("*.log"), key=lambda log: log.name == "worker.log")
        return "\n".join(f"--- {log.name}\n{_telling(log.read_text())[-4000:]}" for log in logs)

    @property
    def place(self) -> Path:
        """Where the stack's pids and logs lie."""
        return self.folder / "out/stack"

    @property
    def address(self) -> dict[str, str]:
        """Where the servers are, as clients are told."""
        lines = (self.place / "env").read_text().splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def pid(self, name: str) -> int:
        """Of a process of infra/Procfile."""
        return int(files.read_json(self.place / f"{name}.pid")[0])

    def schedule(self, name: str, seconds: int, **parameters: Any) -> None:
        """Let a deployment run every few seconds; to be called before the deployments are applied."""
        file = self.folder / "infra/prefect.yaml"
        read = yaml.safe_load(file.read_text())
        for one in read["deployments"]:
            if one["name"] == name:
                one["schedules"] = [{"interval": seconds}]
                one["parameters"] |= parameters
        file.write_text(yaml.safe_dump(read))

    @contextmanager
    def client(self) -> Iterator["SyncPrefectClient"]:
        """Of the stack's Prefect server."""
        from prefect.client.orchestration import get_client
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: self.address["PREFECT_API_URL"]}), get_client(sync_client=True) as it:
            yield it

    def runs(self, client: "SyncPrefectClient", deployment: str) -> list["FlowRun"]:
        """All runs of a deployment that have begun, or should have."""
        from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName

        wanted = DeploymentFilter(name=DeploymentFilterName(any_=[deployment]))
        found = client.read_flow_runs(deployment_filter=wanted)
        return [run for run in found if run.state is not None and run.state.name != "Scheduled"]

    def run(self, client: "SyncPrefectClient", deployment: str, **parameters: Any) -> "FlowRun":
        """Start a deployment's run, as a person does, and wait until it has ended well."""
        known = client.read_deployment_by_name(deployment)
        run = client.create_flow_run_from_deployment(known.id, parameters=parameters)
        self.wait(lambda: _final(client.read_flow_run(run.id)), deployment)
        ended = client.read_flow_run(run.id)
        assert ended.state is not None
        assert ended.state.is_completed(), f"{ended.state!r}\n{self.said()}"
        return ended

    def wait(self, condition: Callable[[], Any], what: str) -> None:
        """Until ``condition``; fails with the logs after PATIENCE."""
        if not until(condition, PATIENCE):
            pytest.fail(f"{what}: not after {PATIENCE} s\n{self.said()}")


def _telling(log: str) -> str:
    return "".join(line for line in log.splitlines(keepends=True) if '"GET ' not in line and '"POST ' not in line)


@contextmanager
def stacked(folder: Path, **settings: str) -> Iterator[Stack]:
    """A project in ``folder``; its stack, where it was started, is stopped at the end."""
    # Not pytest's own folder: PostgreSQL's user can't enter that one.
    with tempfile.TemporaryDirectory(prefix="fermata-stack-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        stack = Stack(folder, {"POSTGRES_DATA": f"{name}/data"} | settings)
        try:
            yield stack
        finally:
            if (stack.place / "kept.env").is_file():
                stack.make("stack-down")


def until(condition: Callable[[], Any], seconds: float) -> bool:
    """Whether ``condition`` came true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def _final(run: "FlowRun") -> bool:
    return run.state is not None and run.state.is_final()
