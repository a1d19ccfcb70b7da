"""What the gate knows: of each model, and of the images that both are judged on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.revision import Revision


@dataclass(frozen=True)
class Twin:
    """model.tflite beside model.keras: the share of ``images`` that they name otherwise.

    ``difference`` is the largest between two probabilities.
    """

    disagreement: float
    difference: float
    images: int


@dataclass(frozen=True, eq=False)
class Evidence:
    """What was measured of one model; a text stands for what could not be, and says why.

    Attributes:
        metrics: of tasks.evaluate.measure, and `data_digest`.
        predicted: (n,) what model.tflite says of each image.
        twin: None where it wasn't asked for.
        latency_ms: for one face on one thread; None where it wasn't asked for.
        seen: judged images that it was trained or chosen on; None: it doesn't say what it was trained on.
        unknown: networks it learnt from whose own images aren't known.
    """

    metrics: Mapping[str, Any]
    predicted: npt.NDArray[np.int64]
    twin: Twin | str | None = None
    latency_ms: float | str | None = None
    seen: int | str | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Ground:
    """The images that are judged on.

    Attributes:
        split: its name.
        labels: (n,) the truth.
        digest: as the manifest has it.
        found: the same, of the images that were judged.
        revision: of the data in DVC.
        slices: name -> n names of groups.
    """

    split: str
    labels: npt.NDArray[np.int64]
    digest: str
    found: str
    revision: Revision
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)
