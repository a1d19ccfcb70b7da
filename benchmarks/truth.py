"""What scoring finds of drawn films whose truth is known: faces, tracks, times, emotions as they come and go.

    make demo && python -m benchmarks.truth [MODEL]

Films of 25 frames per second with two faces per shot and one cut, some with a variable rate; the model is the demo's,
which learnt from drawn faces. YuNet where ``films.DETECTOR`` is, and the Haar cascade beside it.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2

from benchmarks import films
from tasks import bundle, quiet
from tasks.media.examine import examine
from tasks.params import Limits
from tasks.score import compact
from tasks.score.job import Job
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.clips import clip
from tasks.synthetic.compare import compare
from tasks.synthetic.movie import write_clip
from tasks.synthetic.truth import TruthRow, write_truth
from tasks.synthetic.watched import watch

MODEL: Final = Path("out/demo/project/out/model")
FILMS: Final = 6
SEED: Final = 21
WAYS: Final[dict[str, dict[str, Any]]] = {
    "every frame": {"every": 1},
    "fps 5": {"every": 0, "fps": 5.0},
    "fps 2": {"every": 0, "fps": 2.0},
}


def draw(folder: Path, truth: Path, variable: bool) -> None:
    """Write the films and what is in them."""
    rows = []
    for number in range(FILMS):
        name, drawn = f"{number}.mkv", clip(SEED, number, 8.0, shots=2, faces=2, variable=variable)
        write_clip(folder / name, drawn)
        rows += [TruthRow(name, None, face) for face in drawn.truth]
    write_truth(truth, rows)


def judge(folder: Path, truth: Path, job: Job) -> dict[str, Any]:
    """Score ``folder``, in parts as short as may be, and compare."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        entries = [entry for film in sorted(folder.iterdir()) for entry in examine(str(film), Limits(), 2.0)]
        arranged = arrange(entries, job)
        for unit in arranged.units:
            score_unit(unit, job, out)
        compact.compact(out, arranged.groups)
        return compare(truth, out, folder) | watch(truth, out, folder)


def main(model: Path) -> None:
    """Print a line per detector, rate and way of sampling."""
    quiet.environment()
    cv2.setNumThreads(1)
    card = bundle.read_card(model)
    asked = replace(films.job(), model=str(model.resolve()), model_digest=card.digest, normalise=card.spec)
    jobs = {asked.detector: asked, "haar": replace(asked, detector="haar", weights="")}
    head = ("recall", "people", "tracks", "switches", "late", "frames", "accuracy", "share error")
    print(f"{'':<34}" + "".join(f"{word:>12}" for word in head))  # noqa: T201
    with tempfile.TemporaryDirectory() as name:
        for rate in ("constant", "variable"):
            folder, truth = Path(name) / rate, Path(name) / f"{rate}.parquet"
            folder.mkdir()
            draw(folder, truth, rate == "variable")
            for detector, job in jobs.items():
                for way, picks in WAYS.items():
                    found = judge(folder, truth, replace(job, **picks))
                    print(  # noqa: T201
                        f"{detector}, {rate} rate, {way:<{32 - len(detector) - len(rate) - 8}}"
                        f"{found['recall']:>12.3f}{found['people']:>12}{found['tracks']:>12}{found['switches']:>12}"
                        f"{found['late_ms']:>9.1f} ms{found['late_frames']:>12.2f}{found['accuracy']:>12.3f}"
                        f"{found['share_error']:>12.3f}"
                    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL)
