"""Failures grouped by status and error text, with an example each."""

from dataclasses import dataclass, field

import pyarrow as pa

from tasks.report.tables import texts
from tasks.report.words import one_line

KEPT = 2_000  # distinct texts held at any time: texts may name offsets and be all different


@dataclass(frozen=True)
class Failure:
    """``count`` rows that ended in ``status`` with the same ``text``; ``example`` is the first one's name."""

    status: str
    text: str
    count: int
    example: str


@dataclass(frozen=True)
class Failures:
    """The most frequent failures; ``others`` rows had one of the texts that did not fit."""

    found: tuple[Failure, ...] = ()
    others: int = 0
    total: int = field(default=0)

    def plus(self, table: pa.Table) -> "Failures":
        """These and the rows of ``table`` (columns source, member, status, error), most frequent first."""
        if not table.num_rows:
            return self
        groups = table.group_by(["status", "error"], use_threads=False).aggregate(
            [([], "count_all"), ("source", "first"), ("member", "first")]
        )
        groups = groups.sort_by([("count_all", "descending")]).slice(0, KEPT)
        merged = {(item.status, item.text): item for item in self.found}
        columns = [texts(groups[name]) for name in ("status", "error", "source_first", "member_first")]
        for status, error, source, member, count in zip(*columns, groups["count_all"].to_pylist(), strict=True):
            key = (str(status), one_line(error or "no text was given", 400))
            seen = merged.get(key)
            name = seen.example if seen else file_name(str(source), member)
            merged[key] = Failure(*key, count + (seen.count if seen else 0), name)
        ranked = sorted(merged.values(), key=lambda item: (-item.count, item.status, item.text))[:KEPT]
        rows = self.total + table.num_rows
        return Failures(tuple(ranked), rows - sum(item.count for item in ranked), rows)


def file_name(source: str, member: str | None) -> str:
    """How a file, or a member of an archive, is called on the page."""
    return one_line(source if member is None else f"{source} › {member}")


def key_name(key: str) -> str:
    """The same, of a key as of `tables.keys`."""
    source, _, member = key.partition("\0")
    return file_name(source, member or None)
