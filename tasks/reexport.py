"""A bundle written again from its model.keras, in another precision, with what that costs and gains."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks import adjust, bundle, engines, export, interpret, quiet, trained_on
from tasks.calibrate import fit_temperature
from tasks.classify import KERAS_BATCH, channels
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.parity import Parity, measure
from tasks.schema import EMOTIONS


def reexport(
    source: Path,
    target: Path,
    precision: str,
    training: Split,
    judged: Split,
    keras_precision: str = "float32",
    recall: Mapping[str, float] | None = None,
    seed: int = 1,
) -> Parity:
    """Write the bundle ``source`` to the folder ``target`` with model.tflite in ``precision``, and measure it.

    The temperature stays that of ``source``, unless logits are raised: then it is fitted anew on ``judged``, under the
    model's own prior. Only logits of emotions are raised, and recalls are those under that prior.

    Args:
        training: split whose faces calibrate int8: `export.CALIBRATION` of them, drawn with ``seed``.
        judged: split on which both files are compared.
        keras_precision: of model.keras, as `export.write` takes it.
        recall: emotion -> least share of its images in ``judged`` that are found, for which its logits are raised.

    Raises:
        UsageError: ``source`` is no bundle, ``target`` is the same folder, there is no such precision, or a recall that
            can't be reached.
        SourceError: a split was normalised otherwise than the model takes its faces.
    """
    card = bundle.read_card(source)
    if target.resolve() == source.resolve():
        raise UsageError(f"--out: '{target}' is the model itself. Name another folder")
    for split in (training, judged):
        bundle.check_data(card, split.normalise)
    with quiet.native_output():
        network = engines.network(source)
        expected = _answers(network, judged)
        if recall:
            emotions = expected[:, : len(EMOTIONS)]
            added = adjust.offsets(emotions, judged.labels, recall)
            adjust.add(network, added)
            emotions = adjust.shifted(emotions, added)
            expected = np.concatenate([emotions, expected[:, len(EMOTIONS) :]], axis=1)
            card = replace(
                card,
                offsets={  # on top of those that it was exported with before
                    emotion: card.offsets.get(emotion, 0.0) + more
                    for emotion, more in zip(EMOTIONS, added.tolist(), strict=True)
                },
                temperature=fit_temperature(
                    interpret.emotions(expected, replace(card, temperature=1.0), None), judged.labels
                ),
            )
        chosen = np.random.default_rng(seed).permutation(len(training.images))[: export.CALIBRATION]
    with bundle.replacing(target) as folder:
        with quiet.native_output():
            export.write(network, folder, precision, training.images[np.sort(chosen)], keras_precision)
        card = replace(card, digest=export.digest(folder), precision=precision)
        card = trained_on.carry(source, folder, card, judged.images if recall else None)
        bundle.write_card(folder, card)
        found = measure(folder, judged.images, judged.labels, expected)
        card = replace(
            card,
            parity=found.difference,
            parity_accuracy=found.accuracy - found.keras_accuracy,
            latency_ms=found.latency_ms,
            faces_per_second=found.faces_per_second,
        )
        bundle.write_card(folder, card)
    return found


def _answers(network: Any, split: Split) -> npt.NDArray[np.float32]:
    """(n, 7 + r) raw outputs for all faces."""
    images = split.images
    batches = [images[start : start + KERAS_BATCH] for start in range(0, len(images), KERAS_BATCH)]
    return np.concatenate([np.asarray(network.predict_on_batch(channels(one)), np.float32) for one in batches])
