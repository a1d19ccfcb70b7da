"""After `forget`, nothing below the folder says that there ever was such a file."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_job import entry, face_row, frame_row
from made_run import BELOW, Picture, Video, probabilities, write_run

from tasks import files
from tasks.errors import FermataError, OutputError, UsageError
from tasks.report.score import write_score_report
from tasks.score import compact, folder, forget, ledger, parts, rescore, totals, versions
from tasks.score.abstain import Rule
from tasks.score.reprior import Model
from tasks.score.unit import file_row
from tasks.score.units import Arrangement
from tasks.show import csv

pytestmark = pytest.mark.chain

MEDIA: list[Picture | Video] = [2, [[1, 2, None], [1]], 0, 1]
COPIED, CLIP, LAST = "media/0.png", "media/1.mp4", "media/3.png"


def _finish(place: Path, out: Path, **more: Any) -> None:
    """What makes tables a run's folder: run.json, a report, CSV, subtitles and drawn media."""
    told = {
        "state": "finished", "run_id": "a", "fingerprint": "f", "abstain_below": BELOW, "sources": ["media", COPIED],
        "totals": totals.reconcile(place, totals.rows(out / "files")),
    }  # fmt: skip
    files.write_json(place / "run.json", told | more)
    csv.write(place, place)
    write_score_report(place)
    for made in (
        "subtitles/media/1.mp4.vtt",
        "annotated/media/0.png.annotated.png",
        "annotated/media/1.mp4.annotated.mp4",
    ):
        (place / made).parent.mkdir(parents=True, exist_ok=True)
        (place / made).write_text("drawn")


def _run(base: Path, media: list[Picture | Video], count: int) -> Path:
    """A finished run with one version."""
    out = base / "run"
    entries = write_run(out, media, probabilities(count, 1))
    shutil.rmtree(out / parts.UNITS)
    listed, copies, scored = entries[:2], entries[2:3], entries[3:]
    ledger.write(out, Arrangement([], [], listed, [(one, scored[0].source) for one in copies], scored))
    with versions.opened(out, "new") as (to, _):
        taken = rescore.Taken(iter([probabilities(count, 2)]))
        new = rescore.Label("new", "b", Rule(BELOW), Model(1.0, None, "haar"))
        rescore.rewrite(out, to, lambda faces: taken.take(len(faces), 7), new, lambda _: None)
        _finish(to, out)
    _finish(out, out)
    return out


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return _run(tmp_path, MEDIA, 7)


def _tables(place: Path) -> dict[str, pa.Table]:
    found = {name: ds.dataset(place / name).to_table() for name in compact.TABLES if (place / name).is_dir()}
    return found | {"thumbs": pq.read_table(place / "thumbs.parquet")}


def _text(out: Path) -> str:
    """Everything below ``out``, tables as JSON, names of files too."""
    found = []
    for path in out.rglob("*"):
        found.append(str(path.relative_to(out)))
        if path.suffix == ".parquet":
            found.append(json.dumps(pq.read_table(path).to_pylist(), default=repr))
        if path.is_file():
            found.append(path.read_bytes().decode("latin-1"))
    return "\n".join(found)


def _forget(out: Path, source: str = "", sha256: str = "") -> dict[str, int]:
    return forget.forget(out, forget.find(out, source, sha256))


def test_a_video_goes_from_every_table_and_the_rest_stays(run: Path) -> None:
    places = (run, *versions.all_of(run))
    before = [_tables(place) for place in places]
    counts = _forget(run, CLIP)
    assert counts == {
        "faces": 8, "frames": 8, "files": 2, "tracks": counts["tracks"], "crops": 4, "thumbs": 6, "plan": 1, "units": 0,
    }  # fmt: skip
    for place, earlier in zip(places, before, strict=True):
        after = _tables(place)
        assert set(after) == set(earlier)
        for name, table in earlier.items():
            assert after[name].equals(table.filter(pa.array([row["source"] != CLIP for row in table.to_pylist()])))
        told = files.read_json(place / "run.json")
        assert (told["totals"]["files"], told["totals"]["faces"], told["totals"]["tracks"]) == (6, 3, 0)
        assert sorted(path.name for path in (place / "annotated").rglob("*.*")) == ["0.png.annotated.png"]
        assert not list((place / "subtitles").rglob("*.vtt"))
        assert (place / "faces.csv").read_text().count("\n") == 4
    said = _text(run)
    assert CLIP not in said
    assert "sha-media/1.mp4" not in said
    assert LAST in said
    (record,) = files.read_json(run / "run.json")["forgotten"]
    assert set(record) == {"time", *counts}
    assert not list(run.rglob(".*.tmp"))
    assert not (run / folder.FORGETTING).exists()


@pytest.mark.parametrize("named", [COPIED, "other/copy.png"])
def test_what_holds_the_same_goes_too_whichever_is_named(run: Path, named: str) -> None:
    assert forget.find(run, named) == {(COPIED, None), ("other/copy.png", None)}
    assert _forget(run, named)["files"] == 4
    said = _text(run)
    assert COPIED not in said
    assert "copy.png" not in said
    assert files.read_json(run / "run.json")["sources"] == ["media"]


def test_a_content_is_found_by_its_hash(run: Path) -> None:
    assert forget.find(run, sha256="sha-media/3.png-None") == {(LAST, None)}
    assert forget.find(run, sha256="none") == set()


def test_what_is_not_there_is_said(run: Path) -> None:
    before = _text(run)
    with pytest.raises(UsageError, match="has no rows of that"):
        _forget(run, "media/9.png")
    assert _text(run) == before


def test_all_can_be_forgotten(run: Path) -> None:
    for source in (COPIED, CLIP, "media/2.png", LAST, "media/box.zip", "media/t.txt"):
        _forget(run, source)
    assert {len(table) for table in _tables(run).values()} == {0}
    assert len(files.read_json(run / "run.json")["forgotten"]) == 6


@pytest.mark.parametrize("step", range(4))
def test_a_stop_on_the_way_is_made_good_and_no_run_goes_on_before(
    run: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def stopping(function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise KeyboardInterrupt
            return function(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(forget, "_tables", stopping(forget._tables))
        patch.setattr(forget, "_retell", stopping(forget._retell))
        with pytest.raises(KeyboardInterrupt):
            _forget(run, CLIP)
    with pytest.raises(OutputError, match="forget` was stopped"), folder.claim(run, "f", resume=True, overwrite=False):
        pass
    _forget(run, CLIP)
    assert CLIP not in _text(run)
    assert files.read_json(run / "run.json")["totals"]["faces"] == 3
    with folder.claim(run, "f", resume=True, overwrite=False) as ended:
        assert ended is not None


def test_a_trace_that_no_command_wrote_is_named_and_looked_for_again(run: Path) -> None:
    (run / "notes.txt").write_text(f"see {CLIP}.")
    (run / "more.txt").write_text("see media/1.mp4.bak, or old/media/1.mp4")  # others
    with pytest.raises(FermataError, match=r"1 traces are left in 'notes\.txt'"):
        _forget(run, CLIP)
    with pytest.raises(FermataError, match=r"notes\.txt"):
        _forget(run, CLIP)
    (run / "notes.txt").unlink()
    _forget(run, CLIP)
    assert not (run / folder.FORGETTING).exists()


def test_units_of_a_stopped_run_are_thrown_away(tmp_path: Path) -> None:
    for unit, sources in (("u1", ["a/1.png", "a/2.png"]), ("u2", ["a/3.png"])):
        parts.write(
            tmp_path,
            unit,
            {
                "faces": [face_row(source) for source in sources],
                "frames": [frame_row(source, 1) for source in sources],
                "files": [file_row(entry(source), "scored", frames_sampled=1, faces=1) for source in sources],
                "thumbs": [],
            },
        )
    (tmp_path / parts.UNITS / ".u3.9.tmp").mkdir()
    files.write_json(tmp_path / "run.json", {"state": "stopped", "fingerprint": "f", "sources": ["a"]})
    assert _forget(tmp_path, "a/2.png") == {"units": 1}
    assert [place.name for place in (tmp_path / parts.UNITS).iterdir()] == ["u2.zip"]
    assert files.read_json(tmp_path / "run.json")["state"] == "stopped"


def _archives(out: Path) -> None:
    """Two zips with a member of the same name, of which one holds the other's picture."""
    rows = [
        file_row(entry("a.zip", media_type="archive"), "scored"),
        file_row(entry("b.zip", media_type="archive"), "scored"),
        file_row(entry("a.zip", "one", member="in::side/p.png"), "scored", frames_sampled=1),
        file_row(entry("b.zip", "two", member="in::side/p.png"), "scored", frames_sampled=1),
        file_row(entry("b.zip", "one", member="again.png"), "duplicate", duplicate_of="a.zip::in::side/p.png"),
    ]
    frames = [frame_row(f"{name}.zip", member="in::side/p.png", status="no_face") for name in "ab"]
    parts.write(out, "u", {"files": rows, "frames": frames})
    compact.compact(out, [["u"]])
    shutil.rmtree(out / parts.UNITS)
    files.write_json(out / "run.json", {"state": "finished", "sources": ["a.zip", "b.zip"]})


def test_a_member_goes_and_its_archive_and_namesakes_stay(tmp_path: Path) -> None:
    _archives(tmp_path)
    assert _forget(tmp_path, "a.zip::in::side/p.png")["files"] == 2  # and its copy in the other archive
    left = ds.dataset(tmp_path / "files").to_table().select(["source", "member"]).to_pylist()
    assert [(row["source"], row["member"]) for row in left] == [
        ("a.zip", None), ("b.zip", None), ("b.zip", "in::side/p.png")]  # fmt: skip
    assert files.read_json(tmp_path / "run.json")["sources"] == ["a.zip", "b.zip"]


@pytest.mark.parametrize("by_hash", [False, True])
def test_an_archive_goes_with_its_members_and_their_copies(tmp_path: Path, by_hash: bool) -> None:
    _archives(tmp_path)
    _forget(tmp_path, "" if by_hash else "a.zip", "sha-a.zip-None" if by_hash else "")
    assert ds.dataset(tmp_path / "files").to_table()["source"].to_pylist() == ["b.zip"] * 2
    assert files.read_json(tmp_path / "run.json")["sources"] == ["b.zip"]


NAMES = st.lists(
    st.text(st.sampled_from("ab/.: é\"'<&\\"), min_size=1, max_size=12), min_size=2, max_size=6, unique=True
)


@settings(max_examples=20, deadline=None)
@given(NAMES, st.data())
def test_names_that_hold_each_other_are_told_apart(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    out = tmp_path_factory.mktemp("run")
    rows = [file_row(entry(name), "no_face", frames_sampled=1, error=f"about {name}") for name in names]
    parts.write(out, "u", {"files": rows, "frames": [frame_row(name, status="no_face") for name in names]})
    compact.compact(out, [["u"]])
    shutil.rmtree(out / parts.UNITS)
    files.write_json(out / "run.json", {"state": "finished", "sources": names})
    csv.write(out, out)
    name = data.draw(st.sampled_from(names))
    counts = _forget(out, name)
    assert (counts["files"], counts["frames"]) == (1, 1)
    others = [one for one in names if one != name]
    assert ds.dataset(out / "files").to_table()["source"].to_pylist() == others
    assert files.read_json(out / "run.json")["sources"] == others
