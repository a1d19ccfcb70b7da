"""Labelling kept crops anew, beside a bare loop: the classifier on the same crops, decoded and in memory.

    python -m benchmarks.rescore [FACES] [MODEL]

Both in one process: what a Dask worker does to each piece, and the tables that the driver writes meanwhile, which a
second core would share. Time is the process' own on processors, threads of Arrow included, so that other processes
count less.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.classify import make_bundle
from benchmarks.timing import rate
from tasks import interpret, quiet
from tasks.classify import Classifier
from tasks.media.entry import Entry
from tasks.params import Normalise
from tasks.schema import FACES
from tasks.score import compact, crops, label, parts
from tasks.score.abstain import Rule
from tasks.score.label import labelled
from tasks.score.reprior import Model
from tasks.score.rescore import Label, Taken, rewrite
from tasks.score.unit import file_row

COUNT: Final = 1024  # faces: half of them in pictures of four, half in videos of 128
FACES_OF: Final = {"image": 4, "video": 128}
Row = tuple[str, str, float, float]


def measure(count: int = COUNT, model: Path | None = None) -> Iterator[Row]:
    """Yield (name, unit, ours, bare loop), both in faces per second of processor time."""
    quiet.environment()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder, out = model or Path(name) / "model", Path(name) / "run"
        if model is None:
            make_bundle(folder, "student", "int8")
        pixels = _run(out, count)
        classifier = Classifier(folder)
        classifier.predict(pixels[:64])
        digest = classifier.card.digest
        new = Label("m", "r", Rule(0.5), Model(classifier.card.temperature, classifier.card.quality, "haar"))
        pieces = crops.pieces(out / crops.NAME)
        said = [crops.predict(piece, str(folder), digest, "litert") for piece in pieces]

        def ours() -> None:
            asked = (crops.predict(piece, str(folder), digest, "litert") for piece in pieces)
            rewrite(out, Path(name) / "new", _answers(asked, classifier), new, lambda _: None)

        def tables() -> None:
            rewrite(out, Path(name) / "new", _answers(iter(said), classifier), new, lambda _: None)

        def decode() -> None:
            for piece in pieces:
                with pq.ParquetFile(piece.path) as file:
                    column = file.read(columns=["image.bytes"])["image"].combine_chunks().field("bytes")
                crops.decoded(column, classifier.card.spec, piece.path)

        bare = rate(count, lambda: classifier.predict(pixels), 2, time.process_time)
        yield "rescore, one process", "img/s", rate(count, ours, 2, time.process_time), bare
        yield "  of it reading and decoding", "img/s", rate(count, decode, 2, time.process_time), bare
        yield "  of it the tables", "img/s", rate(count, tables, 2, time.process_time), bare


def _answers(raw: Iterator[np.ndarray], classifier: Classifier) -> Callable[[pa.Table], np.ndarray]:
    """What `rewrite` asks, of raw answers in the order of the faces."""
    taken, card = Taken(raw), classifier.card

    def answer(faces: pa.Table) -> np.ndarray:
        found = taken.take(len(faces), len(card.labels) + len(card.rejects))
        emotions = interpret.emotions(found, card, None, label.features(faces, "haar"))
        return np.concatenate([emotions, found[:, emotions.shape[1] :]], axis=1)

    return answer


def _run(out: Path, count: int) -> np.ndarray:
    """Write the tables of a run of ``count`` faces; the pixels of its crops."""
    random = np.random.default_rng(1)
    noise = random.integers(0, 256, (count, 12, 12), np.uint8)
    pixels = np.stack([cv2.resize(face, (Normalise().size,) * 2) for face in noise])
    groups, start = [], 0
    while start < count:
        kind = "image" if start < count // 2 else "video"
        stop = min(count, start + FACES_OF[kind])
        unit = f"u{start:08}"
        entry = Entry(f"media/{unit}", None, kind, "x", 1, "s")
        faces = [_face(unit, kind, number) for number in range(stop - start)]
        p = random.dirichlet(np.full(7, 0.4), len(faces)).astype(np.float32)
        rows = labelled(pa.Table.from_pylist(faces), p, Rule(0.5)).to_pylist()
        named = ("source", "member", "source_sha256", "frame", "face", "unit")
        parts.write(out, unit, {
            "faces": rows,
            "frames": [
                {"source": entry.source, "frame": n, "pts_ms": 500.0 * n, "status": "scored", "faces": 1, "cut": False}
                for n in range(len(faces) if kind == "video" else 1)
            ],
            "files": [
                file_row(entry, "scored", frames_sampled=len(faces) if kind == "video" else 1, faces=len(faces))
            ],
            "crops": [
                {name: row[name] for name in named}
                | {"image": {"bytes": cv2.imencode(".png", face)[1].tobytes(), "path": ""}}
                for row, face in zip(rows, pixels[start:stop], strict=True)
            ],
            "thumbs": [],
        })  # fmt: skip
        groups.append([unit])
        start = stop
    compact.compact(out, groups, keep_crops=True)
    return pixels


def _face(unit: str, kind: str, number: int) -> dict[str, object]:
    own = {"source": f"media/{unit}", "source_sha256": "s", "media_type": kind, "unit": unit, "x": 10.0, "w": 50.0}
    video = kind == "video"
    found = dict.fromkeys(FACES.names) | own | {"model_version": "m", "run_id": "r"}
    found |= {
        "frame": number if video else 0,
        "face": 0 if video else number,
        "pts_ms": 500.0 * number if video else None,
    }
    return found | dict.fromkeys(("y", "h", "det_score", "size", "blur", "brightness", "sharpness"), 50.0)


if __name__ == "__main__":
    given = sys.argv[1:]
    for name, unit, ours, other in measure(
        int(given[0]) if given else COUNT, Path(given[1]) if len(given) > 1 else None
    ):
        print(f"{name:<34} {ours:>8,.0f} {unit:<5} {other:>8,.0f} {unit:<5} {ours / other:>6.2f}")  # noqa: T201
