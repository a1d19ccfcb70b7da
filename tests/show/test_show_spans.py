"""The sampling interval of each video."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_job import frame_row
from scored_folder import write_folder

from tasks.report.run import Run, read_run
from tasks.schema import FRAMES
from tasks.show.seen import Key
from tasks.show.spans import Span, spans


def run(tmp_path: Path, every: int, fps: float | None) -> Run:
    return read_run(write_folder(tmp_path / "run", [], run={"sampling": {"every": every, "fps": fps}}))


@pytest.mark.parametrize(
    ("times", "every", "fps", "wanted"),
    [
        ([1400.0, 1900.0, 2400.0], 0, 2.0, Span(1400.0, 500.0)),
        ([0.0, 40.0, 90.0, 130.0, 5000.0], 1, None, Span(0.0, 45.0)),
        ([0.0, 500.0, 1000.0, 0.0, 500.0], 0, 2.0, Span(0.0, 500.0)),
        ([7.0], 0, 4.0, Span(7.0, 250.0)),
        ([7.0], 5, None, Span(7.0, 200.0)),
    ],
)
def test_intervals(tmp_path: Path, times: list[float], every: int, fps: float | None, wanted: Span) -> None:
    rows = [frame_row("a.mp4", frame=n, pts_ms=time) for n, time in enumerate(times)]
    rows.insert(1, frame_row("a.mp4", frame=99, pts_ms=123.0, status="decode_error"))
    rows.append(frame_row("b.png"))
    rows.append(frame_row("c.zip", member="v.mp4", pts_ms=3.0))
    (tmp_path / "frames").mkdir()
    pq.write_table(pa.Table.from_pylist(rows, FRAMES), tmp_path / "frames" / "part-00000.parquet", row_group_size=2)
    found = spans(tmp_path / "frames", run(tmp_path, every, fps))
    assert found[Key("a.mp4", None)] == wanted
    assert set(found) == {Key("a.mp4", None), Key("c.zip", "v.mp4")}
