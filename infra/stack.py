"""The servers of one machine, as infra/Procfile names them: on loopback, without a container engine.

python infra/stack.py start     what isn't running yet; it stays when this command ends
python infra/stack.py stop      all of it, by pid
python infra/stack.py status    exit code 1 where something is not as it should be
python infra/stack.py with COMMAND ...    a command that finds the servers, such as `fermata promote`

Pids, logs and the addresses (`out/stack/env`, to be sourced) lie below STACK of infra/stack.env.
"""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import health
import postgres
import procfile
from processes import Group, until

HERE = Path(__file__).parent
# Each of a wave can start when those before it answer.
WAVES = (("postgres",), ("prefect", "mlflow", "scheduler"), ("dask", "worker"))
START = 300.0  # seconds that a process may take until it answers
WORD = "postgres-password"  # the file that holds it
OWN = ("STACK", "POSTGRES", "FLOW_RUNS", "DASK_", "WORKER_PORT", "MLFLOW_PORT", "PREFECT_PORT")  # not for clients


def main(asked: list[str]) -> int:
    """Do what is asked; the exit code."""
    if asked[:1] == ["with"] and asked[1:]:
        return _with(asked[1:])
    if len(asked) != 1 or asked[0] not in ("start", "stop", "status"):
        sys.stderr.write(str(__doc__))
        return 2
    file = Path(os.environ.get("STACK_ENV", HERE / "stack.env"))
    settings = procfile.environment(file, os.environ)
    stack = Path(settings["STACK"]).absolute()
    group = Group(stack)
    if asked[0] == "start":
        stack.mkdir(parents=True, exist_ok=True)
        values = resolved(settings, stack, group)
        start(values, stack, group)
    elif not (kept := stack / "kept.env").is_file():
        sys.stdout.write(f"stack: nothing was started in '{stack}'\n")
        return int(asked[0] == "status")
    else:
        values = procfile.environment(kept, {})
        if asked[0] == "stop":
            stop(values, stack, group)
            return 0
    return status(values, stack, group)


def _with(command: list[str]) -> int:
    settings = procfile.environment(Path(os.environ.get("STACK_ENV", HERE / "stack.env")), os.environ)
    kept = Path(settings["STACK"]).absolute() / "kept.env"
    if not kept.is_file():
        sys.stderr.write("stack: nothing was started. Start it: make stack\n")
        return 1
    return subprocess.run(command, env=told("", procfile.environment(kept, {})), check=False).returncode


def resolved(settings: Mapping[str, str], stack: Path, group: Group) -> dict[str, str]:
    """``settings`` with what they leave open; a stack that runs keeps its ports."""
    values = dict(settings) | {"STACK": str(stack)}
    kept = stack / "kept.env"
    if kept.is_file() and any(group.find(name) for wave in WAVES for name in wave):
        before = procfile.environment(kept, {})
        values |= {name: value for name, value in before.items() if name.endswith("_PORT")}
    values = procfile.ports(values)
    binaries = None if values["POSTGRES"] == "off" else postgres.programs(values["POSTGRES_BIN"])
    values["POSTGRES_BIN"] = str(binaries or "")
    values["POSTGRES_DATA"] = str(postgres.place(values["POSTGRES_DATA"], stack)) if binaries else ""
    host = values["STACK_HOST"]
    addresses = {
        "PREFECT_API_URL": f"http://{host}:{values['PREFECT_PORT']}/api",
        "PREFECT_HOME": str(stack / "prefect"),
        "MLFLOW_TRACKING_URI": f"http://{host}:{values['MLFLOW_PORT']}",
        "DASK_SCHEDULER_ADDRESS": f"tcp://{host}:{values['DASK_PORT']}",
    }
    values |= addresses
    write(kept, values)
    write(stack / "env", {name: value for name, value in values.items() if not name.startswith(OWN)} | addresses)
    return values


def write(file: Path, values: Mapping[str, str]) -> None:
    """One `NAME=value` a line, as a shell and `procfile.environment` read them."""
    file.write_text("".join(f"{name}={shlex.quote(value) if value else ''}\n" for name, value in values.items()))


def names(values: Mapping[str, str]) -> list[str]:
    """The processes of this machine's stack."""
    return [name for wave in WAVES for name in wave if name != "postgres" or values["POSTGRES_BIN"]]


def start(values: Mapping[str, str], stack: Path, group: Group) -> None:
    """Start what does not run, and wait until it answers.

    Raises:
        SystemExit: a process ended or did not answer; those that were started before go on, for `status` and `stop`.
    """
    if not values["POSTGRES_BIN"]:
        why = (
            "POSTGRES=off"
            if values["POSTGRES"] == "off"
            else "no PostgreSQL on this machine: apt-get install postgresql"
        )
        sys.stdout.write(f"stack: SQLite, for a trial only ({why})\n")
    wanted, secret = procfile.commands((HERE / "Procfile").read_text(), values), stack / WORD
    for wave in WAVES:
        begun = [name for name in wave if name in names(values) and group.find(name) is None]
        for name in begun:
            if name == "postgres":
                postgres.make(Path(values["POSTGRES_DATA"]), Path(values["POSTGRES_BIN"]), secret)
                group.begin(name, wanted[name], postgres.environment(), cwd="/", **postgres.as_user())
            else:
                group.begin(name, wanted[name], told(name, values))
        for name in begun:
            answers(name, values, group)
            if name == "postgres":
                postgres.databases(Path(values["POSTGRES_BIN"]), secret, values["STACK_HOST"], values["POSTGRES_PORT"])


def answers(name: str, values: Mapping[str, str], group: Group) -> None:
    """Wait for ``name``.

    Raises:
        SystemExit: it ended, or took too long.
    """
    ended = until(lambda: health.healthy(name, values) or group.find(name) is None, START)
    if not ended or group.find(name) is None:
        what = "ended" if group.find(name) is None else f"does not answer after {START:.0f} s"
        raise SystemExit(f"stack: {name} {what}: {group.last(name)} ({group.log(name)})")


def told(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The environment of ``name``: databases' addresses hold a password, and are for their servers only."""
    stack, secret = Path(values["STACK"]), Path(values["STACK"]) / WORD
    held = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "MLFLOW_"))}
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    found = held | dict(values) | path
    served = bool(values["POSTGRES_BIN"])
    if name == "prefect" and served:
        found["PREFECT_API_DATABASE_CONNECTION_URL"] = postgres.url("prefect", values, secret, "asyncpg")
    elif name == "mlflow":
        file = f"sqlite:///{stack / 'mlflow.db'}"
        found["MLFLOW_BACKEND_STORE_URI"] = postgres.url("mlflow", values, secret, "psycopg") if served else file
        found["MLFLOW_ARTIFACTS_DESTINATION"] = str(stack / "artifacts")
    elif name == "worker":
        port = {"PREFECT_WORKER_WEBSERVER_PORT": values["WORKER_PORT"]}
        found |= {"PREFECT_WORKER_WEBSERVER_HOST": values["STACK_HOST"]} | port
    return found


def stop(values: Mapping[str, str], stack: Path, group: Group) -> None:
    """End all, in the order that nothing loses what it needs."""
    began = time.monotonic()
    ended = [name for name in reversed(names(values)) if group.end(name)]
    sys.stdout.write(f"stack: stopped {', '.join(ended) or 'nothing'} in {time.monotonic() - began:.0f} s\n")


def status(values: Mapping[str, str], stack: Path, group: Group) -> int:
    """A line for each process; 1 where one is not as it should be."""
    bad = 0
    for name in names(values):
        process = group.find(name)
        well = process is not None and health.healthy(name, values)
        ended = f"ended: {group.last(name)}" if group.begun(name) else "stopped"
        state = "well" if well else "does not answer" if process else ended
        bad += not well
        pid = process.pid if process else "-"
        sys.stdout.write(f"{name:<10} {pid:>8}  {state:<16} {group.log(name)}\n")
    sys.stdout.write(f"addresses: {stack / 'env'}  (set -a; . {stack / 'env'}; set +a)\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
