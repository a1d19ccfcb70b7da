import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_job import entry, face_row, frame_row, job

from tasks.errors import UsageError
from tasks.media.segments import Segment
from tasks.schema import PLAN
from tasks.score import folder, ledger, parts
from tasks.score.unit import file_row
from tasks.score.units import arrange

SPANS = (Segment(None, 100, 0, None, 10), Segment(100, None, 10, 90, 12))
CLIP = entry("v.mp4", media_type="video", parts=SPANS)


def _run(out: Path, **more: object) -> None:
    out.mkdir(exist_ok=True)
    (out / folder.RUN).write_text(json.dumps({"fingerprint": "f", "state": "running"} | more))


def test_the_plan_names_every_file_member_and_part(tmp_path: Path) -> None:
    broken = entry("c.png", status="too_large", error="huge")
    made = arrange([entry("a.png", "x"), CLIP, entry("b.png", "x"), broken], job())
    ledger.write(tmp_path, made)
    table = pq.read_table(tmp_path / ledger.NAME)
    assert table.schema.equals(PLAN)
    rows = {(row["source"], row["first"]): row for row in table.to_pylist()}
    assert len(rows) == len(table) == 5
    assert rows["a.png", None]["unit"] == next(unit.id for unit in made.units if unit.entries[0].source == "a.png")
    assert rows["b.png", None]["duplicate_of"] == "a.png"
    assert (rows["c.png", None]["status"], rows["c.png", None]["error"]) == ("too_large", "huge")
    assert rows["b.png", None]["unit"] is rows["c.png", None]["unit"] is None
    assert rows["v.mp4", None]["last"] == rows["v.mp4", 100]["first"] == 100
    assert rows["v.mp4", None]["unit"] != rows["v.mp4", 100]["unit"]
    assert [place.name for place in tmp_path.iterdir()] == [ledger.NAME]


def test_a_run_stands_where_its_finished_units_are(tmp_path: Path) -> None:
    made = arrange([entry("a.png"), CLIP], job())
    _run(tmp_path)
    assert (ledger.read(tmp_path).units, ledger.read(tmp_path).done) == (0, 0)  # before the plan
    ledger.write(tmp_path, made)
    assert (ledger.read(tmp_path).state, ledger.read(tmp_path).units, ledger.read(tmp_path).done) == ("running", 3, 0)
    for unit in made.units[:2]:
        source = unit.entries[0].source
        row = file_row(unit.entries[0], "scored", frames_sampled=4, faces=1)
        parts.write(tmp_path, unit.id, {"faces": [face_row(source)], "frames": [frame_row(source, 1)], "files": [row]})
    parts.write(tmp_path, "stray", {"files": [file_row(entry("z"), "scored", frames_sampled=99)]})
    found = ledger.read(tmp_path)
    assert (found.done, found.statuses, found.frames, found.faces) == (2, {"scored": 2}, 8, 2)


def test_a_finished_run_stands_where_its_totals_say(tmp_path: Path) -> None:
    totals = {"by_status": {"scored": 3}, "frames_sampled": 7, "faces": 9}
    _run(tmp_path, state="finished", totals=totals, plan={"units": 2})
    found = ledger.read(tmp_path)
    assert (found.state, found.units, found.done, found.frames, found.faces) == ("finished", 2, 2, 7, 9)


@pytest.mark.parametrize("text", [None, "{"])
def test_no_run_is_said(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / folder.RUN).write_text(text)
    with pytest.raises(UsageError, match="no run in"):
        ledger.read(tmp_path)
