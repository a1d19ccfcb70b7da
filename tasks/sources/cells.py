"""What the rows of a table say beside their pictures."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tasks.sources.columns import Fields
from tasks.sources.spans import Sheet
from tasks.sources.tables import Table, word


class Cells(NamedTuple):
    """One part's rows in the data set's own words; each list has an entry per row."""

    labels: list[str]
    splits: list[str]
    groups: list[str]
    keys: list[str]  # empty: the table has none
    originals: list[bool]  # False: a warped copy of another row


def cells(table: Table, part: int, sheet: Sheet, whole: bool = True) -> Cells:
    """Read one part without its pictures.

    Args:
        whole: also groups and keys.
    """
    at = sheet.fields
    wanted = [at.label, at.split, at.copy, *((at.group, at.key) if whole else ())]
    read = table.read(part, [name for name in dict.fromkeys(wanted) if name])
    rows = read.num_rows

    def column(name: str, default: str) -> list[str]:
        return _words(read.column(name).to_pylist()) if name in wanted and name else [default] * rows

    labels = _named(read.column(at.label).to_pylist(), at)
    copies = read.column(at.copy).to_pylist() if at.copy else [None] * rows
    keys = column(at.key, "") if at.key else []
    return Cells(labels, column(at.split, sheet.split), column(at.group, ""), keys, [copy is None for copy in copies])


def runs(flags: Iterable[bool]) -> list[tuple[int, int]]:
    """First position and length of each run of True."""
    found: list[tuple[int, int]] = []
    for at, flag in enumerate(flags):
        if flag and found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif flag:
            found.append((at, 1))
    return found


def _words(values: Sequence[Any]) -> list[str]:
    known = {value: word(value) for value in set(values)}
    return [known[value] for value in values]


def _named(values: Sequence[Any], at: Fields) -> list[str]:
    """Numbers of a ClassLabel as its words."""
    names = dict(enumerate(at.names))
    return _words([names.get(value, value) if isinstance(value, int) else value for value in values])
