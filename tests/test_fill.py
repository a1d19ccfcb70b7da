import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import ParamsError
from tasks.fill import copies, copy_key, generator, warped
from tasks.images.augment import Warp, apply, parse
from tasks.params import Augment, Fill
from tasks.schema import EMOTIONS

STILL = Augment(rotation=0.0, shift=0.0, shear=0.0, zoom=0.0, flip=False)
FACE: npt.NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)


def _labels(**counts: int) -> npt.NDArray[np.int64]:
    return np.repeat([EMOTIONS.index(emotion) for emotion in counts], list(counts.values())).astype(np.int64)


def _hashes(n: int) -> npt.NDArray[np.uint64]:
    return np.random.default_rng(1).integers(0, 2**64, n, np.uint64)


def test_a_class_reaches_its_target_evenly() -> None:
    labels = _labels(disgust=4, happy=3)
    hashes = np.array([40, 10, 30, 20, 1, 2, 3], np.uint64)
    found = copies(labels, hashes, {"disgust": 14, "sad": 5})
    assert found.dtype == np.int32
    assert found.tolist() == [2, 3, 2, 3, 0, 0, 0]  # 10 = 4 * 2 + 2, to 10 and 20


def test_a_class_at_its_target_is_left_alone() -> None:
    labels = _labels(angry=5, fear=6, sad=7)
    assert not copies(labels, _hashes(18), {"angry": 5, "fear": 2, "sad": 0, "surprise": 100}).any()
    assert not copies(labels, _hashes(18), {}).any()
    assert copies(_labels(), _hashes(0), {"happy": 3}).shape == (0,)


def test_fewer_than_one_copy_each() -> None:
    labels, hashes = _labels(neutral=100), _hashes(100)
    found = copies(labels, hashes, {"neutral": 130})
    assert set(np.flatnonzero(found).tolist()) == set(np.argsort(hashes)[:30].tolist())
    assert found.max() == 1


def test_a_higher_target_keeps_the_copies_there_were() -> None:
    labels, hashes = _labels(neutral=50), _hashes(50)
    found = [copies(labels, hashes, {"neutral": target}) for target in range(40, 260, 7)]
    assert all((more >= fewer).all() for fewer, more in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2**64 - 1)), max_size=60, unique_by=lambda row: row[1]),
    st.dictionaries(st.sampled_from(EMOTIONS), st.integers(0, 200)),
    st.integers(0, 2**32),
)
def test_targets_are_met_to_the_image(rows: list[tuple[int, int]], target: dict[str, int], seed: int) -> None:
    labels = np.array([label for label, _ in rows], np.int64)
    hashes = np.array([word for _, word in rows], np.uint64)
    found = copies(labels, hashes, target)
    for label, count in Counter(labels.tolist()).items():
        here = found[labels == label]
        assert here.sum() + count == max(count, target.get(EMOTIONS[label], 0))
        assert here.max() - here.min() <= 1
    order = np.random.default_rng(seed).permutation(len(rows))
    np.testing.assert_array_equal(copies(labels[order], hashes[order], target), found[order])


def test_a_copy_is_named_after_its_image() -> None:
    assert copy_key("train/disgust/Training_1.jpg", 3) == "train/disgust/Training_1.jpg#augmented-3"


def test_a_copy_can_be_made_again_from_its_description() -> None:
    colour = np.dstack([FACE, FACE // 2, FACE // 3])
    for face in (FACE, colour):
        for number in range(50):
            copy, description = warped(face, "k", number, Fill())
            assert copy.shape == face.shape
            assert copy.dtype == np.uint8
            np.testing.assert_array_equal(copy, apply(face, parse(description)))


def test_seed_key_and_number_decide_and_nothing_else() -> None:
    asked = [(seed, key, number) for seed in range(3) for key in ("a", "b", "1 a", "ä/é.png") for number in range(12)]

    def made(one: tuple[int, str, int]) -> tuple[bytes, str]:
        seed, key, number = one
        copy, description = warped(FACE, key, number, Fill(seed=seed))
        return copy.tobytes(), description

    first = {one: made(one) for one in asked}
    assert len({description for _, description in first.values()}) == len(asked)
    with ThreadPoolExecutor(4) as pool:
        assert dict(zip(reversed(asked), pool.map(made, reversed(asked)), strict=True)) == first


def test_a_copy_stays_what_it_was() -> None:
    """Versions of a data set are compared by their copies: whoever changes this, changes all of them."""
    _, description = warped(FACE, "train/disgust/Training_1.jpg", 0, Fill())
    assert json.loads(description) == {
        "brightness": 0.8723, "rotation": 0.58, "shear": -0.0099, "shift_x": -0.0106, "shift_y": -0.0481,
        "zoom": 0.9831,
    }  # fmt: skip


def test_generators_are_uniform_and_unrelated() -> None:
    first = np.array([generator(1, f"k{n // 10}", n % 10).random(2) for n in range(4000)])
    assert np.abs(first.mean(0) - 0.5).max() < 0.02
    assert np.abs(np.histogram(first[:, 0], 10, (0, 1))[0] - 400).max() < 80
    assert abs(np.corrcoef(first[:-1, 0], first[1:, 0])[0, 1]) < 0.05
    assert abs(np.corrcoef(first[:, 0], first[:, 1])[0, 1]) < 0.05


def test_copies_spread_over_the_ranges() -> None:
    fill = Fill(warp=Augment(rotation=15.0, shift=0.1, shear=0.2, zoom=0.1, brightness=0.3, erasing=0.25))
    warps = [parse(warped(FACE, f"k{n}", 0, fill)[1]) for n in range(1500)]
    for name, range_, middle in (
        ("rotation", 15.0, 0), ("shift_x", 0.1, 0), ("shift_y", 0.1, 0), ("shear", 0.2, 0), ("zoom", 0.1, 1),
        ("brightness", 0.3, 1),
    ):  # fmt: skip
        drawn = (np.array([getattr(warp, name) for warp in warps]) - middle) / range_
        assert -1.001 < drawn.min() < -0.98
        assert 0.98 < drawn.max() < 1.001
        assert abs(drawn.mean()) < 0.05
        assert np.abs(np.histogram(drawn, 5, (-1, 1))[0] - 300).max() < 60
    assert 0.46 < np.mean([warp.flip for warp in warps]) < 0.54
    assert 0.22 < np.mean([warp.erased is not None for warp in warps]) < 0.28


@pytest.mark.parametrize(
    "changes",
    [{"flip": True}, {"erasing": 0.05}, {"rotation": 0.3}, {"brightness": 0.004}, {"shift": 0.001}],
)
def test_a_copy_is_never_its_image(changes: dict[str, float | bool]) -> None:
    fill = Fill(warp=STILL.model_copy(update=changes))
    plain = np.full((48, 48), 100, np.uint8)
    plain[:, 30:] = 160
    for number in range(100):
        copy, description = warped(plain, "k", number, fill)
        assert (copy != plain).any()
        assert parse(description) != Warp()


@pytest.mark.parametrize(
    ("face", "warp"), [(FACE, STILL), (np.zeros((48, 48), np.uint8), Augment(brightness=0.5, erasing=0.5))]
)
def test_where_no_warp_changes_anything(face: npt.NDArray[np.uint8], warp: Augment) -> None:
    with pytest.raises(ParamsError, match=r"prepare\.fill\.warp.*'train/sad/1\.png'.*rotation=.*blank_std") as caught:
        warped(face, "train/sad/1.png", 0, Fill(warp=warp))
    assert "\n" not in str(caught.value)
