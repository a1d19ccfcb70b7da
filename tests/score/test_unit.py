"""Units of real files with a real (barely trained) network and the Haar cascade."""

import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from made_job import score, scoring_job

from tasks.faces import detect
from tasks.media.entry import Entry
from tasks.media.walk import walk
from tasks.params import Detector, Limits
from tasks.score import compact, parts, plan, totals
from tasks.score.job import Job
from tasks.score.rows import Row
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still

pytestmark = pytest.mark.chain


@pytest.fixture
def scoring(bundle_folder: Path) -> Job:
    return scoring_job(bundle_folder)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1])


@pytest.fixture(scope="module")
def faces() -> list[bytes]:
    """Pictures with exactly one face that the cascade finds."""
    found: list[bytes] = []
    for index in range(60):
        picture, _ = still(21, index)
        if len(detect.find(picture, "haar", Detector(name="haar"), "")) == 1:
            found.append(_png(picture))
        if len(found) == 4:
            return found
    pytest.fail("the cascade finds hardly any drawn face")


def _files(rows: dict[str, list[Row]]) -> dict[str, Row]:
    return {Path(row["source"]).name if row["member"] is None else row["member"]: row for row in rows["files"]}


def test_every_image_ends_in_a_row_with_its_status(tmp_path: Path, scoring: Job, faces: list[bytes]) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "a.png").write_bytes(faces[0])
    (media / "b.png").write_bytes(faces[1])
    (media / "broken.png").write_bytes(faces[2][: len(faces[2]) // 2])
    (media / "empty.png").write_bytes(_png(np.full((90, 120, 3), 99, np.uint8)))
    (media / "huge.png").write_bytes(_png(np.zeros((700, 700, 3), np.uint8)))
    wanted = replace(scoring, limits=Limits(image_pixels=640 * 480), images_per_unit=64)
    (tally,), rows = score(media, wanted, tmp_path / "out")
    files = _files(rows)
    assert {name: row["status"] for name, row in files.items()} == {
        "a.png": "scored", "b.png": "scored", "broken.png": "decode_error", "empty.png": "no_face",
        "huge.png": "too_large",
    }  # fmt: skip
    counts = {n: (r["frames_total"], r["frames_sampled"], r["frames_failed"], r["faces"]) for n, r in files.items()}
    assert counts == {
        "a.png": (1, 1, 0, 1), "b.png": (1, 1, 0, 1), "broken.png": (None, 1, 1, 0), "empty.png": (1, 1, 0, 0),
        "huge.png": (None, 0, 0, 0),
    }  # fmt: skip
    assert [name for name, row in files.items() if row["error"]] == ["broken.png", "huge.png"]
    assert "image_pixels" in files["huge.png"]["error"]
    assert all(row["seconds"] >= 0 for row in files.values())
    assert {Path(row["source"]).name: row["status"] for row in rows["frames"]} == {
        "a.png": "scored", "b.png": "scored", "broken.png": "decode_error", "empty.png": "no_face"}  # fmt: skip
    assert [(Path(row["source"]).name, row["frame"], row["pts_ms"], row["track"]) for row in rows["faces"]] == [
        ("a.png", 0, None, None), ("b.png", 0, None, None)]  # fmt: skip
    assert len(rows["thumbs"]) == 2
    assert (tally.files, tally.frames, tally.faces, tally.failed) == (5, 4, 2, 1)
    assert tally.statuses == {"scored": 2, "decode_error": 1, "no_face": 1, "too_large": 1}
    assert tally.seconds > 0
    assert tally.bytes > 1000


def test_a_file_that_went_away_is_a_row(tmp_path: Path, scoring: Job, faces: list[bytes]) -> None:
    media = tmp_path / "media"
    media.mkdir()
    for name in ("a.png", "gone.png"):
        (media / name).write_bytes(faces[name == "gone.png"])
    made = arrange(list(walk([str(media)], scoring.limits)), scoring)
    (media / "gone.png").unlink()
    assert score_unit(made.units[0], scoring, tmp_path / "out").statuses == {"scored": 1, "decode_error": 1}
    (files,) = parts.tables(tmp_path / "out", [made.units[0].id], "files")
    assert [row["status"] for row in files.to_pylist()] == ["scored", "decode_error"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_of_archives_are_scored_where_they_are(
    tmp_path: Path, scoring: Job, faces: list[bytes], kind: str
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    members = {"x/a.png": faces[0], "broken.png": faces[2][:-2000], "x/b.png": faces[1]}
    if kind == "zip":
        with zipfile.ZipFile(media / "all.zip", "w") as packed:
            for name, data in members.items():
                packed.writestr(name, data)
    else:
        with tarfile.open(media / "all.tar", "w") as packed_tar:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                packed_tar.addfile(info, io.BytesIO(data))
    tallies, rows = score(media, scoring, tmp_path / "out")
    assert sum(tally.files for tally in tallies) == 3
    assert {name: row["status"] for name, row in _files(rows).items()} == {
        "x/a.png": "scored", "broken.png": "decode_error", "x/b.png": "scored"}  # fmt: skip
    assert sorted(row["member"] for row in rows["faces"]) == ["x/a.png", "x/b.png"]
    assert {Path(row["source"]).name for row in rows["faces"]} == {f"all.{kind}"}


def test_a_part_that_cannot_be_written_is_an_oserror(tmp_path: Path, scoring: Job, faces: list[bytes]) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(faces[0])
    (tmp_path / "out").write_text("")
    with pytest.raises(OSError, match="out"):
        score(tmp_path / "media", scoring, tmp_path / "out")


def test_the_totals_of_a_mixed_folder_add_up(tmp_path: Path, scoring: Job, faces: list[bytes]) -> None:
    media, out = tmp_path / "media", tmp_path / "out"
    media.mkdir()
    for number, data in enumerate([*faces, faces[0], faces[1][:5000], b"text", b""]):
        (media / f"{number}.png").write_bytes(data)
    with zipfile.ZipFile(media / "all.zip", "w") as packed:
        packed.writestr("again.png", faces[2])
        packed.writestr("other.png", _png(np.full((60, 60, 3), 50, np.uint8)))
    write_clip(media / "v.mp4", clip(5, 3, 1.0, 10.0, 1, 1, 320, 240))
    entries: list[Entry] = list(walk([str(media)], scoring.limits))
    made = arrange(entries, scoring)
    assert [len(unit.entries) for unit in made.units] == [1, 4, 2]
    scored = []
    for unit in made.units:
        score_unit(unit, scoring, out)
    ids = [unit.id for unit in made.units]
    for table in parts.tables(out, ids, "files"):
        scored += [(row["source"], row["member"], row["status"]) for row in table.to_pylist()]
    parts.write(out, "listed", {"files": plan.listed_rows(made, scored)})
    compact.compact(out, [["listed"], *made.groups])
    found = totals.reconcile(out, len(entries))
    assert found["files"] == 8 + 3 + 1
    assert found["by_status"]["duplicate"] == 2
    assert found["by_status"]["unsupported"] == 2
    assert found["by_status"]["decode_error"] == 1
    assert found["by_status"]["no_face"] == 2  # the grey member and, as the best of its members, the archive
    assert found["faces"] >= 4
