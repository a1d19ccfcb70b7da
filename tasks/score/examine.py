"""What the files of a piece of the list are: hashed, recognised by content, videos probed. Run on workers."""

from tasks.media import watch
from tasks.media.entry import Entry
from tasks.media.examine import examine_watched
from tasks.params import Score
from tasks.score import store


def examine(piece: tuple[int, list[str]], wanted: Score, out: str) -> list[Entry]:
    """Entries of the files of ``piece`` in their order, members behind their archive.

    Args:
        piece: the place of its first file in the whole list, and its files.
        out: where the run writes, as all workers see it: notes of what is worked on stay there if a worker dies of it.
    """
    # Which frames are key frames, and where faces move, is known from the beginning of a video on alone.
    seconds = wanted.part_seconds if wanted.sampling in ("fps", "every") else 0.0
    with watch.watched(store.notes(out), f"examine-{piece[0]}", wanted.limits) as watched:
        return examine_watched(piece[1], wanted.limits, seconds, watched)
