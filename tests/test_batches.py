from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tasks import batches
from tasks.batches import Feed
from tasks.classify import channels
from tasks.params import Augment, Mixing, Normalise, Train
from tasks.training.negatives import Negatives

STILL = Augment(rotation=0.0, shift=0.0, shear=0.0, zoom=0.0, flip=False)
LABELS = np.array([0, 1, 2, 3, 4, 5, 6, 0, 0, 0])
NAMES = np.eye(10, dtype=np.float32)  # targets that say which face it is
Faces = npt.NDArray[np.uint8]


def _faces(shape: tuple[int, ...] = (10, 48, 48)) -> Faces:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def _feed(faces: Faces | None = None, **chosen: Any) -> Feed:
    params = Train.model_validate({"batch_size": 4, "augment": STILL, **chosen})
    return Feed(_faces() if faces is None else faces, LABELS, NAMES, params)


def _order(feed: Feed) -> list[int]:
    return [int(at) for number in range(len(feed)) for at in feed.batch(number)[1].argmax(axis=1)]


@pytest.mark.parametrize("shape", [(10, 48, 48), (10, 64, 64), (10, 40, 40, 3)])
def test_an_epoch_gives_every_face_once_as_network_input(shape: tuple[int, ...]) -> None:
    faces = _faces(shape)
    feed = _feed(faces)
    parts = [feed.batch(number) for number in range(len(feed))]
    assert [len(x) for x, _, _ in parts] == [4, 4, 2]
    assert all(x.dtype == y.dtype == w.dtype == np.float32 for x, y, w in parts)
    order = _order(feed)
    assert sorted(order) == list(range(10))
    assert order != list(range(10))
    np.testing.assert_array_equal(np.concatenate([x for x, _, _ in parts]), channels(faces[order]))


def test_epochs_are_shuffled_differently_but_alike_for_a_seed() -> None:
    def orders(seed: int) -> list[list[int]]:
        feed = _feed(seed=seed)
        found = []
        for epoch in (0, 1, 2):
            feed.begin(epoch)
            found.append(_order(feed))
        return found

    assert orders(1) == orders(1) != orders(2)
    first, second, third = orders(1)
    assert first != second != third


def test_a_batch_depends_on_seed_epoch_and_number_alone() -> None:
    """Also when a training begins in the middle, and when batches are asked for in another order."""
    wanted: dict[str, Any] = {
        "augment": Augment(rotation=20.0, shift=0.1),
        "mixing": Mixing(mixup=0.4, cutmix=0.4),
        "epochs": 9,
    }
    through, late = _feed(**wanted), _feed(**wanted)
    for epoch in range(3):
        through.begin(epoch)
    late.begin(2)
    backwards = {number: late.batch(number) for number in (2, 0, 1, 0)}
    for number in range(3):
        for mine, other in zip(through.batch(number), backwards[number], strict=True):
            np.testing.assert_array_equal(mine, other)


def test_every_epoch_warps_anew() -> None:
    feed = _feed(augment=Augment(rotation=20.0, shift=0.1))
    seen = []
    for epoch in (0, 1):
        feed.begin(epoch)
        parts = [feed.batch(number) for number in range(3)]
        seen.append({int(name.argmax()): x for xs, names, _ in parts for x, name in zip(xs, names, strict=True)})
    assert all((seen[0][at] != seen[1][at]).any() for at in seen[0])


def test_mixed_targets_say_how_much_of_each_face_is_in_it_and_the_last_epochs_are_plain() -> None:
    feed = _feed(mixing=Mixing(mixup=1.0, plain=0.25), epochs=4)
    faces = channels(_faces())
    mixed, names, _ = feed.batch(0)
    assert names.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    np.testing.assert_allclose(mixed, np.einsum("bn,nhwc->bhwc", names, faces), rtol=1e-4, atol=1e-2)
    assert (names.max(axis=1) < 1).any()
    feed.begin(3)
    assert (feed.batch(0)[1].max(axis=1) == 1).all()


def test_class_weights_follow_the_face() -> None:
    feed = _feed()
    feed.weights = np.arange(1.0, 8.0)
    _, names, weights = feed.batch(0)
    np.testing.assert_array_equal(weights, LABELS[names.argmax(axis=1)] + 1)


def test_oversampling_draws_classes_equally_often() -> None:
    labels = np.repeat(np.arange(7), [400, 5, 100, 100, 100, 100, 100])
    params = Train(balance="oversample", batch_size=905, augment=STILL)
    feed = Feed(np.zeros((905, 4, 4), np.uint8), labels, np.eye(7, dtype=np.float32)[labels], params)
    counts = feed.batch(0)[1].sum(axis=0)
    assert counts.sum() == 905
    assert counts == pytest.approx(np.full(7, 905 / 7), abs=45)  # four standard deviations


@pytest.mark.chain
def test_plain_batches_are_the_faces_in_order() -> None:
    made = batches.plain(_faces(), 4)
    assert len(made) == 3
    np.testing.assert_array_equal(np.concatenate([made[n][0] for n in range(3)]), channels(_faces()))


def test_damage_covers_and_other_pictures_change_what_is_to_be_answered() -> None:
    faces = _faces((10, 48, 48))
    targets = np.concatenate([np.eye(7, dtype=np.float32)[LABELS], np.zeros((10, 3), np.float32)], axis=1)
    params = Train.model_validate(
        {"batch_size": 10, "augment": {**STILL.model_dump(), "damage": 0.4, "cover": 0.5}, "negatives": {"share": 0.3}}
    )
    feed = Feed(faces, LABELS, targets, params, negatives=Negatives(params.negatives, Normalise(), faces))
    rows = []
    for epoch in range(20):
        feed.begin(epoch)
        rows.append(feed.batch(0)[1])
        np.testing.assert_array_equal(feed.batch(0)[1], rows[-1])
    found = np.concatenate(rows)
    without = found[:, :7].sum(axis=1) == 0
    assert without.mean() == pytest.approx(0.3, abs=0.1)
    assert (found[without, 7] == 1).all()
    assert (found[~without, 8] == 1).mean() == pytest.approx(0.5 * 0.6, abs=0.12)
    assert np.array_equal(targets[:, 7:], np.zeros((10, 3)))


def test_odds_decide_how_often_a_face_is_drawn() -> None:
    params = Train.model_validate({"batch_size": 4, "augment": STILL, "balance": "oversample"})
    odds = np.zeros(10)
    odds[3] = 1.0
    feed = Feed(_faces(), LABELS, NAMES, params, odds=odds)
    assert set(_order(feed)) == {3}
