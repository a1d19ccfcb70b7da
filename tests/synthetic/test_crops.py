import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.schema import EMOTIONS, IMAGE_SIZE
from tasks.synthetic.crops import crop


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 5000), st.sampled_from(EMOTIONS), st.integers(0, 10**6))
def test_every_crop_is_a_picture_and_repeats(seed: int, person: int, emotion: str, index: int) -> None:
    first = crop(seed, person, emotion, index)
    assert first.shape == (IMAGE_SIZE, IMAGE_SIZE)
    assert first.dtype == np.uint8
    assert first.std() > 5
    np.testing.assert_array_equal(crop(seed, person, emotion, index), first)


def test_each_argument_matters() -> None:
    crops = [
        crop(*arguments)
        for arguments in (
            (1, 1, "sad", 1), (2, 1, "sad", 1), (1, 2, "sad", 1), (1, 1, "fear", 1), (1, 1, "sad", 2),
        )
    ]  # fmt: skip
    assert len({hashlib.sha256(pixels.tobytes()).digest() for pixels in crops}) == 5


@pytest.mark.parametrize(("arguments", "said"), [((1, 1, "joy", 1), "'joy'"), ((1, -1, "sad", 1), "identity=-1")])
def test_errors_name_the_value(arguments: tuple[int, int, str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        crop(*arguments)
