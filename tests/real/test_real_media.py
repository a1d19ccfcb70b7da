"""The shared media, labelled through the command line: every file has its row, and the right status."""

from pathlib import Path

import pandas as pd
import pytest
from commands import Cli

SHARED = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.chain,
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent"),
]


def test_every_file_has_its_row(cli: Cli, bundle_folder: Path, tmp_path: Path) -> None:
    yunet = next((SHARED / "detectors").glob("*.onnx"))
    options = ["--out", "labels", "--model", str(bundle_folder), "--detector-weights", str(yunet), "--allow-synthetic"]
    done = cli("score", str(SHARED / "media"), *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = pd.read_parquet(tmp_path / "labels" / "files")
    on_disk = [path for path in (SHARED / "media").rglob("*") if path.is_file()]
    assert sorted(files["source"]) == sorted(str(path) for path in on_disk)
    rows = files.set_index(files["source"].map(lambda source: Path(source).name))
    faces = {"WolfgangLanger_Pexels.mp4", "single_face.mp4", "short_hamilton_clip.mp4", "book.mkv", "multi_face.jpg"}
    assert set(rows.loc[list(faces), "status"]) == {"scored"}
    assert (rows.loc[list(faces), "faces"] > 0).all()
    assert set(rows.loc[["no_face.mp4", "bottle-detection.mp4"], "status"]) == {"no_face"}
    assert rows.loc["LICENSE", "status"] == "unsupported"
    truncated = rows.loc["truncated.avi"]
    assert truncated["frames_total"] == 434
    assert "870" in truncated["error"]
    assert rows.loc["multi_face.jpg", "faces"] == 5
