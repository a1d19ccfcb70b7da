"""A slice of each campaign of tests/campaigns, as `python -m campaigns NAME --slice` runs it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from campaigns.mutate import case
from sliced import run_slice

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.chain


@pytest.mark.parametrize("name", ["kills", "fuzz", "million"])
def test_a_slice_of_a_campaign(name: str, environment: dict[str, str]) -> None:
    run_slice(name, environment["PREFECT_API_URL"])


def test_a_case_is_made_again_by_its_seed_and_number() -> None:
    code = "from campaigns.mutate import case\nimport hashlib\n"
    code += "print(hashlib.sha256(b''.join(case(5, number).data for number in range(200))).hexdigest())"
    there = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "tests", capture_output=True, text=True, check=True
    ).stdout.strip()
    here, other = (
        hashlib.sha256(b"".join(case(seed, number).data for number in range(200))).hexdigest() for seed in (5, 6)
    )
    assert there == here != other
