"""What a network says of faces, as columns of the tables."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.schema import EMOTIONS, FACES, REJECTS
from tasks.score import abstain
from tasks.score.abstain import Pictures, Rule

UNKNOWN: Final = Pictures(None, None)  # of a model that doesn't say how good pictures are
Probabilities = npt.NDArray[np.float32]  # (n, 7 + r): calibrated, then what the network rejects


def columns(answers: Probabilities, rule: Rule, seen: Pictures = UNKNOWN) -> dict[str, pa.Array]:
    """The columns of FACES that a network fills, for (n, 7 + r) answers about pictures ``seen`` to be so good."""
    probabilities, rejects = answers[:, : len(EMOTIONS)], answers[:, len(EMOTIONS) :]
    confidence = probabilities.max(axis=1, initial=0)
    reasons = pa.array(abstain.because(confidence, rejects, seen, rule), pa.string())
    nothing = pa.nulls(len(answers), pa.float32())
    found = {
        "emotion": pa.array(EMOTIONS, pa.string()).take(pa.array(probabilities.argmax(axis=1))),
        "confidence": pa.array(confidence),
        "abstained": pc.is_valid(reasons),
        "abstained_because": reasons,
        "quality": nothing if seen.quality is None else pa.array(seen.quality),
    }
    found |= {
        f"p_{emotion}": pa.array(np.ascontiguousarray(probabilities[:, number]))
        for number, emotion in enumerate(EMOTIONS)
    }
    return found | {
        f"p_{reject}": pa.array(np.ascontiguousarray(rejects[:, number])) if rejects.shape[1] else nothing
        for number, reject in enumerate(REJECTS)
    }


def labelled(faces: pa.Table, answers: Probabilities, rule: Rule, seen: Pictures = UNKNOWN, **same: str) -> pa.Table:
    """Rows of FACES: ``faces`` with what a network says of them.

    Args:
        faces: n rows; of the columns that a network fills, what stands there is replaced.
        answers: (n, 7 + r).
        same: further columns with one text for all.
    """
    given: dict[str, Any] = {name: faces[name] for name in faces.column_names}
    given |= columns(answers, rule, seen)
    index = pa.array(np.zeros(len(faces), np.int32))
    given |= {name: pa.DictionaryArray.from_arrays(index, pa.array([text])) for name, text in same.items()}
    return pa.table([given[name] for name in FACES.names], schema=FACES)


def answers(faces: pa.Table) -> Probabilities:
    """(n, 7 + r) of rows of FACES: what `columns` was given."""
    rejected = [f"p_{reject}" for reject in REJECTS if not faces[f"p_{reject}"].null_count]
    names = [*(f"p_{emotion}" for emotion in EMOTIONS), *(rejected if len(rejected) == len(REJECTS) else ())]
    return np.stack([faces[name].to_numpy().astype(np.float32) for name in names], axis=1)


def qualities(faces: pa.Table, detector: str, fitted: dict[str, Any] | None) -> Pictures:
    """How good the pictures of rows of FACES are."""
    return abstain.pictures(features(faces, detector), fitted)


def features(faces: pa.Table, detector: str) -> npt.NDArray[np.float64]:
    """(n, 6) `quality.features` of rows of FACES."""
    names = ("size", "sharpness", "yaw", "pitch", "det_score")
    return abstain.features({name: faces[name].to_numpy().astype(np.float32) for name in names}, detector)


def shown(thumbs: pa.Table, faces: pa.Table) -> pa.Table:
    """``thumbs`` with what is said of their ``faces``."""
    rows = faces.take(pc.index_in(keys(thumbs), keys(faces)))
    new = {name: rows[name] for name in ("emotion", "confidence", "abstained_because")}
    return pa.table([new.get(name, thumbs[name]) for name in thumbs.column_names], schema=thumbs.schema)


def keys(table: pa.Table) -> pa.ChunkedArray:
    """One text per row that tells faces apart, in `faces`, `crops` and `thumbs`."""
    numbers = (table[name].cast(pa.string()) for name in ("frame", "face"))
    return pc.binary_join_element_wise(table["source"], pc.fill_null(table["member"], ""), *numbers, "\0")
