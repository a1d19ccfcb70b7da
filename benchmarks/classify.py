"""The classifier on one thread, beside a bare LiteRT interpreter fed with ready batches."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.timing import rate
from tasks import bundle, export, quiet
from tasks.classify import BATCH, Classifier, channels
from tasks.models import ARCHITECTURES
from tasks.params import ModelParams, Normalise
from tasks.schema import EMOTIONS, IMAGE_SIZE

FACES = 512


def make_bundle(folder: Path) -> None:
    """An untrained cnn5 as a bundle: as fast as a trained one."""
    with quiet.native_output():
        export.write(ARCHITECTURES["cnn5"](ModelParams(), IMAGE_SIZE), folder)
    card = bundle.Card(
        architecture="cnn5", labels=list(EMOTIONS), digest=export.digest(folder), temperature=1.0, synthetic=True,
        source="none", data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.0,
        parity=0.0, normalise=Normalise().model_dump(),
    )  # fmt: skip
    bundle.write_card(folder, card)


def measure() -> Iterator[tuple[str, str, float, float]]:
    """Yield (name, unit, ours, bare loop)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quiet.environment()
        make_bundle(folder)
        faces = np.random.default_rng(1).integers(0, 255, (FACES, 48, 48), np.uint8)
        classifier = Classifier(folder)
        yield (
            "classify, cnn5 on one thread",
            "img/s",
            rate(FACES, lambda: classifier.predict(faces)),
            _bare(folder, faces),
        )


def _bare(folder: Path, faces: np.ndarray) -> float:
    from ai_edge_litert.interpreter import Interpreter

    with quiet.native_output():
        interpreter = Interpreter(str(folder / bundle.LITERT), num_threads=1)
        entry = interpreter.get_input_details()[0]
        interpreter.resize_tensor_input(entry["index"], [BATCH, 48, 48, 3])
        interpreter.allocate_tensors()
    batches = [channels(faces[start : start + BATCH]) for start in range(0, len(faces), BATCH)]

    def loop() -> None:
        for batch in batches:
            interpreter.set_tensor(entry["index"], batch)
            interpreter.invoke()

    return rate(FACES, loop)
