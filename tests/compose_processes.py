"""The services of infra/compose.yaml as plain processes: their commands, environments and health checks, on loopback.

What a container engine would give is replaced by its like: names and ports of services by free ports of 127.0.0.1,
mounts by folders, PostgreSQL's and the store's images by servers that run here.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import psutil
import yaml
from commands import ROOT
from validate import filled

INFRA: Final = ROOT / "infra"


class Services:
    """Services that can be started, one process each.

    Attributes:
        ports: of 127.0.0.1, by those of compose.yaml.
        values: the environment that infra/.env would give.
    """

    def __init__(self, folder: Path, ports: dict[int, int]) -> None:
        self.folder, self.ports = folder, ports
        text = (INFRA / "compose.yaml").read_text()
        self.values = {name: secrets.token_hex(8) for name in re.findall(r"\$\{(\w+):\?", text)}
        self.values |= {"PREFECT_AUTH": f"admin:{self.values['PREFECT_AUTH']}", "MLFLOW_USER": "admin"}
        self.values["MLFLOW_PASSWORD"] = self.values["MLFLOW_ADMIN_PASSWORD"]
        self._services: dict[str, Any] = yaml.safe_load(filled(text, self.values))["services"]
        (folder / "mlflow-auth.ini").write_text(self._here((INFRA / "mlflow-auth.ini").read_text()))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def _here(self, text: str) -> str:
        """``text`` with what a network of containers would resolve in it."""
        names = "|".join(self._services)
        text = re.sub(rf"(?<![\w.-])({names}|0\.0\.0\.0)(?=:\d)", "127.0.0.1", text)
        text = re.sub(r"(?<![\w.])(\d{4})(?![\w.])", lambda found: str(self.ports.get(int(found[1]), found[1])), text)
        text = (
            text.replace("0.0.0.0", "127.0.0.1")
            .replace("/tmp/", f"{self.folder}/")
            .replace("/run/tls", f"{self.folder}/tls")
        )
        return text.replace("infra/mlflow-auth.ini", f"{self.folder}/mlflow-auth.ini")

    def service(self, name: str) -> dict[str, Any]:
        """A service of compose.yaml, with addresses of this machine."""
        read: dict[str, Any] = json.loads(self._here(json.dumps(self._services[name])))
        return read

    def environment(self, name: str) -> dict[str, str]:
        """What the image and compose.yaml set, and nothing else but the way to programs."""
        image = re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"ENV PATH((?:.|\n)*?)\nCOPY", _dockerfile())))
        kept = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        given = {key: str(value) for key, value in self.service(name).get("environment", {}).items()}
        return dict(image) | kept | {"HOME": str(self.folder)} | given

    def run(self, name: str, seconds: float = 240) -> str:
        """A service that ends: what it said."""
        ran = subprocess.run(
            self.service(name)["command"], cwd=ROOT, env=self.environment(name), capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def start(self, *names: str) -> None:
        """Start services that stay."""
        for name in names:
            with (self.folder / f"{name}.log").open("wb") as log:
                self._processes[name] = subprocess.Popen(
                    self.service(name)["command"], cwd=ROOT, env=self.environment(name), stdout=log, stderr=log
                )

    def wait(self, *names: str, seconds: float = 240) -> None:
        """Wait until the health checks of ``names`` succeed."""
        until = time.monotonic() + seconds
        for name in names:
            while not self.healthy(name):
                ended = self._processes[name].poll() is not None
                assert not ended and time.monotonic() < until, (self.folder / f"{name}.log").read_text()[-3000:]
                time.sleep(0.3)

    def healthy(self, name: str) -> bool:
        """The service's own health check."""
        kind, *command = self.service(name)["healthcheck"]["test"]
        assert kind == "CMD"
        ran = subprocess.run(
            command, cwd=ROOT, env=self.environment(name), capture_output=True, timeout=30, check=False
        )
        return ran.returncode == 0

    def stop(self) -> None:
        """End what was started, with its children."""
        running = [process for process in self._processes.values() if process.poll() is None]
        mine = [child for process in running for child in psutil.Process(process.pid).children(recursive=True)]
        for process in reversed(running):  # those first that lean on others
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        for child in psutil.wait_procs(mine, timeout=2)[1]:
            child.kill()


def _dockerfile() -> str:
    text = (INFRA / "docker" / "Dockerfile").read_text()
    return text[text.rindex("FROM") :].replace("\\\n", "")
