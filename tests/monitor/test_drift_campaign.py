"""A slice of the campaign of drift: one seed."""

from pathlib import Path

import pytest
from campaigns import drift
from campaigns.budget import Budget
from campaigns.report import Report


@pytest.mark.chain
def test_changes_are_noticed_and_steady_archives_are_not(tmp_path: Path) -> None:
    report = Report("drift", 1)
    drift.run(report, tmp_path, {}, Budget(slice=True))
    assert report.failures == []
    assert report.lines[-1].startswith("undrifted: 2 of 2 quiet")
    assert [line for line in report.lines if "2 of 2 caught" in line or "1 of 1 caught" in line] == report.lines[:-1]
