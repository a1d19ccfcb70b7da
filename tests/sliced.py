"""A slice of a campaign of tests/campaigns, as `python -m campaigns NAME --slice` runs it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run_slice(name: str, server: str) -> None:
    """Run it against a Prefect server that runs already.

    Raises:
        AssertionError: it saw what should not be; with all that it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "campaigns", name, "--slice", "--server", server],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
