"""Preparing a class-folder zip in one process, beside a loop that decodes, resizes and encodes the same bytes."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.timing import rate
from tasks import dedupe, shards
from tasks.params import Data, Prepare
from tasks.schema import EMOTIONS
from tasks.sources import SOURCES
from tasks.synthetic.crops import crop

FACES = 1400


def measure() -> Iterator[tuple[str, str, float, float]]:
    """Yield (name, unit, ours, bare loop)."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "faces.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for number in range(FACES):
                emotion = EMOTIONS[number % 7]
                data = cv2.imencode(".jpg", crop(1, number % 50, emotion, number))[1].tobytes()
                archive.writestr(f"train/{emotion}/Training_{number}.jpg", data)
        yield (
            "prepare, 48 px JPEG in a zip",
            "img/s",
            rate(FACES, lambda: _ours(place)),
            rate(FACES, lambda: _bare(place)),
        )


def _ours(place: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work, out = Path(folder) / "work", Path(folder) / "out"
        plan = SOURCES["class-folders"].plan(Data(source="class-folders", path=str(place)), 4096)
        staged = [shards.stage(chunk, Prepare(), work) for chunk in plan.chunks]
        for decision in dedupe.decide(staged, Prepare()).chunks:
            shards.build(decision.index, decision, work, out)


def _bare(place: Path) -> None:
    with zipfile.ZipFile(place) as archive:
        for name in archive.namelist():
            image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)
            cv2.imencode(".png", cv2.resize(image, (48, 48)))
