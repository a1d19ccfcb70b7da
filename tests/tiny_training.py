"""A training that is small enough to be run by the tests, and what it leaves."""

from dataclasses import dataclass
from pathlib import Path

from tasks.params import Data, Params, Prepare, Split, Synthetic, Train
from tasks.train import Trained
from tasks.training.watch import Epoch

TINY = Params(
    data=Data(source="synthetic", synthetic=Synthetic(per_class=15, identities=10)),
    prepare=Prepare(split=Split(validation=0.2), shard_rows=64),
    train=Train(epochs=1, batch_size=16, precision="float32"),
)


@dataclass(frozen=True)
class Training:
    """One training: its parameters, the bundle's folder, what it returned and each call of ``on_step``."""

    params: Params
    folder: Path
    trained: Trained
    steps: list[tuple[int, int, Epoch]]
