"""Helpers for tests of the data set side: small class folders and a whole `prepare` in one process."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tasks import manifest
from tasks.params import Data, Prepare
from tasks.prepare.build import build
from tasks.prepare.decide import decide
from tasks.prepare.stage import Detector, stage
from tasks.sources import SOURCES
from tasks.votes import Overlay


def face(seed: int, side: int = 48) -> npt.NDArray[np.uint8]:
    """Noise: no two seeds give equal pixels."""
    return np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)


def png(image: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def make_folders(root: Path) -> Path:
    """40 good faces in two splits, and one of each flaw that a class folder can have: 46 images, 41 keepable."""
    for number in range(40):
        split = "train" if number < 30 else "test"
        emotion = ("angry", "happy", "Sad", "surprised")[number % 4]
        put(root / split / emotion / f"{number}.png", png(face(number)))
    put(root / "train" / "happy" / "again.png", png(face(1)))
    put(root / "train" / "sad" / "other-label.png", png(face(1)))
    put(root / "train" / "happy" / "leaked.png", png(face(37)))
    put(root / "train" / "happy" / "blank.png", png(np.full((48, 48), 7, np.uint8)))
    put(root / "train" / "happy" / "broken.png", b"not a picture")
    put(root / "train" / "happy" / "large.png", png(face(99, 120)))
    put(root / "train" / "happy" / ".DS_Store", b"junk")
    return root


def prepare(
    data: Data,
    wanted: Prepare,
    work: Path,
    out: Path,
    order: Sequence[int] | None = None,
    overlay: Overlay | None = None,
    detector: Detector = ("", ""),
) -> dict[str, Any]:
    """plan, stage, decide, build and manifest; ``order`` is that in which chunks are staged and built."""
    plan = SOURCES[data.source].plan(data, wanted.shard_rows)
    order = range(len(plan.chunks)) if order is None else order
    staged = [stage(plan.chunks[at], wanted, detector, work) for at in order]
    decisions = decide(staged, wanted, overlay)
    built = [one for at in reversed(order) for one in build(decisions.chunks[at], wanted, work, out)]
    result = manifest.make(data.source, wanted, decisions, built, plan.warnings, plan.fingerprint)
    manifest.write(out, result)
    shutil.rmtree(out.with_name(f"{out.name}.done"))
    return result


def content(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
