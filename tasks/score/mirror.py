"""The whole output of a run in a folder of this machine, for what changes it in many places."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.errors import UsageError
from tasks.params import Cluster
from tasks.score.store import Folder, Store

Sign = tuple[int, int]


@contextmanager
def mirrored(place: Store) -> Iterator[Path]:
    """All of ``place`` on the desk; what the block changes there goes back together, once it has ended well.

    Of a bucket the desk needs room for everything that it holds; a folder on this machine is the desk itself.

    Raises:
        OSError: the store doesn't answer, or there is no room.
    """
    if isinstance(place, Folder):
        yield place.root
        return
    place.recover()
    with place.desk() as desk:
        place.bring(desk, place.entries())
        before = _signs(desk)
        yield desk
        after = _signs(desk)
        changed = {_top(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        left = changed & {_top(name) for name in after}
        if left:
            place.replace(desk, sorted(left))
        place.remove(sorted(changed - left))


def check_near(params: Cluster, place: Store) -> None:
    """Make sure that workers see the desk of ``place``.

    Raises:
        UsageError: they don't: the results are behind a URL, and the workers another scheduler's.
    """
    if params.address and not isinstance(place, Folder):
        raise UsageError(
            f"cluster.address: '{place.name}' is fetched to this machine, where the workers of '{params.address}' "
            "don't see it. Leave cluster.address empty for this command"
        )


def _signs(desk: Path) -> dict[str, Sign]:
    """What changes with a file's content: when it was written, and its size."""
    found = ((path, path.stat()) for path in desk.rglob("*") if path.is_file())
    return {path.relative_to(desk).as_posix(): (stat.st_mtime_ns, stat.st_size) for path, stat in found}


def _top(name: str) -> str:
    return name.partition("/")[0]
