"""Lines of fer2013.csv, one at a time."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.errors import SourceError
from tasks.sources.fer2013_csv import Broken, parse_header, parse_pixels, parse_row


def test_odd_spacing_and_leading_zeros_are_numbers() -> None:
    row = b"\t007  255 " + b" 1" * 2302
    found = parse_pixels(row)
    assert isinstance(found, np.ndarray)
    assert found.ravel()[:3].tolist() == [7, 255, 1]


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=48, max_size=48), st.sampled_from(["", " ", "  "]))
def test_any_levels_survive(line: bytes, padding: str) -> None:
    levels = list(line * 48)
    found = parse_pixels((padding + " ".join(map(str, levels)) + padding).encode())
    assert isinstance(found, np.ndarray)
    assert found.shape == (48, 48)
    assert found.ravel().tolist() == levels


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
@example(b"0" * 5000)
@example(b"18446744073709551616 " * 2304)
def test_no_pixel_text_raises(content: bytes) -> None:
    found = parse_pixels(content)
    assert isinstance(found, Broken)
    assert found.reason in ("wrong_size", "undecodable")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
@example(b'1,"')
@example(b"1,2,Training\x00")
def test_any_line_is_a_row_or_a_source_error(line: bytes) -> None:
    header = parse_header(b"emotion,pixels,Usage\n", "x")
    try:
        row = parse_row(line, header, 5)
    except SourceError as error:
        assert "row 5" in str(error)
    else:
        assert row.split in ("training", "public", "private")
        row.emotion.encode()
