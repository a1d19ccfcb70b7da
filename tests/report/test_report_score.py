import contextlib
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from html_check import Page
from scored_folder import Media, realistic, write_folder

from tasks.errors import OutputError
from tasks.report.score import write_score_report
from tasks.schema import FILES

HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e\n\x07.jpg"


def page(folder: Path, faces: bool = True) -> Page:
    path = write_score_report(folder, faces)
    assert path == folder / "report.html"
    return Page(path.read_text(encoding="utf-8"))


def test_the_totals_are_equations(tmp_path: Path) -> None:
    text = page(write_folder(tmp_path, realistic())).text
    files = "62 files = 45 scored + 9 no_face + 3 decode_error + 1 unsupported + 1 too_large + 1 refused"
    assert f"{files} + 1 timeout + 1 duplicate" in text
    assert "180 frames sampled = 137 scored + 40 no_face + 3 decode_error" in text
    assert "28 of 28 figures that are written in two places agree" in text
    assert "Warning" not in text
    assert "emotion version 4" in text


def test_every_part_has_its_figures(tmp_path: Path) -> None:
    found = page(write_folder(tmp_path, realistic()))
    assert "The 3 videos with the most faces" in found.text
    assert "interview.mp4 133 faces" in found.text
    assert "decode_error 2 JPEG ends after 312 of 8,000 bytes broken.jpg" in found.text
    assert "box.zip › inner/broken.png" in found.text
    assert "same content as party/IMG_0000.jpg" in found.text
    assert "interview.mp4 3 tracks, in sight for 2 min 14 s in all" in found.text
    assert found.count("tr") > 62


def test_videos_end_where_their_last_frame_ends(tmp_path: Path) -> None:
    clip = Media("clip.mp4", frames=(("happy",), ("HAPPY",), (), ("sad", "sad")), media="video")
    html = write_score_report(write_folder(tmp_path, [clip])).read_text(encoding="utf-8")
    assert "<title>0:00 to 0:00.5: happy 1</title>" in html
    assert "<title>0:00.5 to 0:01.0: no label 1</title>" in html
    assert "<title>0:01.5 to 0:02.0: sad 2</title>" in html


def test_shares_include_the_faces_without_a_label(tmp_path: Path) -> None:
    media = [Media("a.jpg", frames=(("happy", "happy", "SAD", "angry"),))]
    found = page(write_folder(tmp_path, media))
    assert "happy 50.0 % · 2" in found.text
    assert "angry 25.0 % · 1" in found.text
    assert "no label 25.0 % · 1" in found.text
    assert any(attributes.get("data-m") == "33.3,0,0,66.7,0,0,0" for _, attributes in found.elements)


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    media = [
        Media(HOSTILE, frames=(("happy",),), media="video", seconds=1),
        Media("box.zip", "decode_error", member=HOSTILE, error=f"bad {HOSTILE}"),
        Media("twin.jpg", "duplicate", duplicate_of=HOSTILE),
    ]
    run = {"sources": [HOSTILE, "caf\udce9.jpg"], "warnings": [HOSTILE], "params": {HOSTILE: HOSTILE}}
    folder = write_folder(tmp_path, media, run=run | {"versions": {HOSTILE: HOSTILE}, "state": HOSTILE})
    found = page(folder)
    assert found.count("script") == 1
    assert "<script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e␊␇.jpg" in found.text
    assert "caf\\udce9.jpg" in found.text


def test_names_that_are_not_utf8_are_shown(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [Media("caf?.jpg", "no_face", ((),))])
    table = pq.read_table(folder / "files" / "part-00000.parquet")
    broken = pa.array([b"caf\xe9.jpg"]).view(pa.string())
    pq.write_table(table.set_column(0, FILES.field("source"), broken), folder / "files" / "part-00000.parquet")
    assert "caf\\xe9.jpg" in page(folder).text


def test_a_run_without_any_file(tmp_path: Path) -> None:
    text = page(write_folder(tmp_path, [])).text
    assert "0 files = 0" in text
    assert "No face has been found" in text
    assert "Nothing failed" in text
    assert "This run kept no thumbnails" in text


def test_a_run_that_has_just_begun_has_no_tables(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"state": "running", "totals": {"files": 3}}), encoding="utf-8")
    text = page(tmp_path).text
    assert "This run is running, not finished" in text
    assert "do not add up" not in text
    assert "✗ files: run.json and table 3 0" in text


def test_missing_thumbnails_are_said(tmp_path: Path) -> None:
    found = page(write_folder(tmp_path, realistic(), thumbs=None))
    assert found.count("img") == 0
    assert "This run kept no thumbnails" in found.text


def test_without_faces_there_is_no_picture(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, realistic())
    found = page(folder, faces=False)
    assert found.count("img") == 0
    assert "image/jpeg" not in (folder / "report.html").read_text(encoding="utf-8")
    assert "Pictures of faces were left out" in found.text


def test_the_contact_sheet_takes_turns_between_emotions(tmp_path: Path) -> None:
    media = [Media(f"{i}.jpg", frames=(("happy",),)) for i in range(90)] + [Media("z.jpg", frames=(("fear",),))]
    found = page(write_folder(tmp_path, media, thumbs=1000))
    pictures = [attributes for tag, attributes in found.elements if tag == "img"]
    assert [picture["alt"] for picture in pictures].count("Face labelled happy") == 36
    assert pictures[0]["title"] == "z.jpg"


def test_warnings_stand_on_top_and_are_said_once(tmp_path: Path) -> None:
    run = {
        "model": {"name": "emotion", "synthetic": True, "accuracy": None},
        "detector": {"name": "haar", "asked": "yunet", "fallback": True, "why": "weights are not there"},
    }
    text = page(write_folder(tmp_path / "a", realistic(), run=run)).text
    assert "trained on drawn, synthetic faces" in text
    assert "fallback detector haar (asked for: yunet): weights are not there" in text
    assert text.index("Warning") < text.index("Totals Every")
    said = {"warnings": ["trained on Synthetic faces", "the fallback haar found the faces"]}
    text = page(write_folder(tmp_path / "b", realistic(), run=run | said)).text
    assert text.count("Warning ") == 2


def test_totals_that_differ_are_shouted(tmp_path: Path) -> None:
    totals = {"files": 62, "by_status": {"scored": 46}, "frames_sampled": 180, "faces": 310}
    text = page(write_folder(tmp_path, realistic(), run={"totals": totals})).text
    assert "Error The totals do not add up" in text
    assert "✗ files scored: run.json and table 46 45" in text


def test_the_snippet_runs_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = page(write_folder(tmp_path, realistic()))
    code = next(text for text in found.texts if "import pandas" in text)
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "snippet", "exec"), {})
    assert "happy" in printed.getvalue()
    assert "not a PNG: bad header" in printed.getvalue()


@pytest.mark.chain
def test_six_thousand_files_stay_small(tmp_path: Path) -> None:
    media = [Media(f"year/month/day/IMG_{i:06}.jpg", frames=(("happy", "sad"),)) for i in range(5_990)]
    media += [Media(f"zz/{i}.jpg", "decode_error", error="cut off") for i in range(10)]
    folder = write_folder(tmp_path, media, thumbs=300)
    found = page(folder)
    assert (folder / "report.html").stat().st_size < 5_000_000
    assert "The table shows 5,000 of 6,000 files" in found.text
    assert "zz/9.jpg" in found.text, "failures come before others"
    assert "1,000 more are in files/" in found.text


def test_folders_that_hold_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no run\.json"):
        write_score_report(tmp_path)
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be read"):
        write_score_report(tmp_path)
    for content, message in (
        ("[]", "expected an object"),
        ('{"model": 3}', "model: expected"),
        ('{"seconds": "x"}', "seconds: expected"),
        ('{"sources": 1}', "sources: expected"),
    ):
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
        with pytest.raises(OutputError, match=message):
            write_score_report(tmp_path)


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, realistic())
    (folder / "thumbs.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(OutputError, match=r"thumbs\.parquet"):
        write_score_report(folder)
    assert not (folder / "report.html").exists()
    (folder / "faces" / "part-00000.parquet").write_bytes(b"no table")
    with pytest.raises(OutputError, match="table faces"):
        write_score_report(folder, faces=False)


def test_an_unknown_emotion_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, [Media("a.jpg", frames=(("happy",),))])
    path = folder / "faces" / "part-00000.parquet"
    table = pq.read_table(path)
    index = table.schema.get_field_index("emotion")
    pq.write_table(table.set_column(index, table.schema.field(index), pa.array(["bored"])), path)
    with pytest.raises(OutputError, match="unknown emotion, received 'bored'"):
        write_score_report(folder)
