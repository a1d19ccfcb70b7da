"""The benchmark on WIDER FACE reads folders and zips alike, here of drawn scenes."""

import json
import zipfile
from pathlib import Path

import cv2
import pytest

from benchmarks import wider
from tasks.faces.agreement import Counts
from tasks.synthetic.scenes import still


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "images").mkdir(parents=True)
    rows = []
    for number in range(2):
        picture, (face,) = still(21, number)
        cv2.imwrite(str(made / "images" / f"{number}.png"), picture)
        boxes = [[face.x, face.y, face.w, face.h], [0, 0, 5, 5]]
        rows.append({"file": f"{number}.png", "boxes_xywh": boxes, "easy": [0], "medium": [0], "hard": [0, 1]})
    (made / "gt.json").write_text(json.dumps(rows))
    return made


def test_a_zip_is_as_good_as_a_folder(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder).as_posix())
    table = wider.measure(folder, "", ("haar",), (1,))
    assert wider.measure(tmp_path / "made.zip", "", ("haar",), (1,)) == table
    assert [table["haar", 1, level].faces for level in wider.LEVELS] == [2, 2, 4]
    assert table["haar", 1, "0-8"] == Counts(2, 0, 0)


def test_boxes_are_in_pixels_of_the_picture_however_large_it_is_made() -> None:
    image = still(21, 0)[0]
    assert wider.found(image, "none", 3, "").tolist() == [[0, 0, image.shape[1], image.shape[0]]]


def test_ranks_have_short_names() -> None:
    assert [wider.rank(*size) for size in wider.SIZES] == ["0-8", "8-16", "16-32", "32-64", "64-"]
