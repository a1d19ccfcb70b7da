"""How labels changed from one model to another."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.schema import EMOTIONS

ABSTAINED: Final = "abstained"
SAID: Final = (*EMOTIONS, ABSTAINED)
SHOWN: Final = 3  # kinds of flips in a line


def counts(before: pa.Table, after: pa.Table) -> npt.NDArray[np.int64]:
    """(8, 8) faces by what was said of them before and after, in the order of SAID; rows are the same faces."""
    pairs = _places(before) * len(SAID) + _places(after)
    return np.bincount(pairs, minlength=len(SAID) ** 2).reshape(len(SAID), len(SAID))


def told(table: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Such counts as they stand in run.json: faces, flipped, share, and `table` from -> to -> faces."""
    faces, same = int(table.sum()), int(np.trace(table))
    return {
        "faces": faces,
        "flipped": faces - same,
        "share": round((faces - same) / faces, 6) if faces else 0.0,
        "table": {
            word: {other: int(table[row, column]) for column, other in enumerate(SAID)} for row, word in enumerate(SAID)
        },
    }


def line(flips: dict[str, Any]) -> str:
    """The same in a line: the share, and the most frequent flips."""
    pairs = [
        (count, word, other)
        for word, row in flips["table"].items()
        for other, count in row.items()
        if word != other and count
    ]
    most = sorted(pairs, key=lambda pair: -pair[0])[:SHOWN]
    named = ", ".join(f"{count:,} {word} -> {other}" for count, word, other in most)
    return f"{100 * flips['share']:.1f} % flipped" + (f": {named}" if named else "")


def _places(faces: pa.Table) -> npt.NDArray[np.int64]:
    emotions = pc.index_in(faces["emotion"], pa.array(EMOTIONS)).to_numpy()
    return np.where(faces["abstained"].to_numpy(zero_copy_only=False), len(EMOTIONS), emotions).astype(np.int64)
