"""Scoring films: beside decoding alone, beside a bare loop of the same parts, and beside the `fer` package.

    pip install --no-deps --target out/peers fer==25.10.3 'setuptools<81'
    python -m benchmarks.films [CLIP...]

Every 5th frame of a drawn film of 1080p with four faces, and of each clip as it is and enlarged to 1080p, repeated
until the bare loop takes some 60 seconds. All is warm: interpreters, networks and workers are up before anything is
timed. `fer` finds faces by its Haar cascade; it sees a shorter film of the same frames, as it takes long for each.
"""

import contextlib
import io
import logging
import multiprocessing
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.repeat import enlarged, repeated
from flows import cluster
from flows.spread import spread
from tasks import bundle, quiet
from tasks.classify import loaded
from tasks.faces import crop, detect
from tasks.faces.refine import refined
from tasks.images.normalise import normalise
from tasks.media.examine import examine
from tasks.media.sampling import Sampling
from tasks.media.video import Video
from tasks.params import Cluster, Detector, Limits
from tasks.score import compact
from tasks.score.abstain import Rule
from tasks.score.job import Job
from tasks.score.unit import score_unit
from tasks.score.units import arrange
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip

PEERS: Final = Path("out/peers")  # where `fer` may be
DETECTOR: Final = Path("../shared/data/detectors/face_detection_yunet_2023mar.onnx")
REFERENCE: Final = Path("models/reference")
EVERY: Final = 5
SECONDS: Final = 60.0  # about, that the bare loop takes for a repeated film
PART_SECONDS: Final = 12.0


@dataclass(frozen=True)
class Seen:
    """What a way of scoring a film came to."""

    frames: int  # sampled
    faces: int
    seconds: float

    @property
    def rate(self) -> float:
        """Sampled frames per second."""
        return self.frames / self.seconds


def job() -> Job:
    """Every 5th frame, by YuNet where its file is."""
    card = bundle.read_card(REFERENCE)
    name, weights = ("yunet", str(DETECTOR.resolve())) if DETECTOR.is_file() else ("haar", "")
    return Job(
        model=str(REFERENCE.resolve()), model_digest=card.digest, engine="litert", normalise=card.spec,
        model_version="reference", run_id="benchmark", detector=name, weights=weights, weights_sha256="",
        detection=Detector(), every=EVERY, fps=2.0, rule=Rule(0.4), limits=Limits(), images_per_unit=64,
    )  # fmt: skip


def decoded(film: Path) -> Seen:
    """Decode every frame, and do nothing with it; on one thread, as scoring does."""
    import av

    started, count = time.perf_counter(), 0
    with av.open(str(film)) as container:
        container.streams.video[0].thread_count = 1
        for _ in container.decode(video=0):
            count += 1
    return Seen(-(-count // EVERY), 0, time.perf_counter() - started)


def looped(film: Path, wanted: Job) -> Seen:
    """The same decoder, detector and network in a loop that keeps nothing but the answers."""
    classifier = loaded(Path(wanted.model), wanted.model_digest)
    started, frames, crops, answers = time.perf_counter(), 0, [], []
    with Video(str(film), Limits()) as video:
        for frame in video.frames(Sampling(every=EVERY)):
            if frame.image is None:
                continue
            frames += 1
            found = detect.find(frame.image, wanted.detector, wanted.detection, wanted.weights)
            crops += [normalise(_cut(frame.image, face, wanted), wanted.normalise) for face in found]
            if len(crops) >= 64:
                answers.append(classifier.predict(np.stack(crops)))
                crops = []
    if crops:
        answers.append(classifier.predict(np.stack(crops)))
    return Seen(frames, sum(map(len, answers)), time.perf_counter() - started)


def at_once(film: Path, wanted: Job) -> Seen:
    """Two processes, each with a bare loop over the whole film, begun together when both are warm."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    with context.Pool(2, _warmed, (ready, film.with_name("warm.mp4"), wanted)) as pool:
        both = pool.starmap(looped, [(film, wanted)] * 2, chunksize=1)
    return Seen(sum(one.frames for one in both), sum(one.faces for one in both), max(one.seconds for one in both))


def _warmed(ready: Any, film: Path, wanted: Job) -> None:
    quiet.environment()
    cv2.setNumThreads(1)
    looped(film, wanted)
    ready.wait()


def _cut(image: Any, face: Any, wanted: Job) -> Any:
    if not wanted.aligned:
        return crop.cut(image, face, wanted.detection.margin, aligned=False)
    upright = refined(image, face, wanted.detection, wanted.detector, wanted.weights)
    return crop.cut(image, upright, wanted.normalise.margin, aligned=True)


def scored(film: Path, wanted: Job, workers: int) -> Seen:
    """From recognising the file to the tables, on ``workers`` that have scored something before."""
    with cluster.client(Cluster(workers=workers)) as client, tempfile.TemporaryDirectory() as name:
        warm = film.with_name("warm.mp4")
        client.run(looped, warm, wanted)
        _whole(client, warm, wanted, Path(name) / "warm")
        return _whole(client, film, wanted, Path(name) / "film")


def _whole(client: Any, film: Path, wanted: Job, out: Path) -> Seen:
    started = time.perf_counter()
    out.mkdir()
    [(_, entries)] = spread(client, _examined, [film])
    arranged, frames, faces = arrange(entries, wanted), 0, 0
    for _, tally in spread(client, score_unit, arranged.units, wanted, out):
        frames, faces = frames + tally.frames, faces + tally.faces
    compact.compact(out, arranged.groups)
    return Seen(frames, faces, time.perf_counter() - started)


def _examined(film: Path) -> Any:
    return examine(str(film), Limits(), PART_SECONDS)


def by_fer(film: Path, own: bool) -> Seen | None:
    """What `fer` takes by its own way through a video, or called with each 5th frame; None where it isn't installed."""
    sys.path.append(str(PEERS.resolve()))
    try:
        video, fer = import_module("fer.classes"), import_module("fer.fer")
    except ImportError:
        return None
    logging.disable(logging.INFO)
    warnings.simplefilter("ignore")
    for name in ("waitKey", "destroyAllWindows"):  # it asks for keys; headless OpenCV has no windows
        setattr(cv2, name, lambda *_: -1)
    detector = fer.FER(mtcnn=False)
    detector.detect_emotions(next(clip(3, 1, seconds=0.2).frames))  # the first call loads
    started = time.perf_counter()
    if own:
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
            rows = video.Video(str(film), outdir=name).analyze(
                detector,
                frequency=EVERY,
                save_frames=False,
                save_video=False,
                annotate_frames=False,
                zip_images=False,
                output="pandas",
            )
        faces, frames = sum(sum(key.startswith("box") for key in row) for row in rows), len(rows)
    else:
        faces = frames = 0
        capture, number = cv2.VideoCapture(str(film)), 0
        while capture.grab():
            if number % EVERY == 0:
                faces, frames = faces + len(detector.detect_emotions(capture.retrieve()[1])), frames + 1
            number += 1
    return Seen(frames, faces, time.perf_counter() - started)


def lines(film: Path, short: Path) -> Iterator[tuple[str, Seen | None]]:
    """Each way of scoring ``film``, one after the other; ``short`` for `fer`."""
    wanted = job()
    cv2.setNumThreads(1)
    looped(film.with_name("warm.mp4"), wanted)
    yield "bare loop", looped(film, wanted)
    yield "decoding alone, every frame, one thread", decoded(film)
    yield "fermata, 1 worker", scored(film, wanted, 1)
    # What the machine gives: two processes that know nothing of each other.
    yield "two bare loops at once", at_once(film, wanted)
    yield "fermata, 2 workers", scored(film, wanted, 2)
    cv2.setNumThreads(0)
    cv2.setNumThreads(-1)  # `fer` may use all cores
    yield "fer, each 5th frame of a loop", by_fer(short, own=False)
    yield "fer, its own Video.analyze", by_fer(short, own=True)


def main(clips: list[str]) -> None:
    """Print a table per film, each rate beside that of the bare loop."""
    quiet.environment()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "warm.mp4", clip(3, 1, seconds=1.0))
        write_clip(folder / "drawn.mp4", clip(3, 2, 8.0, faces=4, width=1920, height=1080))
        films = [folder / "drawn.mp4"]
        for one in map(Path, clips):
            films += [one, enlarged(one, folder / f"{one.stem}-1080p.mp4")]
        for number, one in enumerate(films):
            with Video(str(one), Limits()) as video:
                size = f"{video.info.width}x{video.info.height}"
            times = max(1, round(SECONDS / looped(one, job()).seconds))
            film = repeated(one, folder / f"film-{number}.mp4", times)
            short = repeated(one, folder / f"short-{number}.mp4", 1)
            bare = 1.0
            print(f"{one.name}, {size:<28} {'frames':>6} {'faces':>6} {'frames/s':>9} {'ratio':>6}")  # noqa: T201
            for what, seen in lines(film, short):
                if seen is None:
                    print(f"  {what:<44} not installed")  # noqa: T201
                    continue
                bare = seen.rate if what == "bare loop" else bare
                print(  # noqa: T201
                    f"  {what:<44} {seen.frames:>6,} {seen.faces:>6,} {seen.rate:>9.1f} {seen.rate / bare:>6.2f}"
                )


if __name__ == "__main__":
    main(sys.argv[1:])
