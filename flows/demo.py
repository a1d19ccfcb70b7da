"""The demo: the commands that a user would type, one after the other, in a copy of the project."""

import csv
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from flows import places
from tasks import files, quiet
from tasks.errors import FermataError, GateError, UsageError
from tasks.params import Augment, Evaluate, Params, Score, Train
from tasks.schema import EMOTIONS

ARCHIVE, TRUTH, LABELS = "archive", "truth.parquet", "score"
SHEET = 8  # faces per emotion on the report's data sheet
# The default parameters but for the warps: drawn faces vary enough without them, and learn in a minute. Each emotion is
# drawn as often as any, which isn't everyday.
PARAMS = Params(
    train=Train(epochs=14, augment=Augment(rotation=0, shift=0, shear=0, zoom=0)),
    evaluate=Evaluate(prior="uniform"),
    score=Score(prior="uniform"),
)


def demo(out: Path) -> None:
    """Run the whole chain below ``out`` and end with a table of what was done and where it lies.

    Raises:
        UsageError: not in the project's folder.
        FermataError: a command failed; its own message stands above.
    """
    started = time.monotonic()
    if not Path("dvc.yaml").is_file():
        raise UsageError("demo: no dvc.yaml here. Run it from the project's folder: make demo")
    project = out / "project"
    copy_project(Path.cwd(), project)
    environment = _environment(out)
    with _server(environment):
        _run(["-m", "dvc", "repro", "--quiet"], project, environment)
        # A candidate that is worse than an earlier demo's champion is refused: the champion scores then.
        _run(["-m", "flows.cli", "promote"], project, environment, fine=(0, GateError.exit_code))
        shutil.rmtree(out / ARCHIVE, ignore_errors=True)
        _run(["-m", "flows.cli", "synth", ARCHIVE, "--truth", TRUTH], out, environment)
        _run(
            [
                "-m",
                "flows.cli",
                "score",
                ARCHIVE,
                "--out",
                LABELS,
                "--overwrite",
                "--allow-synthetic",
                "--prior",
                "uniform",
            ],
            out,
            environment,
        )
    report = write_report(out, project)
    _table(out, project, report, time.monotonic() - started)


def copy_project(source: Path, target: Path) -> None:
    """Bring ``target`` up to date with the pipeline and code in ``source``, and the demo's parameters."""
    target.mkdir(parents=True, exist_ok=True)
    for package in ("flows", "tasks"):
        shutil.rmtree(target / package, ignore_errors=True)
        shutil.copytree(source / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source / "dvc.yaml", target / "dvc.yaml")
    shutil.copytree(source / "data" / "raw", target / "data" / "raw", ignore=_all_but_readme, dirs_exist_ok=True)
    files.write_text(target / "params.yaml", yaml.safe_dump(PARAMS.model_dump(), sort_keys=False))
    if not (target / ".dvc").is_dir():
        _run(["-m", "dvc", "init", "--no-scm", "--quiet"], target, dict(os.environ))


def _all_but_readme(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "README.md"]


def _environment(out: Path) -> dict[str, str]:
    """What the demo's commands see: stores of their own, and this Python's commands first."""
    place = out.resolve()
    own = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{place / 'mlflow.db'}",
        "PREFECT_HOME": str(place / "prefect"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    return quiet.ENVIRONMENT | dict(os.environ) | own


def _server(environment: dict[str, str]) -> Any:
    """One Prefect server for all commands: each would start its own otherwise, for some seconds each."""
    from contextlib import contextmanager

    @contextmanager
    def serve() -> Any:
        os.environ["PREFECT_HOME"] = environment["PREFECT_HOME"]
        from prefect.server.api.server import SubprocessASGIServer

        server = SubprocessASGIServer()
        server.start(timeout=120)
        environment["PREFECT_API_URL"] = server.api_url
        try:
            yield
        finally:
            server.stop()

    return serve()


def _run(arguments: list[str], folder: Path, environment: dict[str, str], fine: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=False)
    if done.returncode not in fine:
        said = " ".join(arguments).removeprefix("-m ").replace("flows.cli", "fermata")
        raise FermataError(f"demo: `{said}` ended with exit code {done.returncode}, see above")


def write_report(out: Path, project: Path) -> Path:
    """One page about the whole chain: ``out``/report.html."""
    from tasks.report.demo import write_demo_report
    from tasks.synthetic.compare import compare

    with (project / places.HISTORY).open(encoding="utf-8") as stream:
        history = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]
    return write_demo_report(
        out / "report.html",
        manifest=files.read_json(project / places.PREPARED / "manifest.json"),
        history=history,
        metrics=files.read_json(project / places.EVALUATION / "metrics.json"),
        decision=files.read_json(project / places.PROMOTION),
        score_folder=out / LABELS,
        sheet=_sheet(project / places.PREPARED / "shards" / "training"),
        truth=compare(out / TRUTH, out / LABELS, Path(ARCHIVE)),
    )


def _sheet(shards: Path) -> dict[str, list[bytes]]:
    """A few prepared faces per emotion, as PNG."""
    table = pq.read_table(sorted(shards.glob("*.parquet"))[0], columns=["label", "image"], partitioning=None)
    labels = table["label"].to_pylist()
    return {
        emotion: [table["image"][i].as_py()["bytes"] for i, label in enumerate(labels) if label == number][:SHEET]
        for number, emotion in enumerate(EMOTIONS)
    }


def _table(out: Path, project: Path, report: Path, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    manifest = files.read_json(project / places.PREPARED / "manifest.json")
    trained = files.read_json(project / places.REGISTERED)
    metrics = files.read_json(project / places.EVALUATION / "metrics.json")
    decision = files.read_json(project / places.PROMOTION)
    totals = files.read_json(out / LABELS / "run.json")["totals"]
    statuses = ", ".join(f"{count} {status}" for status, count in totals["by_status"].items() if count)
    table = Table("what", "result", "where", title=f"The whole chain in {seconds:.0f} s", title_justify="left")
    table.add_row(
        "prepare", f"{manifest['images']:,} faces, {manifest['rejected']} rejected", f"{project}/data/prepared"
    )
    table.add_row("train", f"{trained['architecture']}, {trained['epochs']} epochs", f"{project}/out/model")
    table.add_row(
        "evaluate",
        f"accuracy {metrics['accuracy']:.3f}, macro F1 {metrics['macro_f1']:.3f}",
        f"{project}/out/evaluation",
    )
    verdict = "champion" if decision["promoted"] else "not promoted"
    table.add_row("promote", f"version {decision['version']}: {verdict}", f"{out}/mlflow.db")
    table.add_row("score", f"{totals['files']} files, {totals['faces']:,} faces: {statuses}", f"{out}/{LABELS}")
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(f"Open {report}, or read {out}/{LABELS}/faces with pandas.", highlight=False)
