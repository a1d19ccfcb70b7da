"""python -m campaigns NAME --seed S [--rounds N | --seconds T], from the repository's root with PYTHONPATH=tests."""

import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import click

from campaigns.budget import Budget
from campaigns.report import Report
from campaigns.server import serving

NAMES = (
    "kills", "faults", "fuzz", "media", "stops", "scheduler", "million", "hours", "drift", "servers", "operations",
)  # fmt: skip


@click.command(help=__doc__)
@click.argument("name", type=click.Choice([*NAMES, "all"]))
@click.option("--seed", default=1, show_default=True, help="Repeats a campaign.")
@click.option("--rounds", type=int, help="Kills of each kind, files, or images; by default a full campaign.")
@click.option("--seconds", type=float, help="As many rounds as fit.")
@click.option("--slice", "small", is_flag=True, help="A slice of some seconds, as the tests run it.")
@click.option("--server", default="", metavar="URL", help="A Prefect server that runs already.")
def main(name: str, seed: int, rounds: int | None, seconds: float | None, small: bool, server: str) -> None:
    """Run campaigns; exit code 1 when one of them saw what should not be."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder, serving(Path(folder) / "home", server) as values:
        for one in NAMES if name == "all" else (name,):
            report, started = Report(one, seed), time.monotonic()
            import_module(f"campaigns.{one}").run(report, Path(folder) / one, values, Budget(rounds, seconds, small))
            failed += len(report.failures)
            verdict = f"{len(report.failures)} failures" if report.failures else "passed"
            report.say(f"{verdict} in {time.monotonic() - started:.0f} s, seed {seed}")
    sys.exit(bool(failed))


main()
