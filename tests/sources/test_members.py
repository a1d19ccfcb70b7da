import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import DecodeError, MediaError, RefusedError, TooLargeError, UnsupportedError
from tasks.params import Data
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.identity import Identity
from tasks.sources.layout import Place
from tasks.sources.members import Reader, chunks, mixed, records, unplaced
from tasks.sources.source import Found, Member, reason_of
from tasks.sources.words import words

NAMES = st.lists(st.text("ab#2", min_size=1, max_size=4), max_size=12)


def members(names: list[str]) -> list[Member]:
    return [Member(name, name, "training", 0) for name in names]


@given(NAMES, st.integers(1, 5))
def test_chunks_hold_all_members_under_keys_of_their_own(names: list[str], rows: int) -> None:
    cut = chunks(Data(), "x", members(names), rows)
    assert [member.name for chunk in cut for member in chunk.members] == names
    keys = [member.key for chunk in cut for member in chunk.members]
    assert len(set(keys)) == len(keys)
    for name in set(names):
        assert keys[names.index(name)] == name
    assert [chunk.start for chunk in cut] == list(range(0, len(names), rows))
    assert all(chunk.rows == len(chunk.members) <= rows for chunk in cut)


@given(NAMES)
def test_mixing_does_not_depend_on_the_order_found(names: list[str]) -> None:
    assert mixed(members(names)) == mixed(members(names[::-1]))


def test_equal_words_are_one_object() -> None:
    reader = Reader(words(Data()))
    some, others = (
        reader.member(Found("a/1.jpg", 1, ""), "/".join(["a", "1.jpg"]), Place(*"".join(said).split()))
        for said in [["train hap", "py S1"], ["tra", "in happy S1"]]
    )
    assert some.split is others.split
    assert some.group is others.group
    assert some.key is some.name
    assert sum(map(sys.getsizeof, (some, some.key))) < 200  # millions of them are held


def test_what_is_refused_stays_refused_and_is_not_counted() -> None:
    reader = Reader(words(Data()))
    found = reader.member(Found("a", 1, "", "a link"), "a", Place("train", "bored"))
    assert (found.reason, found.detail, found.readable) == ("refused", "a link", False)
    assert reader.tally.warnings("x") == []
    assert unplaced(Found("../\udce9", 1, "", "a way out"))[:4] == ("../\\udce9", "../\udce9", "training", UNKNOWN)


def test_records_say_the_worst_first() -> None:
    good, unknown, refused = (
        Member("k", "k", "training", 0, "S1", reason, "why") for reason in ("", "unknown_label", "refused")
    )
    contents: list[bytes | MediaError] = [b"x", b"x", DecodeError("broken"), TooLargeError("huge")]
    found = list(records([good, unknown, refused, unknown, good], contents))
    assert [(one.data, one.error, one.reason) for one in found] == [
        (b"x", None, "undecodable"),
        (b"x", "why", "unknown_label"),
        (None, "why", "refused"),
        (None, "broken", "undecodable"),
        (None, "huge", "too_large"),
    ]
    assert {one.group for one in found} == {"S1"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TooLargeError("x"), "too_large"),
        (RefusedError("x"), "refused"),
        (UnsupportedError("x"), "undecodable"),
        (DecodeError("x"), "undecodable"),
    ],
)
def test_errors_have_their_reasons(error: MediaError, reason: str) -> None:
    assert reason_of(error) == reason


@given(st.permutations([("a", 1), ("b", 2), ("c", 3), ("c", 3)]))
def test_an_identity_is_of_all_parts_in_any_order(parts: list[tuple[str, int]]) -> None:
    one, other, fewer = Identity(), Identity(), Identity()
    for part in parts:
        one.add(*part)
    for part in sorted(parts):
        other.add(*part)
    for part in set(parts):
        fewer.add(*part)
    assert one.hexdigest() == other.hexdigest() != fewer.hexdigest()


def test_the_tally_says_what_is_missing_and_what_is_strange() -> None:
    reader = Reader(words(Data()))
    for split, label in [*(("train", emotion) for emotion in EMOTIONS[1:]), ("test", "happy")]:
        reader.member(Found("x", 1, ""), "x", Place(split, label))
    for number in range(7):
        reader.member(Found("x", 1, ""), "x", Place("train", f"odd {number % 6}"))
    strange, test, training = reader.tally.warnings("x")
    assert strange == (
        "7 images are rejected, because their labels are no emotions: "
        "'odd 0', 'odd 1', 'odd 2', 'odd 3', 'odd 4' and 1 more. data.labels can map them"
    )
    assert test == "split 'test' has no images of angry, disgust, fear, neutral, sad, surprise"
    assert training == "split 'training' has no images of angry"
