import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_job import entry, face_row, frame_row

from tasks.errors import ReconcileError
from tasks.schema import ABSTENTIONS, EMOTIONS, FACES, FILE_STATUSES, FILES, FRAMES, TRACKS
from tasks.score.rows import Row
from tasks.score.totals import reconcile
from tasks.score.unit import file_row

Tables = dict[str, list[Row]]


def _write(out: Path, tables: Tables) -> Path:
    shutil.rmtree(out, ignore_errors=True)
    for name, schema in (("faces", FACES), ("frames", FRAMES), ("files", FILES), ("tracks", TRACKS)):
        (out / name).mkdir(parents=True)
        # In two files, as a large run has them.
        rows = tables.get(name, [])
        for number, piece in enumerate((rows[: len(rows) // 2], rows[len(rows) // 2 :])):
            pq.write_table(pa.Table.from_pylist(piece, schema=schema), out / name / f"part-{number:05}.parquet")
    return out


def _file(tables: Tables, source: str, frames: list[int | None]) -> None:
    """Add a file: the faces of each sampled frame, None for one that did not decode."""
    for number, faces in enumerate(frames):
        status = "decode_error" if faces is None else ""
        tables["frames"].append(frame_row(source, faces or 0, status, frame=number))
        tables["faces"] += [face_row(source, number, face) for face in range(faces or 0)]
    failed = sum(faces is None for faces in frames)
    total = sum(faces or 0 for faces in frames)
    status = "scored" if total else "decode_error" if failed == len(frames) else "no_face"
    row = file_row(entry(source), status, frames_sampled=len(frames), frames_failed=failed, faces=total)
    tables["files"].append(row)


def _tables(files: list[list[int | None]], listed: list[str]) -> Tables:
    tables: Tables = {"faces": [], "frames": [], "files": []}
    for number, frames in enumerate(files):
        _file(tables, f"{number}", frames)
    tables["files"] += [file_row(entry(f"listed-{n}"), status) for n, status in enumerate(listed)]
    return tables


EXAMPLE = _tables([[2], [0], [None], [1, None, 0, 3]], ["duplicate", "refused"])


def test_a_whole_run_is_counted(tmp_path: Path) -> None:
    faces = [EXAMPLE["faces"][0] | {"abstained": True, "abstained_because": "unsure"}, *EXAMPLE["faces"][1:]]
    found = reconcile(_write(tmp_path / "out", EXAMPLE | {"faces": faces}), 6)
    assert found == {
        "files": 6,
        "by_status": dict.fromkeys(FILE_STATUSES, 0)
        | {"scored": 2, "no_face": 1, "decode_error": 1, "duplicate": 1, "refused": 1},
        "frames_sampled": 7,
        "frames_by_status": {"scored": 3, "no_face": 2, "decode_error": 2},
        "faces": 6,
        "tracks": 0,
        "emotions": dict.fromkeys(EMOTIONS, 0) | {"happy": 5},
        "abstained": 1,
        "abstained_because": dict.fromkeys(ABSTENTIONS, 0) | {"unsure": 1},
        "bytes": 60,
    }


def test_an_empty_run_is_counted(tmp_path: Path) -> None:
    assert reconcile(_write(tmp_path / "out", _tables([], [])), 0)["files"] == 0


def _changed(name: str, row: int, **change: Any) -> Tables:
    return EXAMPLE | {name: [one | change if n == row else one for n, one in enumerate(EXAMPLE[name])]}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (EXAMPLE | {"files": EXAMPLE["files"][:-1]}, "files: rows and inputs: 5 and 6"),
        (EXAMPLE | {"files": [*EXAMPLE["files"], EXAMPLE["files"][-1]]}, "files: rows and inputs: 7 and 6"),
        (_changed("files", 0, status="lost"), "files: rows and sum over statuses: 6 and 5"),
        (_changed("files", 0, frames_sampled=2), "frames: rows and files.frames_sampled: 7 and 8"),
        (_changed("files", 2, frames_failed=0), "frames: decode_error and files.frames_failed: 2 and 1"),
        (_changed("files", 0, faces=1), "faces: rows and files.faces: 6 and 5"),
        (_changed("frames", 0, status="lost"), "frames: rows and sum over statuses: 7 and 6"),
        (_changed("frames", 2, status="no_face"), "frames: decode_error and files.frames_failed: 1 and 2"),
        (_changed("frames", 0, faces=1), "faces: rows and frames.faces: 6 and 5"),
        (EXAMPLE | {"frames": EXAMPLE["frames"][1:]}, "frames: rows and files.frames_sampled: 6 and 7"),
        (EXAMPLE | {"faces": EXAMPLE["faces"][1:]}, "faces: rows and files.faces: 5 and 6"),
        (_changed("faces", 0, track=0), "faces: in a track and tracks.faces: 1 and 0"),
        (_changed("files", 0, tracks=2), "tracks: rows and files.tracks: 0 and 2"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_named(tmp_path: Path, tables: Tables, said: str) -> None:
    with pytest.raises(ReconcileError, match=re.escape(said)) as raised:
        reconcile(_write(tmp_path / "out", tables), 6)
    assert "the totals don't add up" in str(raised.value)
    assert str(tmp_path / "out") in str(raised.value)


def test_every_wrong_sum_is_named_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(ReconcileError) as raised:
        reconcile(_write(tmp_path / "out", EXAMPLE | {"faces": EXAMPLE["faces"][1:]}), 7)
    assert str(raised.value).count(" and ") == 2 * 3 - 0
    for name in ("files: rows and inputs", "faces: rows and files.faces", "faces: rows and frames.faces"):
        assert name in str(raised.value)


CONTENT = st.lists(st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(CONTENT, st.lists(st.sampled_from(FILE_STATUSES), max_size=3), st.data())
def test_consistent_tables_pass_and_any_changed_count_does_not(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[int | None]], listed: list[str], data: st.DataObject
) -> None:
    out = tmp_path_factory.getbasetemp() / "random-run"
    tables = _tables(files, listed)
    found = reconcile(_write(out, tables), len(tables["files"]))
    assert found["files"] == sum(found["by_status"].values()) == len(files) + len(listed)
    assert found["frames_sampled"] == sum(found["frames_by_status"].values()) == sum(map(len, files))
    assert found["faces"] == sum(faces or 0 for frames in files for faces in frames)
    name, column = data.draw(
        st.sampled_from(
            [("files", "frames_sampled"), ("files", "frames_failed"), ("files", "faces"), ("frames", "faces")]
        )
    )
    row = data.draw(st.integers(0, len(tables[name]) - 1))
    tables[name][row] |= {column: tables[name][row][column] + data.draw(st.sampled_from([-1, 1, 1000]))}
    with pytest.raises(ReconcileError):
        reconcile(_write(out, tables), len(tables["files"]))
