"""Tables of pictures: Parquet files, and what Hugging Face ``datasets`` saves on disk or keeps in its hub's layout.

A file, or a folder of them, nested: ``data/train-00000-of-00002.parquet``, ``save_to_disk`` with its Arrow files, or
a folder that Fermata prepared. The column of images holds bytes, ``struct<bytes, path>``, or paths and URLs; paths
are relative to their table. Labels are words, or numbers that Hugging Face's metadata or ``data.labels`` names. The
split is that of ``data.columns.split`` where there is such a column, else what folders and names of files say.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

from tasks.errors import SourceError
from tasks.params import Data
from tasks.sources import huggingface, layout, store, tables
from tasks.sources.cells import Cells, cells, runs
from tasks.sources.columns import KIND, fields
from tasks.sources.identity import Identity
from tasks.sources.members import record, records, unplaced
from tasks.sources.pictures import pictures
from tasks.sources.source import BRING, Chunk, Found, Member, Plan, Record
from tasks.sources.spans import Sheet, Span, cut
from tasks.sources.tables import Table
from tasks.sources.tally import Tally
from tasks.sources.words import Meaning, Words, words

ENDINGS: Final = (".parquet", ".arrow")


class _File(NamedTuple):
    """A table, and what is said of it beside it."""

    found: Found
    saved: huggingface.Saved


def plan(data: Data, rows: int) -> Plan:
    """Read labels and splits of all rows, no pictures, and cut the rows into chunks.

    Raises:
        ParamsError: labels or splits that cannot be used.
        SourceError: no tables, a damaged one, a column that is missing, no rows, not one known label.
    """
    path = store.plain(data.path)
    files, refused = _files(path)
    vocabulary, tally, identity = words(data), Tally(), Identity()
    spans: list[Span] = []
    rejects = copies = 0
    for found, saved in files:
        where = store.join(path, found.name)
        with tables.opened(where) as table:
            if (table.schema.metadata or {}).get(KIND) == b"reject":
                rejects += 1
                continue
            split = saved.split or vocabulary.split_word((found.name or path.rpartition("/")[2]).split("/"))
            sheet = Sheet(found.name, fields(table.schema, saved.features, data, where), split)
            start, counts = 0, table.parts()
            for part, count in enumerate(counts):
                said = cells(table, part, sheet, whole=False)
                copies += said.originals.count(False)
                spans += (Span(sheet, part, at, start + at, length) for at, length in runs(said.originals))
                _count(said, vocabulary, tally)
                start += count
            identity.add(*found[:3], tuple(counts), str(table.schema), sorted((table.schema.metadata or {}).items()))
    if not spans:
        raise SourceError(f"data.path: no tables (.parquet, .arrow) with rows at {data.path!r}. {BRING}")
    warnings = tally.warnings(data.path)
    if rejects:
        warnings.append(f"{rejects:,} tables of rejected images are ignored")
    if copies:
        warnings.append(f"{copies:,} warped copies are ignored: prepare.fill makes them again from their originals")
    return Plan(_chunks(data, path, cut(spans, rows), refused), tuple(warnings), identity.hexdigest())


def read(chunk: Chunk) -> Iterator[Record]:
    """Yield the rows' pictures, undecoded; a damaged part's rows become records with ``error``.

    Raises:
        SourceError: a table is gone, or is not what the plan saw.
    """
    yield from records(chunk.members, ())
    vocabulary = words(chunk.data)
    for name, spans in groupby(chunk.spans, key=lambda span: span.sheet.name):
        path = store.join(chunk.path, name)
        with tables.opened(path) as table:
            for span in spans:
                yield from _records(table, span, path, vocabulary)


def _records(table: Table, span: Span, path: str, vocabulary: Words) -> Iterator[Record]:
    """The rows of one span, part by part."""
    root = store.folder_of(path)
    part, skip, start, left = span.part, span.skip, span.start - span.skip, span.rows
    meanings: dict[tuple[str, str], Meaning] = {}
    while left:
        said = cells(table, part, span.sheet)
        rows = min(left, len(said.labels) - skip)
        if rows <= 0 < skip:
            raise SourceError(f"data.path: {path!r} has fewer rows than before: it changed while being read")
        contents = pictures(table, part, span.sheet.fields.image, skip, rows, root)
        for at, content in enumerate(contents, skip):
            pair = said.labels[at], said.splits[at]
            if pair not in meanings:
                meanings[pair] = vocabulary.meaning(*pair)
            key = said.keys[at] if said.keys else _key(span.sheet.name, start + at)
            yield record(key, meanings[pair], said.groups[at], content)
        part, skip, start, left = part + 1, 0, start + len(said.labels), left - rows


def _key(name: str, row: int) -> str:
    return f"{'/'.join(layout.parts(name))}#{row:07d}" if name else f"row-{row:07d}"


def _count(said: Cells, vocabulary: Words, tally: Tally) -> None:
    rows = zip(said.labels, said.splits, said.originals, strict=True)
    for (label, split), times in Counter((label, split) for label, split, original in rows if original).items():
        tally.add(label, vocabulary.meaning(label, split), times)


def _chunks(data: Data, path: str, cuts: Iterator[tuple[Span, ...]], refused: tuple[Member, ...]) -> tuple[Chunk, ...]:
    """The rows, and in a chunk of their own the links that were refused."""
    chunks: list[Chunk] = []
    done = 0
    for spans in cuts:
        held = sum(span.rows for span in spans)
        chunks.append(Chunk(len(chunks), data.source, path, done, held, data, spans=spans))
        done += held
    if refused:
        chunks.append(Chunk(len(chunks), data.source, path, done, len(refused), data, members=refused))
    return tuple(chunks)


def _files(path: str) -> tuple[list[_File], tuple[Member, ...]]:
    """The tables below ``path``, each with what is said beside it; a single one has no name."""
    only = store.describe(path)
    if only is not None:
        return [_File(only._replace(name=""), huggingface.Saved())], ()
    listed = store.walk(path)
    names = {found.name for found in listed if not found.refusal}
    files = [found for found in listed if found.name.lower().endswith(ENDINGS)]
    folders = {found.name.rpartition("/")[0] for found in files}
    saved = {folder: huggingface.saved(path, folder, names) for folder in folders}
    described = [_File(found, saved[found.name.rpartition("/")[0]]) for found in files if not found.refusal]
    return (
        [file for file in described if file.saved.holds(file.found.name.rpartition("/")[2])],
        tuple(unplaced(found) for found in listed if found.refusal),
    )
