"""Tables as CSV, for spreadsheets and programs that read no Parquet.

UTF-8 with a header, commas, texts in double quotes (a quote inside doubled, RFC 4180), an empty cell without quotes
for null. A text that a spreadsheet would run as a formula gets an apostrophe in front, and so does a text that begins
with an apostrophe itself: who takes one apostrophe off the beginning of a text has the very text of the table.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from tasks import files
from tasks.errors import OutputError
from tasks.report.tables import batches
from tasks.schema import FACES, FILES, FRAMES

SCHEMAS: Final = {"faces": FACES, "frames": FRAMES, "files": FILES}
POINTS: Final = tuple(f"{axis}{number}" for number in range(1, 6) for axis in "xy")  # in the order of `landmarks`
# What begins a formula, also behind blanks and in the full width of East Asian keyboards; tab and line breaks, behind
# which some programs look for one (OWASP, CSV Injection); the apostrophe, so that taking one off is exact.
FORMULA: Final = r"\A([\s\p{Z}\p{C}]*[=+\-@＝＋－＠]|['\t\r\n])"


def write(out: Path, to: Path) -> dict[str, int]:
    """Write faces.csv, frames.csv and files.csv of the results ``out`` into ``to``; return their rows.

    Each file is written beside and renamed. Memory holds one batch of 65,536 rows.

    Raises:
        OutputError: a table cannot be read.
    """
    return {name: _write(out / name, schema, to / f"{name}.csv") for name, schema in SCHEMAS.items()}


def flat(table: pa.Table) -> pa.Table:
    """``table`` in columns that a CSV can hold: landmarks as x1 y1 .. x5 y5, dictionaries as texts, no formulas."""
    arrays: dict[str, pa.ChunkedArray] = {}
    for field in table.schema:
        column = table[field.name]
        if field.name == "landmarks":
            arrays |= {point: pc.list_element(column, number) for number, point in enumerate(POINTS)}
        elif pa.types.is_dictionary(field.type) or pa.types.is_string(field.type):
            arrays[field.name] = safe(column.cast(pa.string()))
        else:
            arrays[field.name] = column
    return pa.table(arrays)


def safe(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts with an apostrophe before each that a spreadsheet would run as a formula."""
    return pc.if_else(
        pc.match_substring_regex(texts, FORMULA), pc.binary_join_element_wise("'", texts, ""), texts
    )  # fmt: skip


def _write(folder: Path, schema: pa.Schema, path: Path) -> int:
    rows = 0
    empty = flat(schema.empty_table())
    with files.replacing(path) as temporary, csv.CSVWriter(temporary, empty.schema) as writer:
        for table in _flattened(folder, schema):
            writer.write_table(table.cast(empty.schema))
            rows += len(table)
    return rows


def _flattened(folder: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    for table in batches(folder, schema, schema.names):
        try:
            yield flat(table)
        except pa.ArrowException as error:
            reason = " ".join(str(error).split())
            raise OutputError(f"{folder}: a row is not as scoring writes it ({reason}). Score again") from None
