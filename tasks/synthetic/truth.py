"""What is really in a synthetic picture: the ground truth that detection, tracking and labels are measured against."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import SourceError
from tasks.files import replacing


@dataclass(frozen=True, slots=True)
class TruthFace:
    """One face in one frame. Boxes are pixels, angles degrees; see ``tasks.synthetic.head`` for their signs."""

    x: float  # left edge of the tight box: forehead to chin, cheek to cheek
    y: float
    w: float
    h: float
    identity: int
    emotion: str
    intensity: float  # 0 at rest, whatever the emotion .. 1 full; a label is certain from about 0.5
    yaw: float
    pitch: float
    roll: float
    frame: int = 0
    pts_ms: float | None = None  # presentation time; None in a picture


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One face and the file it is in."""

    source: str  # path relative to the archive's folder, with forward slashes
    member: str | None  # path inside ``source`` when that is a zip
    face: TruthFace


TRUTH: Final = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("member", pa.string()),
        pa.field("frame", pa.int64(), nullable=False),
        pa.field("pts_ms", pa.float64()),
        *[pa.field(name, pa.float64(), nullable=False) for name in ("x", "y", "w", "h")],
        pa.field("identity", pa.int64(), nullable=False),
        pa.field("emotion", pa.string(), nullable=False),
        *[pa.field(name, pa.float64(), nullable=False) for name in ("intensity", "yaw", "pitch", "roll")],
    ],
    metadata={"fermata.table": "truth", "fermata.version": "1"},
)


def write_truth(path: Path, rows: Iterable[TruthRow]) -> None:
    """Write ``rows`` as Parquet of schema ``TRUTH``, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    records = [{"source": row.source, "member": row.member, **asdict(row.face)} for row in rows]
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist(records, schema=TRUTH), temporary)


def read_truth(path: Path) -> list[TruthRow]:
    """Read what ``write_truth`` wrote, in the same order.

    Raises:
        SourceError: a file that is missing or is not such a table.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path}: cannot be read as Parquet ({error})") from None
    if not table.schema.equals(TRUTH):
        raise SourceError(f"{path}: not a table of synthetic truth. Received columns: {', '.join(table.column_names)}")
    return [TruthRow(record.pop("source"), record.pop("member"), TruthFace(**record)) for record in table.to_pylist()]
