"""Scored rows against the truth of a drawn archive."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

KEYS: Final = ["source", "member", "frame"]
OVERLAP: Final = 0.4  # intersection over union from which a box is that of a true face
CERTAIN: Final = 0.5  # intensity from which an expression can be told


def compare(truth: Path, labels: Path, archive: Path) -> dict[str, Any]:
    """Count what a run in the folder ``labels`` found of the faces in ``truth``, frame by frame that it looked at.

    Args:
        truth: Parquet of tasks.synthetic.truth.TRUTH.
        archive: the folder that was scored, as it was given; the truth's sources are relative to it.

    Returns:
        faces_true, faces_found and recall; labels_right and emotion_accuracy, of found faces with an intensity of at
        least CERTAIN.
    """
    true, found = pd.read_parquet(truth), pd.read_parquet(labels / "faces")
    seen = pd.read_parquet(labels / "frames")
    for table in (found, seen):
        table["source"] = [Path(source).relative_to(archive).as_posix() for source in table["source"]]
    looked = {key_of(row) for row in seen.loc[seen["status"] != "decode_error", KEYS].itertuples(index=False)}
    boxes = {key_of(rows.iloc[0][KEYS]): rows for _, rows in found.groupby(KEYS, dropna=False)}
    faces = hits = certain = right = 0
    for _, rows in true.groupby(KEYS, dropna=False):
        key = key_of(rows.iloc[0][KEYS])
        if key not in looked:
            continue
        faces += len(rows)
        for row, match in matches(rows, boxes.get(key)):
            hits += 1
            if row.intensity >= CERTAIN or row.emotion == "neutral":
                certain += 1
                right += match.emotion == row.emotion
    return {
        "faces_true": faces,
        "faces_found": hits,
        "recall": hits / max(faces, 1),
        "labels_right": right,
        "emotion_accuracy": right / max(certain, 1),
    }


def key_of(row: Any) -> tuple[str, str, int]:
    """Source, member (empty: none) and frame of a row of KEYS."""
    source, member, frame = row
    return str(source), "" if pd.isna(member) else str(member), int(frame)


def matches(true: pd.DataFrame, found: pd.DataFrame | None) -> list[tuple[Any, Any]]:
    """Pairs of true and found rows of one frame, the best overlaps first, each row at most once."""
    from scipy.optimize import linear_sum_assignment

    if found is None:
        return []
    overlaps = _overlaps(true[["x", "y", "w", "h"]].to_numpy(float), found[["x", "y", "w", "h"]].to_numpy(float))
    rows, columns = linear_sum_assignment(overlaps, maximize=True)
    ones, others = list(true.itertuples()), list(found.itertuples())
    return [(ones[r], others[c]) for r, c in zip(rows, columns, strict=True) if overlaps[r, c] >= OVERLAP]


def _overlaps(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum((one[:, :2] + one[:, 2:])[:, None], (other[:, :2] + other[:, 2:])[None])
    shared: npt.NDArray[np.float64] = np.clip(high - low, 0, None).prod(axis=2)
    areas = one[:, 2:].prod(axis=1)[:, None] + other[:, 2:].prod(axis=1)[None]
    ratio: npt.NDArray[np.float64] = shared / np.maximum(areas - shared, 1e-9)
    return ratio
