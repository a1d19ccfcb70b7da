"""A bundle written again from its model.keras, in another precision, with what that costs and gains."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tasks import bundle, engines, export, quiet
from tasks.classify import KERAS_BATCH, channels
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.parity import Parity, measure


def reexport(
    source: Path,
    target: Path,
    precision: str,
    training: Split,
    judged: Split,
    keras_precision: str = "float32",
    seed: int = 1,
) -> Parity:
    """Write the bundle ``source`` to the folder ``target`` with model.tflite in ``precision``, and measure it.

    The temperature stays that of ``source``.

    Args:
        training: split whose faces calibrate int8: `export.CALIBRATION` of them, drawn with ``seed``.
        judged: split on which both files are compared.
        keras_precision: of model.keras, as `export.write` takes it.

    Raises:
        UsageError: ``source`` is no bundle, ``target`` is the same folder, or there is no such precision.
        SourceError: a split was normalised otherwise than the model takes its faces.
    """
    card = bundle.read_card(source)
    if target.resolve() == source.resolve():
        raise UsageError(f"--out: '{target}' is the model itself. Name another folder")
    for split in (training, judged):
        bundle.check_data(card, split.normalise)
    with quiet.native_output():
        network = engines.network(source)
        chosen = np.random.default_rng(seed).permutation(len(training.images))[: export.CALIBRATION]
        export.write(network, target, precision, training.images[np.sort(chosen)], keras_precision)
        expected = np.concatenate(
            [
                network.predict_on_batch(channels(judged.images[start : start + KERAS_BATCH]))
                for start in range(0, len(judged.images), KERAS_BATCH)
            ]
        )
    card = replace(card, digest=export.digest(target), precision=precision)
    bundle.write_card(target, card)
    found = measure(target, judged.images, judged.labels, np.asarray(expected, np.float32))
    card = replace(
        card,
        parity=found.difference,
        parity_accuracy=found.accuracy - found.keras_accuracy,
        latency_ms=found.latency_ms,
        faces_per_second=found.faces_per_second,
    )
    bundle.write_card(target, card)
    return found
