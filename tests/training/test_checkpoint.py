from pathlib import Path

import numpy as np
import pytest

from tasks.training import checkpoint
from tasks.training.checkpoint import State


def _state() -> State:
    random = np.random.default_rng(0)
    return State(
        epoch=3,
        variables=[random.normal(size=(2, 3)).astype(np.float32), np.array([7, 9], np.uint32)],
        optimiser=[np.array(41)] + [np.full(2, n) for n in range(11)],  # more than ten: order, not spelling
        best=[np.zeros(2)],
        history=[{"epoch": 1.0, "val_accuracy": 0.5}],
        weights=np.arange(7.0),
        rate=0.01,
        stale=2,
        waited=1,
    )


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "deep", _state())
    found = checkpoint.read(tmp_path / "deep")
    assert found is not None
    for name, value in vars(_state()).items():
        np.testing.assert_equal(getattr(found, name), value, err_msg=name)
    assert found.variables[1].dtype == np.uint32


def test_none_was_written(tmp_path: Path) -> None:
    assert checkpoint.read(tmp_path) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_damaged_one_is_none(share: float, tmp_path: Path) -> None:
    checkpoint.write(tmp_path, _state())
    data = (tmp_path / checkpoint.NAME).read_bytes()
    (tmp_path / checkpoint.NAME).write_bytes(data[: int(len(data) * share)])
    assert checkpoint.read(tmp_path) is None


def test_a_write_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    checkpoint.write(tmp_path, _state())
    broken = _state()
    broken.history = [{"epoch": object()}]  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        checkpoint.write(tmp_path, broken)
    found = checkpoint.read(tmp_path)
    assert found is not None
    assert found.epoch == 3
    assert [place.name for place in tmp_path.iterdir()] == [checkpoint.NAME]
