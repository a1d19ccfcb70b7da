import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.params import Data
from tasks.sources.source import Chunk, Entry, Member

_ENTRIES = st.none() | st.builds(Entry, *[st.integers(0, 2**40)] * 4)
_MEMBERS = st.builds(Member, *[st.text(max_size=4)] * 3, st.integers(-1, 6), entry=_ENTRIES)


@given(st.lists(_MEMBERS, max_size=5))
def test_a_chunk_comes_out_of_a_pickle_as_it_was(members: list[Member]) -> None:
    chunk = Chunk(3, "class-folders", "faces.zip", 12, len(members), Data(), members=tuple(members))
    again = pickle.loads(pickle.dumps(chunk))
    assert again == chunk
    assert all(
        isinstance(one, Member) and one.readable == other.readable
        for one, other in zip(again.members, members, strict=True)
    )


def test_what_does_not_differ_is_one_object_after_a_pickle_too() -> None:
    members = tuple(Member(str(number), str(number), "training", 1) for number in range(10))
    again = pickle.loads(pickle.dumps(Chunk(0, "x", "", 0, 10, Data(), members=members)))
    assert len({id(one.split) for one in again.members}) == 1


def test_a_chunk_cannot_be_changed() -> None:
    chunk = pickle.loads(pickle.dumps(Chunk(0, "x", "", 0, 0, Data())))
    with pytest.raises(AttributeError):
        chunk.rows = 3
