"""What each way of sampling a video costs, and how far its answers are from those of looking at every frame.

``python -m benchmarks.sampling [CLIP...]``: drawn clips with known emotions, and clips of one's own. Faces are found by
YuNet where ``DETECTOR`` is, else by the Haar cascade. For drawn clips the classifier is the truth: the emotion of the
drawn face under the box, so that only sampling makes a difference; for others it is the reference model.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.changes import Errors, Seen, errors
from tasks.classify import Classifier
from tasks.faces import crop, detect
from tasks.faces.face import Face
from tasks.faces.refine import refined
from tasks.faces.shots import Shots
from tasks.faces.track import Tracker
from tasks.faces.track import smooth as smooth_labels
from tasks.images.normalise import normalise
from tasks.media.sampling import Sampling
from tasks.media.video import Video
from tasks.params import Detector, Limits
from tasks.schema import EMOTIONS
from tasks.synthetic.clips import Clip, clip
from tasks.synthetic.movie import write_clip

DETECTOR: Final = Path("../shared/data/detectors/face_detection_yunet_2023mar.onnx")
REFERENCE: Final = Path("models/reference")
WAYS: Final = {
    "every frame": Sampling(every=1),
    "fps 5": Sampling(fps=5),
    "fps 2": Sampling(fps=2),
    "fps 1": Sampling(fps=1),
    "adaptive 1..10": Sampling(fps=1, mode="adaptive", most_fps=10),
    "key frames": Sampling(mode="keyframes"),
}
DRAWN: Final = 3  # clips
SEED: Final = 11

Image = npt.NDArray[np.uint8]
Label = Callable[[int, Image, Face], str | None]


@dataclass(frozen=True)
class Run:
    """One video, sampled in one way: what was seen, of how many frames, and how long it took."""

    seen: list[Seen]
    total: int
    seconds: float
    end_ms: float


def run(path: Path, sampling: Sampling, label: Label, smoothed: bool) -> Run:
    """Decode, detect, track and label as scoring does; ``smoothed`` as its column `emotion_smoothed`."""
    name, weights = ("yunet", str(DETECTOR)) if DETECTOR.is_file() else ("haar", "")
    started, seen, tracker, shots = time.process_time(), [], Tracker(), Shots()
    with Video(str(path), Limits()) as video:
        for frame in video.frames(sampling):
            if frame.image is None or frame.pts_ms is None:
                continue
            faces = detect.find(frame.image, name, Detector(), weights)
            video.saw((face.x, face.y, face.w, face.h) for face in faces)
            tracks = tracker.step(faces, bool(shots.step(frame.image)))
            labels = [label(frame.index, frame.image, face) for face in faces]
            pairs = zip(tracks, labels, strict=True)
            seen.append(Seen(frame.pts_ms, {track: word for track, word in pairs if word is not None}))
        seen = smooth(seen) if smoothed else seen
        return Run(seen, video.total, time.process_time() - started, video.last_ms or 0.0)


def smooth(seen: list[Seen]) -> list[Seen]:
    """The emotions of each track, averaged over a second to each side."""
    rows = [(track, frame.ms, EMOTIONS.index(word)) for frame in seen for track, word in frame.faces.items()]
    if not rows:
        return seen
    tracks, times, words = (np.array(column) for column in zip(*rows, strict=True))
    calm = iter(smooth_labels(tracks, times, np.eye(len(EMOTIONS), dtype=np.float32)[words]).tolist())
    return [Seen(frame.ms, {track: EMOTIONS[next(calm)] for track in frame.faces}) for frame in seen]


def true_label(drawn: Clip) -> Label:
    """The emotion of the drawn face whose middle is in the box; at rest it is neutral."""
    by_frame: dict[int, list[Any]] = {}
    for face in drawn.truth:
        by_frame.setdefault(face.frame, []).append(face)

    def label(index: int, image: Image, found: Face) -> str | None:
        for face in by_frame.get(index, []):
            x, y = face.x + face.w / 2, face.y + face.h / 2
            if found.x <= x < found.x + found.w and found.y <= y < found.y + found.h:
                return str(face.emotion) if face.intensity >= 0.5 else "neutral"
        return None

    return label


def model_label(classifier: Classifier, folder: Path) -> Label:
    """What a model says."""
    from tasks import bundle

    spec = bundle.read_card(folder).spec

    def label(index: int, image: Image, face: Face) -> str:
        aligned = spec.align != "none" and face.landmarks is not None
        if aligned:
            face = refined(image, face, Detector(), "yunet", str(DETECTOR))
        cut = crop.cut(image, face, spec.margin if aligned else 0.0, aligned)
        return EMOTIONS[int(classifier.predict(normalise(cut, spec)[None])[:, : len(EMOTIONS)].argmax())]

    return label


def table(name: str, films: Iterable[tuple[Path, Label]], smoothed: bool = False) -> None:
    """Print one line per way, averaged over ``films``."""
    print(f"{name:<18} frames   time  share of time  changes missed  late by")  # noqa: T201
    made = list(films)
    whole = [run(path, WAYS["every frame"], label, smoothed) for path, label in made]
    for way, sampling in WAYS.items():
        runs = whole if way == "every frame" else [run(path, sampling, label, smoothed) for path, label in made]
        found = Errors.total(errors(one.seen, other.seen, other.end_ms) for one, other in zip(runs, whole, strict=True))
        frames = sum(len(one.seen) for one in runs) / sum(one.total for one in whole)
        seconds = sum(one.seconds for one in runs) / sum(one.seconds for one in whole)
        print(  # noqa: T201
            f"{way:<18} {frames:>6.1%} {seconds:>6.2f} {found.share:>14.1%} {found.missed_share:>15.0%}"
            f" {found.late_ms:>5.0f} ms"
        )


def main() -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        films = []
        for number in range(DRAWN):
            drawn, path = clip(SEED, number, 12.0, 25.0, shots=2, width=480, height=270), Path(folder) / f"{number}.mp4"
            write_clip(path, drawn)
            films.append((path, true_label(drawn)))
        table(f"{DRAWN} drawn clips", films)
    for argument in sys.argv[1:]:
        label = model_label(Classifier(REFERENCE), REFERENCE)
        table(Path(argument).name[:18], [(Path(argument), label)], smoothed=True)


if __name__ == "__main__":
    main()
