import hashlib
import zipfile
from pathlib import Path

import av
import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import SourceError
from tasks.synthetic.archive import write_archive
from tasks.synthetic.truth import TruthFace, TruthRow, read_truth, write_truth

pytestmark = pytest.mark.chain


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_archive(folder / "archive", folder / "truth.parquet", seed=2, stills=6, clips=2)
    return folder


def test_it_holds_what_real_archives_hold(archive: Path) -> None:
    files = _digests(archive / "archive")
    stills = [name for name in files if Path(name).name.startswith("still-")]
    assert len(stills) == 6
    assert {Path(name).suffix for name in stills} == {".jpg", ".png"}
    assert all(cv2.imdecode(np.fromfile(archive / "archive" / name, np.uint8), 1) is not None for name in stills)
    assert files["copies/duplicate.jpg"] == files["family/2019/still-000.jpg"]
    assert len(set(files.values())) == len(files) - 1
    for name in ("damaged/ends-early.jpg", "damaged/not-a-picture.jpg"):
        assert cv2.imdecode(np.fromfile(archive / "archive" / name, np.uint8), 1) is None


def test_truth_and_files_belong_together(archive: Path) -> None:
    rows = read_truth(archive / "truth.parquet")
    files = _digests(archive / "archive")
    assert {row.source for row in rows} <= set(files)
    with zipfile.ZipFile(archive / "archive" / "albums" / "holiday.zip") as album:
        assert album.testzip() is None
        members = set(album.namelist())
    assert {row.member for row in rows if row.source.endswith(".zip")} <= members
    assert all((row.member is not None) == row.source.endswith(".zip") for row in rows)
    assert all((row.face.pts_ms is not None) == row.source.endswith((".mp4", ".mkv")) for row in rows)
    empty = set(files) - {row.source for row in rows}
    assert "clips/clip-001.mkv" in empty
    assert any("still-005" in name for name in empty)


def test_the_cut_off_clip_keeps_its_beginning(archive: Path) -> None:
    source = "damaged/cut-off.mp4"
    kept = [row.face.frame for row in read_truth(archive / "truth.parquet") if row.source == source]
    assert 5 < len(kept) < 50
    assert kept[0] == 0
    with av.open(str(archive / "archive" / source)) as container, pytest.raises(av.error.InvalidDataError):
        list(container.decode(video=0))


def test_the_same_seed_gives_the_same_archive(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_archive(tmp_path / name, tmp_path / f"{name}.parquet", seed=4, stills=1, clips=0)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")
    assert read_truth(tmp_path / "one.parquet") == read_truth(tmp_path / "two.parquet")


def test_truth_inside_the_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside the archive"):
        write_archive(tmp_path, tmp_path / "deep" / "truth.parquet")


def test_truth_survives_its_file(tmp_path: Path) -> None:
    face = TruthFace(1.5, 2.0, 30.0, 40.0, 7, "sad", 0.5, 1.0, -2.0, 3.0)
    rows = [TruthRow("a/b.jpg", None, face), TruthRow("c.zip", "d.png", face)]
    write_truth(tmp_path / "truth.parquet", rows)
    assert read_truth(tmp_path / "truth.parquet") == rows


def test_what_is_no_truth_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"other": [1]}), tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    for name in ("other.parquet", "text.parquet", "absent.parquet"):
        with pytest.raises(SourceError, match=name):
            read_truth(tmp_path / name)
