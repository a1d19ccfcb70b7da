"""What `fermata adapt` gives back of what damaged archives take, with the reference model on PublicTest.

    python -m benchmarks.adapt [ZIP]

One half of the faces is what the archive holds: the network looks at it without labels. The other half is judged.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks import engines, quiet
from tasks.adapt import adapt
from tasks.classify import channels
from tasks.images.damage import KINDS, damage
from tasks.images.decode import decode
from tasks.images.normalise import normalise
from tasks.params import Data, Prepare
from tasks.sources import SOURCES

ZIP: Final = Path("../shared/data/fer2013/fer2013.zip")
SEVERITIES: Final = (3, 5)
SEED: Final = 1


class Gain(NamedTuple):
    """Accuracies on the half that is judged."""

    kind: str
    severity: int
    before: float
    after: float


def measure(
    faces: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64], kinds: tuple[str, ...] = tuple(KINDS),
    severities: tuple[int, ...] = SEVERITIES, model: Path = Path("models/fer2013"),
) -> Iterator[Gain]:  # fmt: skip
    """Yield a gain per kind and severity of damage; first that of faces as they are, of severity 0."""
    network: Any = engines.network(model)
    trained = network.get_weights()
    seen = np.random.default_rng(SEED).permutation(len(faces)) < len(faces) // 2
    for kind, severity in [("none", 0), *((kind, severity) for kind in kinds for severity in severities)]:
        random = np.random.default_rng(SEED)
        bad = np.stack([damage(face, kind, severity, random) for face in faces]) if severity else faces
        network.set_weights(trained)
        before = _accuracy(network, bad[~seen], labels[~seen])
        adapt(network, bad[seen], SEED)
        yield Gain(kind, severity, before, _accuracy(network, bad[~seen], labels[~seen]))


def public(path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """PublicTest's (n, 48, 48) faces and (n,) labels, none left out."""
    wanted = Prepare()
    plan = SOURCES["class-folders"].plan(Data(source="class-folders", path=str(path)), wanted.shard_rows)
    records = [one for chunk in plan.chunks for one in SOURCES[chunk.source].read(chunk) if one.split == "public"]
    faces = [normalise(decode(one.data or b"", wanted.clean.pixels), wanted.normalise) for one in records]
    return np.stack(faces), np.array([one.label for one in records])


def _accuracy(network: Any, faces: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> float:
    answers = network.predict(channels(faces), batch_size=256, verbose=0)
    return float((answers.argmax(axis=1) == labels).mean())


if __name__ == "__main__":
    quiet.environment()
    with quiet.native_output():
        gains = list(measure(*public(Path(sys.argv[1]) if len(sys.argv) > 1 else ZIP)))
    for gain in gains:
        change = gain.after - gain.before
        print(f"{gain.kind:<16} {gain.severity}  {gain.before:.3f} -> {gain.after:.3f}  {change:+.3f}")  # noqa: T201
