"""Scoring drawn stills in one process, beside a loop of decoding and detecting alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2

from benchmarks.classify import make_bundle
from benchmarks.timing import rate
from tasks.faces import DETECTORS
from tasks.media.walk import walk
from tasks.params import Detector, Limits, Normalise
from tasks.score.abstain import Rule
from tasks.score.job import Job
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.scenes import still

PICTURES = 40


def measure() -> Iterator[tuple[str, str, float, float]]:
    """Yield (name, unit, ours, bare loop)."""
    with tempfile.TemporaryDirectory() as name:
        media, model = Path(name) / "media", Path(name) / "model"
        media.mkdir()
        model.mkdir()
        make_bundle(model)
        cv2.setNumThreads(1)
        for number in range(PICTURES):
            cv2.imwrite(str(media / f"{number}.jpg"), still(1, number, 2)[0])
        yield (
            "score, 640x480 JPEG with 2 faces", "img/s",
            rate(PICTURES, lambda: _ours(media, model)), rate(PICTURES, lambda: _bare(media)),
        )  # fmt: skip


def _ours(media: Path, model: Path) -> None:
    from tasks import bundle

    job = Job(
        model=str(model), model_digest=bundle.read_card(model).digest, engine="litert", normalise=Normalise(),
        model_version="x", run_id="x", detector="haar", weights="", weights_sha256="", detection=Detector(), every=0,
        fps=2.0, rule=Rule(0.4), limits=Limits(), images_per_unit=64,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as out:
        for unit in arrange(list(walk([str(media)], Limits())), job).units:
            score_unit(unit, job, Path(out))


def _bare(media: Path) -> None:
    detect = DETECTORS["haar"](Detector(), "")
    for path in sorted(media.iterdir()):
        detect(cv2.imread(str(path)))
