"""What is left on Prefect's pages, read back from a real server."""

import time
from pathlib import Path

import pytest
from commands import artifacts as kept
from prefect import flow

from flows import artifacts
from flows.stage import stage

TOTALS = {
    "files": 4, "by_status": {"scored": 3, "no_face": 0, "timeout": 1}, "frames_sampled": 9,
    "frames_by_status": {"scored": 8, "no_face": 1}, "faces": 7, "tracks": 2, "emotions": {"happy": 5, "sad": 0},
    "abstained": 2, "bytes": 10,
}  # fmt: skip


def test_totals_are_a_table() -> None:
    assert [tuple(row.values()) for row in artifacts.rows(TOTALS)] == [
        ("files", "scored", 3), ("files", "timeout", 1), ("frames", "scored", 8), ("frames", "no_face", 1),
        ("faces", "happy", 5), ("faces", "no label", 2),
        ("files", "all", 4), ("frames", "all", 9), ("faces", "all", 7), ("tracks", "all", 2),
    ]  # fmt: skip


def test_faces_without_a_label_are_told_by_reason() -> None:
    because = {"not_a_face": 0, "too_small": 1, "unsure": 1}
    found = [tuple(row.values()) for row in artifacts.rows(TOTALS | {"abstained_because": because})]
    assert ("faces", "no label (too small)", 1) in found
    assert ("faces", "no label (unsure)", 1) in found
    assert not [row for row in found if row[1] in ("no label", "no label (not a face)")]


def test_nothing_is_told_outside_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    with artifacts.told("nobody") as tell:
        tell(50.0, "half")
    artifacts.finished(TOTALS, "/labels/report.html")
    assert capsys.readouterr() == ("", "")


@pytest.mark.chain
def test_a_run_leaves_progress_totals_and_a_link(prefect_server: None, tmp_path: Path) -> None:
    @stage("score-units")
    def work() -> None:
        with artifacts.told("told-progress", every=0.05) as tell:
            for percent in (10, 40, 100):
                tell(percent, f"units {percent}/100")
                time.sleep(0.2)

    @flow(name="told", validate_parameters=False)
    def run() -> None:
        work()
        artifacts.finished(TOTALS, str(tmp_path / "report.html"))

    run()
    (progress,) = kept("told-progress")
    assert (progress.type, progress.data, progress.description) == ("progress", 100, "units 100/100")
    assert progress.flow_run_id and progress.task_run_id
    (table,) = kept("score-totals", progress.flow_run_id)
    assert '"kind": "timeout", "count": 1' in table.data
    (link,) = kept("score-report", progress.flow_run_id)
    assert link.data == f"[{tmp_path}/report.html]({(tmp_path / 'report.html').as_uri()})"


@pytest.mark.chain
def test_a_server_that_refuses_or_hangs_stops_nothing(
    prefect_server: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "PATIENCE", 1.0)
    went_on = []

    @flow(name="refused", validate_parameters=False)
    def run() -> None:
        with artifacts.told("No such key!") as tell:  # the server refuses it
            tell(50.0, "half")
            went_on.append("refused")
        with artifacts.aside(lambda: time.sleep(3)):
            went_on.append("hung")

    run()
    assert went_on == ["refused", "hung"]
    refused, hung = capsys.readouterr().err.splitlines()[-2:]
    assert refused.startswith("Prefect's server has not all that its pages could show of this run (")
    assert hung.endswith("(no answer in 1 s)")
