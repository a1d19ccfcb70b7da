"""A listing of pictures: a table with the path or URL of each, its label, and where known its split and group.

CSV, TSV or Parquet with a header, columns named in ``data.columns``. A column named by a number is counted from 0 in
a file without a header, whose cells stand between spaces where the first line has neither tab, comma nor semicolon.
Paths are relative to the listing's folder; what leaves it is refused, URLs go anywhere. ``data.pattern`` reads more
off the paths, or says how they are written on disk (see ``pattern``). RAF-DB's list, put beside its folder
``aligned``, has the rows ``train_00001.jpg 5``:

    data:
      source: listing
      path: data/raw/list_partition_label.txt
      columns: {path: "0", label: "1"}
      pattern: "{split}_{}.jpg -> aligned/{split}_{}_aligned.jpg"
      labels: {"1": surprise, "2": fear, "3": disgust, "4": happy, "5": sad, "6": angry, "7": neutral}
"""

import os
from collections.abc import Iterator

from tasks.errors import RefusedError, SourceError
from tasks.params import Data
from tasks.sources import folder, members, pattern, store
from tasks.sources.identity import Identity
from tasks.sources.layout import Place, parts
from tasks.sources.members import Reader
from tasks.sources.pattern import Captured, Pattern
from tasks.sources.rows import ENDINGS, Row, read_rows
from tasks.sources.source import BRING, Chunk, Found, Member, Plan, Record
from tasks.sources.words import clean, shown, words


def plan(data: Data, rows: int) -> Plan:
    """Read the listing and cut it into chunks; whether the files are there is seen when they are read.

    Raises:
        ParamsError: a pattern, label or split that cannot be used.
        SourceError: no listing, a damaged one, a missing column, no rows, not one known label.
    """
    form = pattern.compiled(data.pattern) if data.pattern else None
    reader = Reader(words(data))
    path = store.locate(store.plain(data.path), ENDINGS, "listing (CSV, TSV, TXT or Parquet)")
    root = store.folder_of(path)
    known: list[Member] = []
    identity, captures = Identity(), form.regex.groupindex if form else {}
    divided = "split" in captures
    for number, row in enumerate(read_rows(path, data.columns, labelled="label" not in captures)):
        member = _member(row, number, root, form, reader)
        known.append(member)
        local = member.readable and not store.is_url(member.name) and not store.is_url(root)
        identity.add(number, row, folder.describe(store.join(root, member.name), "") if local else None)
        divided = divided or row.split is not None
    if not known:
        raise SourceError(f"data.path: {path!r} holds no rows. {BRING}")
    warnings = reader.tally.warnings(path)
    if not divided:
        warnings.append(f"{path.rpartition('/')[2]} has no column {data.columns.split!r}: all rows are training")
    cut = members.chunks(data, path, members.mixed(known), rows)
    return Plan(cut, tuple(warnings), identity.hexdigest())


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the files' bytes, undecoded; one that is missing or cannot be read becomes a record with ``error``."""
    root = store.folder_of(chunk.path)
    top = "" if store.is_url(root) else os.path.realpath(root)
    pieces = [store.pointed(root, member.name, top) for member in chunk.members if member.readable]
    return members.records(chunk.members, store.fetch(pieces))


def _member(row: Row, number: int, root: str, form: Pattern | None, reader: Reader) -> Member:
    """What one row points to and says; columns say more than the path does."""
    captured = Captured(row.path) if form is None else form.read(row.path)
    said = captured or Captured(row.path)
    place = Place(
        said.split if row.split is None else row.split,
        said.label if row.label is None else row.label,
        said.group if row.group is None else row.group,
    )
    name, refusal = "", ""
    try:
        name = store.below(root, said.path)
    except RefusedError as error:
        refusal = str(error)
    key = clean(row.path) if store.is_url(row.path) else "/".join(parts(row.path))
    member = reader.member(Found(name, -1, "", refusal), key or f"row-{number:07d}", place)
    if not row.path:
        return member._replace(reason="undecodable", detail=f"row {number} has no path")
    if captured is None and form is not None:
        detail = f"path {shown(row.path)} is not of the form of data.pattern"
        return member._replace(reason="undecodable", detail=detail)
    return member
