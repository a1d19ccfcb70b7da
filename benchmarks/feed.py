"""The input pipeline of training, on one thread, beside the step of the network that it feeds, on all cores."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.classify import NETWORKS, Name
from tasks import params, quiet
from tasks.batches import Feed
from tasks.models import ARCHITECTURES
from tasks.params import ModelParams, Params
from tasks.schema import EMOTIONS, IMAGE_SIZE
from tasks.training import loss, optimiser

FACES: Final = 2_048
STEPS: Final = 8
RECIPE: Final = Path(__file__).parent.parent / "params" / "reference" / "4-votes.yaml"


def measure() -> Iterator[tuple[str, str, float, float]]:
    """Yield (name, unit, faces that are warped and mixed, faces that are learnt from) per second."""
    quiet.environment()
    settings = params.load(RECIPE)
    random = np.random.default_rng(1)
    images = random.integers(0, 255, (FACES, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    labels = random.integers(0, len(EMOTIONS), FACES)
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[labels]
    feed = Feed(images, labels, np.concatenate([targets, targets], axis=1), settings.train)
    made = _made(feed)
    for architecture in NETWORKS:
        yield f"train {architecture}: faces made : learnt", "img/s", made, _learnt(architecture, settings, feed)


def _made(feed: Feed) -> float:
    started = time.perf_counter()
    for number in range(len(feed)):
        feed.batch(number)
    return FACES / (time.perf_counter() - started)


def _learnt(architecture: Name, settings: Params, feed: Feed) -> float:
    """Faces per second that the network learns from, of one batch that is there."""
    with quiet.native_output():
        network = ARCHITECTURES[architecture](ModelParams(architecture=architecture), IMAGE_SIZE)
        network.compile(
            optimizer=optimiser.make(settings.train.optimiser, 1_000, 0),
            loss=loss.make(settings.train.loss, settings.train.distil),
        )
        faces, targets, weights = feed.batch(0)
        network.train_on_batch(faces, targets, weights)  # traces the network
        started = time.perf_counter()
        for _ in range(STEPS):
            network.train_on_batch(faces, targets, weights)
    return STEPS * len(faces) / (time.perf_counter() - started)
