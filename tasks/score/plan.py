"""The part of the files table that needs no decoding: what was listed, archives, duplicates."""

from collections import defaultdict
from collections.abc import Iterable

from tasks.score.rows import Row
from tasks.score.unit import file_row
from tasks.score.units import Arrangement

# The best of its members' is an archive's status: one scored picture makes it scored.
_BEST_FIRST = ("scored", "no_face", "timeout", "decode_error", "too_large", "refused", "duplicate", "unsupported")


def listed_rows(arranged: Arrangement, scored: Iterable[tuple[str, str | None, str]]) -> list[Row]:
    """Rows of `files` for entries that no unit scores.

    Args:
        scored: (source, member, status) of each row that the units wrote.
    """
    members: dict[str, set[str]] = defaultdict(set)
    for source, member, status in scored:
        if member is not None:
            members[source].add(status)
    for entry in arranged.listed:
        if entry.member is not None and entry.status is not None:
            members[entry.source].add(entry.status)
    rows = []
    for entry, of in arranged.duplicates:
        rows.append(file_row(entry, "duplicate", duplicate_of=of))
        if entry.member is not None:
            members[entry.source].add("duplicate")
    for entry in arranged.listed:
        status = entry.status or min(members[entry.source], key=_BEST_FIRST.index, default="unsupported")
        rows.append(file_row(entry, status, error=entry.error))
    return rows
