import numpy as np
import numpy.typing as npt
import pytest

from tasks import batches
from tasks.classify import channels
from tasks.params import Augment, Train

pytestmark = pytest.mark.chain  # keras is imported, which takes seconds

STILL = Augment(rotation=0.0, shift=0.0, shear=0.0, zoom=0.0, flip=False)
LABELS = np.arange(10, dtype=np.int64)


def _faces() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (10, 48, 48), np.uint8)


@pytest.mark.parametrize("shape", [(10, 64, 64), (10, 40, 40, 3)])
def test_any_size_and_colour_becomes_rgb(shape: tuple[int, ...]) -> None:
    faces = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    made = batches.make(faces, LABELS, _params())
    parts = [made[number] for number in range(len(made))]
    labels = np.concatenate([y for _, y in parts])
    np.testing.assert_array_equal(np.concatenate([x for x, _ in parts]), channels(faces[labels]))


def _params(augment: Augment = STILL, seed: int = 1) -> Train:
    return Train(batch_size=4, seed=seed, augment=augment)


def test_an_epoch_gives_every_face_once_as_network_input() -> None:
    faces = _faces()
    made = batches.make(faces, LABELS, _params())
    assert len(made) == 3
    parts = [made[number] for number in range(3)]
    assert [x.shape for x, _ in parts] == [(4, 48, 48, 3), (4, 48, 48, 3), (2, 48, 48, 3)]
    assert all(x.dtype == np.float32 for x, _ in parts)
    labels = np.concatenate([y for _, y in parts])
    assert sorted(labels.tolist()) == LABELS.tolist()
    assert labels.tolist() != LABELS.tolist()
    np.testing.assert_array_equal(np.concatenate([x for x, _ in parts]), channels(faces[labels]))


def test_epochs_are_shuffled_differently_but_alike_for_a_seed() -> None:
    def orders(seed: int) -> list[list[int]]:
        made = batches.make(_faces(), LABELS, _params(seed=seed))
        found = []
        for _ in range(3):
            found.append([int(label) for number in range(len(made)) for label in made[number][1]])
            made.on_epoch_end()
        return found

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)
    first, second, third = orders(1)
    assert first != second != third


def test_a_face_is_warped_by_seed_epoch_and_number_alone() -> None:
    warp = Augment(rotation=20.0, shift=0.1)
    made, again = (batches.make(_faces(), LABELS, _params(warp)) for _ in range(2))
    # Asked for in another order, and twice: the same pixels.
    backwards = {number: again[number][0] for number in (2, 0, 1, 0)}
    for number in range(3):
        np.testing.assert_array_equal(made[number][0], backwards[number])
    by_label = {int(label): x for number in range(3) for x, label in zip(*made[number], strict=True)}
    made.on_epoch_end()
    later = {int(label): x for number in range(3) for x, label in zip(*made[number], strict=True)}
    assert all((by_label[label] != later[label]).any() for label in by_label)
    assert not np.array_equal(by_label[0], channels(_faces())[0])
