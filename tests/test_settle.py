"""What a worker keeps for good is passed over by collections, once per kind of it."""

import gc

from tasks.settle import settle


def test_what_is_there_is_frozen_once() -> None:
    settle.cache_clear()
    try:
        settle("modules")
        before = gc.get_freeze_count()
        assert before > 10_000
        more: list[list[int]] = [[]]
        settle("modules")
        assert gc.get_freeze_count() <= before
        # Not by the count: what other tests left may die meanwhile. Collections look at what is listed, and at no more.
        assert any(one is more for one in gc.get_objects())
        settle("networks")
        assert not any(one is more for one in gc.get_objects())
    finally:
        gc.unfreeze()
        settle.cache_clear()
