"""A results folder whose run has ended."""

from pathlib import Path

from tasks.errors import OutputError, UsageError
from tasks.report.run import Run, read_run

TABLES = ("faces", "frames", "files")


def finished(out: Path, name: str = "") -> Run:
    """run.json of ``out``, which is called ``name`` in errors where that isn't its own.

    Raises:
        UsageError: not a results folder, or its run has not ended.
        OutputError: a table of it is gone, or run.json cannot be read.
    """
    name = name or str(out)
    if not (out / "run.json").is_file():
        raise UsageError(f"no run in '{name}' (run.json is missing). Give a folder that `fermata score --out` wrote")
    run = read_run(out)
    if run.state != "finished":
        raise UsageError(f"the run in '{name}' is {run.state}, not finished. Go on with it: fermata score --resume")
    for table in TABLES:
        if not (out / table).is_dir():
            raise OutputError(
                f"'{name}/{table}' is missing, so the results are not whole. Score again with --overwrite"
            )
    return run
