from pathlib import Path

import numpy as np
import pytest
from dlib_file import CONVOLUTIONS, content
from hypothesis import given
from hypothesis import strategies as st

from tasks.models import dlib


def test_layers_come_back_in_their_order(tmp_path: Path) -> None:
    arrays = [
        np.random.default_rng(number).normal(size=shape).astype(np.float32)
        for number, shape in enumerate([(7, 7, 3, 4), (4,), (4,), (4,), (3, 5, 4, 300), (300,), (300,), (300,)])
    ]
    (tmp_path / "a.dat").write_bytes(content(arrays))
    found = dlib.read(tmp_path / "a.dat")
    assert [array.shape for array in found] == [array.shape for array in arrays]
    assert all(np.array_equal(one, other) for one, other in zip(found, arrays, strict=True))


@pytest.mark.parametrize("number", [0, 1, 127, 128, 255, 256, 4736, 2**31, -1, -300])
def test_integers(number: int) -> None:
    magnitude = abs(number).to_bytes(8, "little").rstrip(b"\0")
    head = len(magnitude) | (0x80 if number < 0 else 0)
    assert dlib._integers(bytes([9, head]) + magnitude, 1, 1) == ([number], 2 + len(magnitude))


def test_files_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"no network")
    with pytest.raises(ValueError, match="no convolution in it"):
        dlib.read(path)
    whole = content([np.ones((3, 3, 1, 2), np.float32), *[np.ones(2, np.float32)] * 3])
    path.write_bytes(whole[:60])
    with pytest.raises(ValueError, match="no whole tensor"):
        dlib.read(path)


@given(place=st.integers(0, len(CONVOLUTIONS) - 1), new=st.binary(max_size=6), end=st.integers(0, len(CONVOLUTIONS)))
def test_damaged_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, new: bytes, end: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.dat"
    path.write_bytes((CONVOLUTIONS[:place] + new + CONVOLUTIONS[place + len(new) :])[:end])
    try:
        found = dlib.read(path)
    except ValueError:
        return
    assert all(array.dtype == np.float32 and array.size for array in found)
