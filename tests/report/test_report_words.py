from hypothesis import given
from hypothesis import strategies as st

from tasks.report import words

NBSP = "\u00a0"


def test_numbers_read_as_a_person_writes_them() -> None:
    assert words.number(41207) == "41,207"
    assert words.plural(1, "file") == "1 file"
    assert words.plural(2000, "file") == "2,000 files"
    assert [words.duration(s) for s in (0.42, 48, 200, 6060)] == [
        f"0.4{NBSP}s", f"48{NBSP}s", f"3{NBSP}min 20{NBSP}s", f"1{NBSP}h 41{NBSP}min",
    ]  # fmt: skip
    assert [words.size(n) for n in (0, 999, 1000, 1.9e9, 3e15)] == [
        f"0{NBSP}bytes", f"999{NBSP}bytes", f"1.0{NBSP}kB", f"1.9{NBSP}GB", f"3000{NBSP}TB",
    ]  # fmt: skip
    assert [words.clock(ms) for ms in (0, 4_500, 65_000, 3_723_000)] == ["0:00", "0:04.5", "1:05", "1:02:03"]


def test_a_small_share_is_not_called_nothing_nor_a_large_one_all() -> None:
    assert words.share(1, 3) == f"33.3{NBSP}%"
    assert words.share(0, 3) == f"0.0{NBSP}%"
    assert words.share(1, 100_000) == f"<0.1{NBSP}%"
    assert words.share(99_999, 100_000) == f">99.9{NBSP}%"
    assert words.share(0, 0) == "–"


def test_moments() -> None:
    assert words.moment("2025-11-21T10:32:05+01:00") == "2025-11-21 09:32 UTC"
    assert words.moment("2025-11-21T09:32:05") == "2025-11-21 09:32"
    assert words.moment("yesterday") == "yesterday"


@given(st.text(st.characters(codec=None)))
def test_any_name_becomes_text_that_utf8_holds(text: str) -> None:
    stored = words.storable(text)
    assert stored.encode("utf-8").decode("utf-8") == stored
    assert not any(ord(c) < 32 and c not in "\t\n\r" for c in stored)
    assert len(words.one_line(text, 20)) <= 20
    assert "\n" not in words.one_line(text)


def test_undecodable_bytes_of_a_name_stay_visible() -> None:
    assert words.storable("a\udcff\x07b") == "a\\udcff␇b"
