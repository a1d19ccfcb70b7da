"""What a network says of faces, as columns of the tables."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.schema import EMOTIONS, FACES

Probabilities = npt.NDArray[np.float32]


def columns(probabilities: Probabilities, abstain_below: float) -> dict[str, pa.Array]:
    """The columns `emotion`, `confidence`, `abstained` and `p_...` of FACES for (n, 7) calibrated probabilities."""
    confidence = probabilities.max(axis=1, initial=0)
    found = {
        "emotion": pa.array(EMOTIONS, pa.string()).take(pa.array(probabilities.argmax(axis=1))),
        "confidence": pa.array(confidence),
        "abstained": pa.array(confidence.astype(np.float64) < abstain_below),
    }
    return found | {
        f"p_{emotion}": pa.array(np.ascontiguousarray(probabilities[:, number]))
        for number, emotion in enumerate(EMOTIONS)
    }


def labelled(faces: pa.Table, probabilities: Probabilities, abstain_below: float, **same: str) -> pa.Table:
    """Rows of FACES: ``faces`` with what a network says of them.

    Args:
        faces: n rows; of the columns that a network fills, what stands there is replaced.
        probabilities: (n, 7), calibrated.
        same: further columns with one text for all.
    """
    given: dict[str, Any] = {name: faces[name] for name in faces.column_names}
    given |= columns(probabilities, abstain_below)
    index = pa.array(np.zeros(len(faces), np.int32))
    given |= {name: pa.DictionaryArray.from_arrays(index, pa.array([text])) for name, text in same.items()}
    return pa.table([given[name] for name in FACES.names], schema=FACES)


def shown(thumbs: pa.Table, faces: pa.Table) -> pa.Table:
    """``thumbs`` with what is said of their ``faces``."""
    rows = faces.take(pc.index_in(keys(thumbs), keys(faces)))
    new = {name: rows[name] for name in ("emotion", "confidence")}
    return pa.table([new.get(name, thumbs[name]) for name in thumbs.column_names], schema=thumbs.schema)


def keys(table: pa.Table) -> pa.ChunkedArray:
    """One text per row that tells faces apart, in `faces`, `crops` and `thumbs`."""
    numbers = (table[name].cast(pa.string()) for name in ("frame", "face"))
    return pc.binary_join_element_wise(table["source"], pc.fill_null(table["member"], ""), *numbers, "\0")
