"""The classifier on one thread, beside a bare LiteRT interpreter fed with ready batches and Keras on all cores."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np

from benchmarks.timing import rate
from tasks import bundle, export, quiet
from tasks.classify import BATCH, Classifier, channels
from tasks.models import ARCHITECTURES
from tasks.params import ModelParams, Normalise
from tasks.schema import EMOTIONS, IMAGE_SIZE

Name = Literal["cnn5", "resnet", "student"]
FACES: Final = 512
NETWORKS: Final[tuple[Name, ...]] = ("resnet", "student")


def make_bundle(folder: Path, architecture: Name = "cnn5", precision: str = "float32") -> None:
    """An untrained network as a bundle: as fast as a trained one."""
    faces = np.random.default_rng(2).integers(0, 255, (50, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    with quiet.native_output():
        network = ARCHITECTURES[architecture](ModelParams(architecture=architecture), IMAGE_SIZE)
        export.write(network, folder, precision, faces)
    card = bundle.Card(
        architecture=architecture, labels=list(EMOTIONS), digest=export.digest(folder), temperature=1.0, synthetic=True,
        source="none", data_digest="", split_digests={}, git_revision=None, trained_with={}, validation_accuracy=0.0,
        parity=0.0, normalise=Normalise().model_dump(), precision=precision,
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
    for architecture in NETWORKS:
        yield from _precisions(architecture, faces)


def _precisions(architecture: Name, faces: np.ndarray) -> Iterator[tuple[str, str, float, float]]:
    """LiteRT in each precision, beside Keras on the same machine."""
    with tempfile.TemporaryDirectory() as name:
        beside = 0.0
        for precision in export.PRECISIONS:
            folder = Path(name) / precision
            make_bundle(folder, architecture, precision)
            if not beside:
                keras = Classifier(folder, engine="keras")
                keras.raw(faces[:1])  # traces the network
                beside = rate(FACES, partial(keras.raw, faces))
            classifier = Classifier(folder)
            yield (
                f"{architecture} {precision}, beside Keras",
                "img/s",
                rate(FACES, partial(classifier.raw, faces)),
                beside,
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
