"""The output of a run in a bucket, on a server that answers."""

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from made_job import entry, face_row, frame_row, job
from s3_server import Bucket as Made

from tasks import remote
from tasks.errors import OutputError, UsageError
from tasks.score import compact, earlier, folder, gather, lease, ledger, parts, store
from tasks.score.bucket import NEW, WHOLE, Bucket
from tasks.score.rows import Row
from tasks.score.unit import file_row
from tasks.score.units import arrange

pytestmark = pytest.mark.chain


def _tables(source: str, status: str = "scored") -> dict[str, list[Row]]:
    faces = [face_row(source)] if status == "scored" else []
    files = [file_row(entry(source), status, frames_sampled=1, faces=len(faces))]
    return {"faces": faces, "frames": [frame_row(source, len(faces))], "files": files, "thumbs": []}


def _keys(made: Made) -> list[str]:
    return remote.names(f"{made.url}/out")


@pytest.fixture
def out(bucket: Made) -> str:
    return f"{bucket.url}/out"


def test_a_part_is_one_object(bucket: Made, out: str) -> None:
    assert parts.finished(out) == set()
    for unit in ("u1", "u2", "u3"):
        parts.write(out, unit, _tables(unit))
    parts.write(out, "u1", _tables("again"))
    assert _keys(bucket) == ["units/u1.zip", "units/u2.zip", "units/u3.zip"]
    assert parts.finished(out) == {"u1", "u2", "u3"}
    found = list(parts.tables(out, ["u3", "gone", "u1"], "files"))
    assert [table["source"].to_pylist() for table in found] == [["u3"], ["again"]]
    parts.discard(out, ["u2", "gone"])
    assert parts.finished(out) == {"u1", "u3"}


def test_units_with_a_wanted_status_are_thrown_away(out: str) -> None:
    parts.write(out, "good", _tables("a"))
    parts.write(out, "bad", _tables("b", "decode_error"))
    earlier.discard(out, [])
    assert parts.finished(out) == {"good", "bad"}
    earlier.discard(out, ["decode_error"])
    assert parts.finished(out) == {"good"}


def test_where_a_run_stands(out: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no run in '{out}'"):
        ledger.read(out)
    made, place = arrange([entry("a.png"), entry("v.mp4", media_type="video")], job()), store.at(out)
    ledger.write(tmp_path, made)
    place.put(folder.RUN, json.dumps({"fingerprint": "f", "state": "running"}).encode())
    assert (ledger.read(out).units, ledger.read(out).done) == (0, 0)
    place.send(tmp_path, [ledger.NAME])
    parts.write(out, made.units[0].id, _tables("a.png"))
    found = ledger.read(out)
    assert (found.state, found.units, found.done, found.statuses, found.frames, found.faces) == (
        "running", 2, 1, {"scored": 1}, 1, 1)  # fmt: skip


def test_a_run_is_resumed_or_replaced_as_on_disk(bucket: Made, out: str) -> None:
    place = store.at(out)

    def claim(resume: bool = False, overwrite: bool = False, fingerprint: str = "f") -> dict[str, Any] | None:
        with folder.claim(out, fingerprint, resume, overwrite) as ended:
            return ended

    assert claim() is None
    assert _keys(bucket) == []
    place.put("thesis.tex", b"mine")
    for resume, overwrite in ((False, False), (True, False), (False, True)):
        with pytest.raises(OutputError, match="holds files of something else"):
            claim(resume, overwrite)
    place.remove(["thesis.tex"])
    run = {"fingerprint": "f", "state": "running", "started": "2026"}
    place.put(folder.RUN, json.dumps(run).encode())
    parts.write(out, "u", _tables("a"))
    with pytest.raises(OutputError, match=r"already holds a run \(unfinished, 2026\)"):
        claim()
    with pytest.raises(OutputError, match="another model"):
        claim(resume=True, fingerprint="g")
    assert claim(resume=True) is None
    assert parts.finished(out) == {"u"}
    place.put(folder.RUN, json.dumps(run | {"state": "finished"}).encode())
    assert claim(resume=True) == run | {"state": "finished"}
    bucket.put("outside", b"x")
    assert claim(overwrite=True) is None
    assert _keys(bucket) == []
    assert bucket.store.exists(f"{bucket.url}/outside")


def test_a_bucket_that_is_not_there_is_said() -> None:
    with (
        pytest.raises(OutputError, match="'s3://no-such-bucket/out' cannot be written: "),
        folder.claim("s3://no-such-bucket/out", "f", False, False),
    ):
        pytest.fail("held")


class Run:
    """Tables of two units, and what a resumed run makes of them."""

    def __init__(self, out: str, desk: Path) -> None:
        self.place, self.desk = Bucket(out), desk
        for unit in ("u1", "u2"):
            parts.write(desk, unit, _tables(unit))
        compact.compact(desk, [["u1"], ["u2"]])

    def sources(self, name: str, again: Path) -> list[str]:
        """The column of a table as it stands in the bucket."""
        self.place.bring(again, compact.NAMES)
        return [
            str(row)
            for table in earlier.rows(again, [entry("u1"), entry("u2"), entry("u3")], name)
            for row in table["source"].to_pylist()
        ]


def test_tables_are_replaced(bucket: Made, out: str, tmp_path: Path) -> None:
    run = Run(out, tmp_path / "desk")
    run.place.put("faces/part-00007.parquet", b"of an earlier run")
    run.place.put("run.json", b"{}")
    run.place.replace(run.desk, compact.NAMES)
    expected = [
        *(f"{name}/part-00000.parquet" for name in compact.TABLES if name != "crops"),
        "run.json",
        "thumbs.parquet",
    ]
    assert _keys(bucket) == sorted(expected)
    assert run.sources("faces", tmp_path / "again") == ["u1", "u2"]


class StoppedError(Exception):
    """In place of a kill."""


@pytest.mark.parametrize("kept", range(0, 18, 2))
def test_a_replacement_that_was_stopped_is_ended_or_forgotten(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Whatever request was the last one, the tables are afterwards the old ones or the new ones."""
    run = Run(out, tmp_path / "desk")
    run.place.replace(run.desk, compact.NAMES)
    parts.write(run.desk, "u3", _tables("u3"))
    compact.compact(run.desk, [["u3"]], [entry("u2")])
    left = [kept]

    def write(self: Bucket, name: str, call: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise StoppedError
        whole(self, name, call)

    whole = Bucket._write
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "_write", write)
        patch.setattr(Bucket, "each", lambda _, call, names: map(call, names))
        with suppress(StoppedError):
            run.place.replace(run.desk, compact.NAMES)
    run.place.recover()
    found = {name: run.sources(name, tmp_path / "again") for name in ("faces", "files", "frames")}
    whole_sets = ({name: list(names) for name in found} for names in (("u1", "u2"), ("u2", "u3")))
    assert found in list(whole_sets)
    if kept >= 6:  # all were sent
        assert found["faces"] == ["u2", "u3"]
        assert not [name for name in remote.names(out) if name.startswith((NEW, WHOLE))]


def test_only_one_run_holds_a_bucket(out: str) -> None:
    said = rf"another run is working in '{out}' now \(process \d+ on .*heard of \d+ s ago"
    with folder.claim(out, "f", False, False), pytest.raises(OutputError, match=said):  # noqa: SIM117
        with folder.claim(out, "f", False, False):
            pytest.fail("held twice")
    with folder.claim(out, "f", False, False):
        pass


def test_of_many_at_once_one_holds_it(out: str) -> None:
    held: list[int] = []
    start, over = threading.Barrier(8), threading.Event()

    def work(number: int) -> None:
        start.wait()
        try:
            with folder.claim(out, "f", False, False):
                held.append(number)
                over.wait(120)
        except OutputError:
            pass

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while sum(thread.is_alive() for thread in threads) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    over.set()
    for thread in threads:
        thread.join()
    assert len(held) == 1


@pytest.mark.parametrize(
    ("host", "pid", "age", "taken"),
    [("elsewhere", 1, 10, False), ("elsewhere", 1, 1000, True), ("here", 2**22 + 1, 10, True), ("here", 1, 10, False)],
)
def test_a_stale_lock_is_taken_over(out: str, host: str, pid: int, age: float, taken: bool) -> None:
    place, said = Bucket(out), list[str]()
    left = {"token": "x", "host": socket.gethostname() if host == "here" else host, "pid": pid}
    place.put(store.LOCK, json.dumps(left | {"since": 0, "seen": time.time() - age}).encode())
    if not taken:
        with pytest.raises(OutputError, match="another run is working"), place.held(said.append):
            pytest.fail("held")
        assert not said
        return
    with place.held(said.append):
        pass
    assert len(said) == 1
    assert f"the lock of a run that is gone is taken over (process {pid} on " in said[0]
    assert place.entries() == []


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff"])
def test_a_damaged_lock_is_stale(out: str, text: bytes) -> None:
    place, said = Bucket(out), list[str]()
    place.put(store.LOCK, text)
    with place.held(said.append):
        assert len(said) == 1


def test_a_run_that_lost_its_lock_writes_no_more(out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.05)
    place = Bucket(out)
    other = json.dumps({"token": "other", "seen": time.time()}).encode()
    with place.held(lambda _: None):
        Bucket(out).put(store.LOCK, other)
        deadline = time.monotonic() + 30
        with pytest.raises(OutputError, match="another run has taken over"):
            while time.monotonic() < deadline:
                place.put("run.json", b"{}")
                time.sleep(0.02)
    with Bucket(out).open(store.LOCK) as stream:
        assert stream.read() == other  # not ours to remove


def test_a_lock_is_kept_alive(out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.02)
    place = Bucket(out)

    def seen() -> float:
        with Bucket(out).open(store.LOCK) as stream:
            text = stream.read()
        try:
            return float(json.loads(text)["seen"])
        except json.JSONDecodeError:  # it was written anew, and longer, after its size was asked for
            return seen()

    with place.held(lambda _: None):
        first, deadline = seen(), time.monotonic() + 30
        while seen() == first and time.monotonic() < deadline:
            time.sleep(0.02)
        assert seen() > first


def test_parts_are_gathered_on_the_desk(out: str) -> None:
    for unit in ("u1", "u2"):
        parts.write(out, unit, _tables(unit))
    place = store.at(out)
    with place.desk() as desk:
        place.bring(desk, [parts.UNITS])
        assert gather.tables(desk, ["u2"])["faces"]["source"].to_pylist() == ["u2"]
        assert parts.finished(desk) == {"u1", "u2"}
    assert not desk.exists()
