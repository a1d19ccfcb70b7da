"""Media that hang, fill the memory, kill their process or raise what nobody expects: the others are labelled."""

import inspect
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.dataset as ds
import pytest
import wild_detector
from made_job import scoring_job

from flows import cluster, score
from tasks import params
from tasks.faces import DETECTORS
from tasks.media.walk import files
from tasks.media.watch import FOLDER
from tasks.score import store
from tasks.score.job import Job
from tasks.score.units import arrange
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip

if TYPE_CHECKING:
    from distributed import Client

pytestmark = pytest.mark.chain
REFERENCE = Path(__file__).parents[2] / "models" / "reference"
LIMITS = params.Limits(unit_seconds=10.0, unit_memory=150 << 20)


@pytest.fixture(scope="module")
def connected() -> "Iterator[Client]":
    with cluster.client(params.Cluster(workers=2)) as made:
        made.register_plugin(wild_detector.Wild())
        yield made


def _png(number: int, sign: npt.NDArray[np.uint8]) -> bytes:
    picture = np.random.default_rng(number).integers(0, 255, (100, 120, 3), np.uint8)
    picture[0, 0] = sign
    return bytes(cv2.imencode(".png", picture)[1])


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """Good pictures with each kind of bad one between them, also inside archives, and a video."""
    folder = tmp_path / "media"
    folder.mkdir()
    signs = {"eats": wild_detector.EATS, "hangs": wild_detector.HANGS, "kills": wild_detector.KILLS}
    signs |= {"raises": wild_detector.RAISES}
    for number in range(8):
        (folder / f"{number}.png").write_bytes(_png(number, wild_detector.CALM))
    for number, (name, sign) in enumerate(signs.items(), 10):
        (folder / f"{number % 5}-{name}.png").write_bytes(_png(number, sign))
    with zipfile.ZipFile(folder / "packed.zip", "w") as packed:
        packed.writestr("fine.png", _png(20, wild_detector.CALM))
        packed.writestr("raises.png", _png(21, wild_detector.RAISES))
        packed.writestr("last.png", _png(22, wild_detector.CALM))
    write_clip(folder / "v.mp4", clip(5, 3, 1.0, 10.0, 1, 1, 320, 240))
    return folder


def _rows(out: Path, name: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = ds.dataset(out / name).to_table().to_pylist()
    found = {(Path(row["source"]).name, row["member"], row.get("frame"), row.get("face")): row for row in rows}
    assert len(found) == len(rows)
    for row in rows:
        row.pop("seconds", None)
    return found


def _score(client: "Client", media: Path, out: Path, job: Job) -> dict[str, Any]:
    """The stages of the flow, without a Prefect server."""
    settings = params.Score(limits=job.limits)
    entries = inspect.unwrap(score.examined)(client, list(files([str(media)])), settings, str(out))
    made = arrange(entries, job)
    target = store.at(out)
    inspect.unwrap(score.scored)(client, made, job, target)
    totals: dict[str, Any] = inspect.unwrap(score.finished)(made, {}, target, out, len(entries), job, {})
    return totals


def test_the_others_rows_are_those_of_an_undisturbed_run(connected: "Client", media: Path, tmp_path: Path) -> None:
    DETECTORS[wild_detector.NAME] = wild_detector.load
    changes: dict[str, Any] = {"detector": wild_detector.NAME, "limits": LIMITS, "images_per_unit": 6}
    wild = scoring_job(REFERENCE, **changes)
    totals = _score(connected, media, tmp_path / "wild", wild)
    _score(connected, media, tmp_path / "tame", scoring_job(REFERENCE, **changes, weights="tame"))
    assert totals["files"] == 8 + 4 + 4 + 1
    assert not list((tmp_path / "tame" / FOLDER).iterdir())
    faults = {
        ("1-hangs.png", None): ("timeout", "took longer than 10 s (unit_seconds)"),
        ("0-eats.png", None): ("decode_error", "took more than 157,286,400 bytes of memory (unit_memory)"),
        ("2-kills.png", None): ("decode_error", "3 processes died while they read it"),
        ("3-raises.png", None): ("decode_error", "IndexError: no such thing as this"),
        ("packed.zip", "raises.png"): ("decode_error", "IndexError: no such thing as this"),
    }
    found = _rows(tmp_path / "wild", "files")
    for (source, member), (status, said) in faults.items():
        row = found[source, member, None, None]
        assert (row["status"], row["faces"]) == (status, 0)
        assert row["error"].startswith(said)
    for name in ("files", "frames", "faces"):
        disturbed, whole = (_rows(tmp_path / out, name) for out in ("wild", "tame"))
        kept = {key: row for key, row in whole.items() if key[:2] not in faults}
        assert kept
        assert {key: row for key, row in disturbed.items() if key[:2] not in faults} == kept
