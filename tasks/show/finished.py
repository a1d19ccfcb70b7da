"""A results folder whose run has ended."""

from pathlib import Path

from tasks.errors import OutputError, UsageError
from tasks.report.run import Run, read_run

TABLES = ("faces", "frames", "files")


def finished(out: Path) -> Run:
    """run.json of ``out``.

    Raises:
        UsageError: not a results folder, or its run has not ended.
        OutputError: a table of it is gone, or run.json cannot be read.
    """
    if not (out / "run.json").is_file():
        raise UsageError(f"no run in '{out}' (run.json is missing). Give a folder that `fermata score --out` wrote")
    run = read_run(out)
    if run.state != "finished":
        raise UsageError(f"the run in '{out}' is {run.state}, not finished. Go on with it: fermata score --resume")
    for name in TABLES:
        if not (out / name).is_dir():
            raise OutputError(f"'{out / name}' is missing, so the results are not whole. Score again with --overwrite")
    return run
