"""What a worker keeps for good is passed over by collections, once per kind of it."""

import gc

from tasks.settle import settle


def test_what_is_there_is_frozen_once() -> None:
    settle.cache_clear()
    try:
        settle("modules")
        before = gc.get_freeze_count()
        assert before > 10_000
        more: list[list[int]] = [[] for _ in range(1_000)]
        settle("modules")
        assert gc.get_freeze_count() <= before
        settle("networks")
        assert gc.get_freeze_count() >= before + len(more)
    finally:
        gc.unfreeze()
        settle.cache_clear()
