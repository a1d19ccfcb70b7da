"""rebuild: data, model and figures as params.yaml and data/raw ask for, through DVC; the new model is a candidate."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from prefect import flow

from flows import artifacts, places, progress
from flows.attempts import attempt, check_lives
from tasks import files
from tasks.errors import FermataError, UsageError

HOURS: Final = 12  # after which it is ended


@flow(name="rebuild", validate_parameters=False, timeout_seconds=3600 * HOURS)
def rebuild(
    stages: Sequence[str] = (), force: bool = False, pull: bool = True, push: bool = True, pause: float = 30.0
) -> dict[str, Any]:
    """Run `dvc pull`, `dvc repro` and `dvc push`; what stands in out/registered.json of the candidate.

    A stage of which nothing has changed is not run: a night without new data costs seconds and leaves the candidate as
    it was. `pull` and `push` are left out where DVC has no remote.

    Args:
        stages: of dvc.yaml; empty: all.
        force: run them also where nothing has changed.
        pull: fetch the versioned data first.
        push: keep what was made on the remote.
        pause: seconds before a step that failed is tried again, twice as many before the last try.

    Returns:
        version, model, run_id, digest ... of the candidate, `metrics` of its evaluation, and `new`: it was made now.

    Raises:
        UsageError: not in the project's folder.
        FermataError: a step of DVC's failed, with its last line.
    """
    check_lives()
    if not Path("dvc.yaml").is_file():
        raise UsageError(f"rebuild: no dvc.yaml in '{Path.cwd()}'. Start the worker in the project's folder")
    before = _candidate()
    remote = bool(dvc(["remote", "list"]))
    if pull and remote:
        attempt("dvc-pull", lambda: dvc(["pull", "--allow-missing"]), pause=pause)
    wanted = ["repro", *(["--force"] if force else []), *stages]
    attempt("dvc-repro", lambda: followed(wanted), retries=1, pause=pause)
    if push and remote:
        attempt("dvc-push", lambda: dvc(["push"]), pause=pause)
    found = _candidate()
    metrics = _read(places.EVALUATION / "metrics.json")
    artifacts.rebuilt(found, metrics, str(places.EXPLORED.resolve() / "report.html"), _tracking())
    return found | {"new": found.get("run_id") != before.get("run_id"), "metrics": metrics}


def followed(arguments: Sequence[str]) -> list[str]:
    """`dvc repro`, with a bar on Prefect's page that moves with each stage."""
    total = len(yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8")).get("stages", {})) or 1
    begun = 0
    with artifacts.told("rebuild-progress") as tell:

        def look(line: str) -> None:
            nonlocal begun
            if line.startswith(("Running stage", "Stage '")):
                begun += 1
                tell(100 * min(begun - 1, total) / total, line.rstrip(":"))

        lines = dvc(arguments, look)
        tell(100.0, "done")
    return lines


def dvc(arguments: Sequence[str], look: Callable[[str], None] = lambda _: None) -> list[str]:
    """What `dvc` wrote, line by line; ``look`` sees each as it comes.

    Raises:
        FermataError: it failed.
    """
    lines: list[str] = []
    # What Prefect says to this process about its run is not for the commands that DVC starts: theirs are runs too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT__")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    command = [sys.executable, "-m", "dvc", *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            for line in process.stdout or ():
                if said := line.strip():
                    lines.append(said)
                    progress.note(said)
                    look(said)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise FermataError(f"rebuild: `dvc {' '.join(arguments)}` failed: {cause(lines)}")
    return lines


def cause(lines: Sequence[str]) -> str:
    """The line that says why: DVC's own last words only name the stage, the command's stand above them."""
    told = [
        line for line in lines if line and not line.startswith(("Running stage", "> ", "ERROR: failed to reproduce"))
    ]
    return told[-1] if told else "it said nothing"


def _candidate() -> dict[str, Any]:
    return _read(places.REGISTERED)


def _read(path: Path) -> dict[str, Any]:
    return dict(files.read_json(path)) if path.is_file() else {}


def _tracking() -> str:
    from tasks import params
    from tasks.registry_address import uri

    return uri(params.load(Path("params.yaml"), ()).tracking, Path.cwd())
