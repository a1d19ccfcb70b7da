"""The audit log: what is added stays, and what is done to it is seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from s3_server import Bucket

from tasks.score import audit, store
from tasks.score.audit import anchor, append, digests, head, named, problems, read

_PURPOSES = st.lists(st.text(max_size=8), min_size=1, max_size=8)


def _filled(folder: Path, purposes: list[str]) -> store.Folder:
    place = store.Folder(folder)
    (folder / audit.NAME).unlink(missing_ok=True)
    for purpose in purposes:
        append(place, {"action": "score", "purpose": purpose})
    return place


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@given(purposes=_PURPOSES)
def test_records_come_back_as_they_were_added(shared: Path, purposes: list[str]) -> None:
    lines = read(_filled(shared, purposes))
    records = [json.loads(line) for line in lines]
    assert [one["purpose"] for one in records] == purposes
    assert [one["number"] for one in records] == list(range(1, len(purposes) + 1))
    assert list(problems(lines, [anchor(head(lines))])) == []


@settings(deadline=None)
@given(purposes=_PURPOSES, data=st.data())
def test_any_change_is_seen(shared: Path, purposes: list[str], data: st.DataObject) -> None:
    lines = read(_filled(shared, purposes))
    end = anchor(head(lines))
    at = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["byte", "remove", "repeat", "swap", "cut"]))
    changed = list(lines)
    if how == "byte":
        byte = data.draw(st.integers(0, len(lines[at]) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda one: one not in (lines[at][byte], 10)))
        changed[at] = lines[at][:byte] + bytes([other]) + lines[at][byte + 1 :]
    elif how == "remove":
        del changed[at]
    elif how == "repeat":
        changed.insert(at, lines[at])
    elif how == "swap":
        changed[at], changed[-1] = changed[-1], changed[at]
    else:
        changed = changed[:at]
    if changed == lines:
        assert list(problems(changed, [end])) == []
    else:
        assert list(problems(changed, [end]))


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
def test_a_record_names_no_source_and_knows_it(names: list[str]) -> None:
    told = digests(names)
    assert told["count"] == len(names)
    assert all(named(told["salt"], name) in told["sha256"] for name in names)
    assert named(told["salt"], "".join(names) + "x") not in told["sha256"]
    assert digests(names)["sha256"] != told["sha256"]
    assert len(digests([str(number) for number in range(500)])["sha256"]) == 1


def test_a_write_that_was_cut_off_stays_as_a_broken_record(tmp_path: Path) -> None:
    place = _filled(tmp_path, ["a", "b"])
    path = tmp_path / audit.NAME
    path.write_bytes(path.read_bytes()[:-9])
    append(place, {"action": "score"})
    lines = read(place)
    assert len(lines) == 3
    assert list(problems(lines)) == ["record 2 is no record"]
    assert json.loads(lines[2])["number"] == 3


WRITER = """
import sys
from pathlib import Path
from tasks.score import audit, store
for number in range(40):
    audit.append(store.Folder(Path(sys.argv[1])), {"action": "score", "run_id": f"{sys.argv[2]}-{number}"})
"""


def test_four_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(at)], cwd=Path(__file__).parents[2])
        for at in range(4)
    ]
    assert [one.wait(timeout=240) for one in running] == [0] * 4
    lines = read(store.Folder(tmp_path))
    assert list(problems(lines)) == []
    assert {json.loads(line)["run_id"] for line in lines} == {f"{at}-{n}" for at in range(4) for n in range(40)}


def test_a_bucket_has_one_too(bucket: Bucket) -> None:
    place = store.at(f"{bucket.url}/labels")
    for purpose in ("a", "b"):
        end = append(place, {"action": "score", "purpose": purpose})
    lines = read(place)
    assert [json.loads(line)["purpose"] for line in lines] == ["a", "b"]
    assert list(problems(lines, [anchor(end)])) == []
