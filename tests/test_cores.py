import os

from tasks import cores


def test_cores_are_counted() -> None:
    assert 1 <= cores.count() <= (os.cpu_count() or 1)
