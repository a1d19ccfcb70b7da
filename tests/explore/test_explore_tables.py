import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_folder import Kept, noise, write_folder

from tasks.explore import draw, tables
from tasks.explore.findings import findings
from tasks.explore.gallery import gather
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.scan import Scan, scan
from tasks.params import Explore

CHARTS = {"classes.png", "reasons.png", "measures.png", "labels.png", "samples.png", "rejects.png"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared, scanned: Scan) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    tables.write_tables(folder, prepared.manifest, scanned, findings(prepared.manifest, scanned))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_classes_add_up(out: Path, prepared: Prepared) -> None:
    found = rows(out / "classes.csv")
    sums = {name: sum(int(row[name]) for row in found) for name in ("found", "kept", "augmented")}
    assert sums == {"found": prepared.manifest["images"], "kept": prepared.manifest["kept"], "augmented": 3}
    assert {"split": "training", "emotion": "unknown", "found": "1", "kept": "0", "augmented": "0"} in found


def test_reasons_add_up(out: Path, prepared: Prepared) -> None:
    found = rows(out / "reasons.csv")
    assert sum(int(row["images"]) for row in found) == prepared.manifest["rejected"]
    assert {"reason": "blank", "split": "public", "images": "6"} in found


def test_measures_add_up(out: Path, prepared: Prepared) -> None:
    found = [row for row in rows(out / "measures.csv") if row["measure"] == "mean"]
    assert sum(int(row["kept"]) for row in found) == prepared.manifest["kept"]
    assert all(float(row["from"]) < float(row["to"]) for row in found)


def test_labels_and_folds(out: Path, prepared: Prepared) -> None:
    assert sum(int(row["images"]) for row in rows(out / "labels.csv")) == 125
    folds = rows(out / "folds.csv")
    assert sum(int(row["images"]) for row in folds) == sum(prepared.manifest["folds"])


def numbers(value: object) -> bool:
    return all(map(numbers, value.values())) if isinstance(value, dict) else isinstance(value, int | float)


def test_the_summary_is_made_of_numbers(out: Path, prepared: Prepared) -> None:
    found = json.loads((out / "summary.json").read_text())
    assert numbers(found)
    assert found["kept"] + found["rejected"] == found["images"]
    assert sum(found["splits"].values()) == found["kept"]
    assert found["rejects"] == prepared.manifest["rejects"]
    assert found["agreement"]["images"] == 125
    assert found["relabelled"]["near_duplicate"] == 3
    assert found["checks_failed"] == found["findings"]["error"] == 0


def test_charts_are_pictures_that_show_something(tmp_path: Path, prepared: Prepared, scanned: Scan) -> None:
    draw.write_charts(tmp_path, prepared.manifest, scanned, gather(prepared, scanned, 9))
    assert {path.name for path in tmp_path.iterdir()} == CHARTS
    for name in CHARTS:
        image = cv2.imread(str(tmp_path / name))
        assert image is not None
        assert image.shape[0] > 200
        assert image.std() > 5


def test_the_same_charts_are_written_of_next_to_nothing(tmp_path: Path) -> None:
    prepared = open_folder(write_folder(tmp_path / "data", [Kept("a", "training", "sad", noise(1))]))
    scanned = scan(prepared, Explore())
    draw.write_charts(tmp_path / "out", prepared.manifest, scanned, gather(prepared, scanned, 9))
    found = tables.write_tables(tmp_path / "out", prepared.manifest, scanned, [])
    assert {path.name for path in (tmp_path / "out").iterdir()} >= CHARTS
    assert rows(tmp_path / "out" / "labels.csv") == rows(tmp_path / "out" / "reasons.csv") == []
    assert "agreement" not in found


def test_a_tile_keeps_proportions() -> None:
    figure = draw.sheet({"wide": [cv2.imencode(".png", np.zeros((10, 40), np.uint8))[1].tobytes()]}, "nothing")
    mosaic = figure.axes[0].images[0].get_array()
    black = np.argwhere((mosaic[: draw.TILE, : draw.TILE] == 0).all(axis=2))
    assert (np.ptp(black, axis=0) + 1).tolist() == [14, 56]
