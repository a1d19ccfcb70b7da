import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.images.fingerprint import PRINT_BYTES, distance, fingerprint
from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop


def faces(count: int, side: int = 48) -> np.ndarray:
    drawn = np.stack([crop(3, n, EMOTIONS[n % 7], n) for n in range(count)])
    return drawn if side == 48 else np.repeat(np.repeat(drawn, side // 48, axis=1), side // 48, axis=2)


def test_a_hash_does_not_depend_on_its_batch() -> None:
    drawn = faces(40)
    together = fingerprint(drawn)
    assert together.shape == (40, PRINT_BYTES)
    assert together.dtype == np.uint8
    assert np.array_equal(together, np.concatenate([fingerprint(drawn[n : n + 1]) for n in range(40)]))
    assert np.array_equal(together[::-3], fingerprint(drawn[::-3]))
    assert fingerprint(drawn[:0]).shape == (0, PRINT_BYTES)


GOLDEN = "fe00078f1e3878fd03060e1e3c78f1c3878f1f3c70c1c3870f1e3870f1e3c700"


def test_the_hash_of_a_face_is_what_it_was() -> None:
    face = (np.outer(np.arange(48), np.arange(48)[::-1]) // 9).astype(np.uint8)
    assert fingerprint(face[None])[0].tobytes().hex() == GOLDEN


@pytest.mark.parametrize(
    ("change", "bits"),
    [
        (lambda x: x, 0),
        (lambda x: np.clip(x.astype(int) + 15, 0, 255), 8),
        (lambda x: np.clip(x.astype(int) * 0.8 + 20, 0, 255), 8),
        (lambda x: np.clip(x + np.random.default_rng(1).normal(0, 6, x.shape), 0, 255), 12),
    ],
)
def test_small_changes_turn_few_bits(change: object, bits: int) -> None:
    drawn = faces(60)
    changed = change(drawn).astype(np.uint8)  # type: ignore[operator]
    assert np.percentile(distance(fingerprint(drawn), fingerprint(changed)), 95) <= bits


def test_other_faces_are_far_away() -> None:
    prints = fingerprint(faces(80))
    apart = distance(prints[:, None].repeat(80, 1), prints[None].repeat(80, 0))[np.triu_indices(80, 1)]
    assert np.percentile(apart, 5) > 24


def test_size_says_nothing() -> None:
    assert distance(fingerprint(faces(30)), fingerprint(faces(30, 96))).max() <= 4
    assert distance(fingerprint(faces(30)), fingerprint(faces(30)[:, ::2, ::2])).mean() < 40


def test_flat_faces_have_one_hash() -> None:
    flat = np.stack([np.full((48, 48), level, np.uint8) for level in (0, 7, 255)])
    assert distance(fingerprint(flat[:1]), fingerprint(flat[1:])).max() == 0


@given(st.binary(min_size=PRINT_BYTES, max_size=PRINT_BYTES), st.binary(min_size=PRINT_BYTES, max_size=PRINT_BYTES))
def test_distance_is_hammings(a: bytes, b: bytes) -> None:
    one, other = (np.frombuffer(data, np.uint8) for data in (a, b))
    assert distance(one, other) == sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True))
