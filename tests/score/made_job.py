"""Jobs, entries and rows for tests of scoring."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from tasks import bundle
from tasks.media.entry import Entry
from tasks.media.examine import examine
from tasks.media.walk import files
from tasks.params import Detector, Limits, Normalise
from tasks.score import gather
from tasks.score.abstain import Rule
from tasks.score.job import Job
from tasks.score.predict import Tally
from tasks.score.rows import Row
from tasks.score.unit import score_unit
from tasks.score.units import arrange


def job(folder: Path = Path("model"), **changes: Any) -> Job:
    """A job of the Haar cascade with the bundle in ``folder``."""
    given: dict[str, Any] = {
        "model": str(folder),
        "model_digest": "d" * 64,
        "engine": "litert",
        "normalise": Normalise(),
        "model_version": "emotion v1",
        "run_id": "run-1",
        "detector": "haar",
        "weights": "",
        "weights_sha256": "",
        "detection": Detector(name="haar"),
        "every": 0,
        "fps": 2.0,
        "rule": Rule(0.4),
        "limits": Limits(),
        "images_per_unit": 4,
    }
    return Job(**given | changes)


def scoring_job(folder: Path, **changes: Any) -> Job:
    """The job of the bundle in ``folder``."""
    card = bundle.read_card(folder)
    return job(folder, model_digest=card.digest, normalise=card.spec, **changes)


def entry(source: str, sha256: str | None = None, **changes: Any) -> Entry:
    """An image that is to be scored, its content named by its source unless said otherwise."""
    given: dict[str, Any] = {"member": None, "media_type": "image", "format": "png", "bytes": 10}
    given["sha256"] = f"sha-{source}-{changes.get('member')}" if sha256 is None else sha256
    return Entry(source=source, **given | changes)


def face_row(source: str, frame: int = 0, face: int = 0, **changes: Any) -> Row:
    """A row of the table `faces`."""
    given: Row = {
        "source": source, "member": None, "source_sha256": "s", "media_type": "image", "frame": frame, "pts_ms": None,
        "face": face, "track": None, "x": 1.0, "y": 2.0, "w": 30.0, "h": 40.0, "det_score": 0.9, "landmarks": None,
        "size": 30.0, "blur": 9.0, "brightness": 99.0, "sharpness": 2.0, "yaw": None, "pitch": None, "roll": None,
        "quality": None, "emotion": "happy", "confidence": 0.9, "abstained": False, "abstained_because": None,
        "p_angry": 0.0, "p_disgust": 0.0, "p_fear": 0.0, "p_happy": 0.9, "p_neutral": 0.1, "p_sad": 0.0,
        "p_surprise": 0.0, "p_unreadable": None, "p_covered": None, "p_not_a_face": None, "emotion_smoothed": None,
        "unit": "u", "model_version": "emotion v1", "run_id": "run-1",
    }  # fmt: skip
    return given | changes


def frame_row(source: str, faces: int = 0, status: str = "", **changes: Any) -> Row:
    """A row of the table `frames`."""
    given: Row = {"source": source, "member": None, "frame": 0, "pts_ms": None, "faces": faces, "error": None}
    return given | {"status": status or ("scored" if faces else "no_face")} | changes


def score(folder: Path, wanted: Job, out: Path, part_seconds: float = 0.0) -> tuple[list[Tally], dict[str, list[Row]]]:
    """Score all units below ``folder``; the tallies and the rows, by table."""
    entries = [one for path in files([str(folder)]) for one in examine(path, wanted.limits, part_seconds)]
    made = arrange(entries, wanted)
    tallies = [score_unit(unit, wanted, out) for unit in made.units]
    rows: dict[str, list[Row]] = defaultdict(list)
    for group in made.groups:
        for name, table in gather.tables(out, group).items():
            rows[name] += table.to_pylist()
    return tallies, rows
