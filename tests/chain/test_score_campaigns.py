"""A slice of each campaign about scoring; beside test_campaigns.py, so that two processes share them."""

import pytest
from sliced import run_slice

pytestmark = pytest.mark.chain


@pytest.mark.parametrize(
    "name", ["faults", "media", "stops", "scheduler", pytest.param("servers", marks=pytest.mark.long)]
)
def test_a_slice_of_a_campaign(name: str, environment: dict[str, str]) -> None:
    run_slice(name, environment["PREFECT_API_URL"])
