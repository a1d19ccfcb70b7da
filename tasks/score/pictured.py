"""Which thumbnails of a whole video are kept: one for each track, so that its lane in the report has a face."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FEW: Final = 8  # of a video, at least, where there are so many
TRACKS: Final = 200  # of a video that have one; 3 kB each


def chosen(thumbs: pa.Table, faces: pa.Table) -> pa.Table:
    """Of each of the first ``TRACKS`` tracks the surest thumbnail, and others up to ``FEW``; in their order.

    Args:
        thumbs: rows of thumbs.parquet of one video.
        faces: its rows of `faces`, with their tracks.
    """
    if len(thumbs) <= FEW:
        return thumbs
    few = faces.filter(pc.is_in(faces["frame"], value_set=pc.unique(thumbs["frame"].combine_chunks())))
    tracks = dict(zip(_places(few), few["track"].to_pylist(), strict=True))
    best: dict[int | None, tuple[float, int]] = {}
    for row, (place, sure) in enumerate(zip(_places(thumbs), thumbs["confidence"].to_pylist(), strict=True)):
        track = tracks.get(place)
        if track is not None and (track in best or len(best) < TRACKS):
            best[track] = max(best.get(track, (-1.0, row)), (sure or 0.0, row))
    kept = {row for _, row in best.values()}
    others = [row for row in range(len(thumbs)) if row not in kept]
    more = np.linspace(0, len(others) - 1, min(len(others), max(0, FEW - len(kept)))).round().astype(int)
    return thumbs.take(pa.array(sorted(kept | {others[number] for number in more}), pa.int64()))


def _places(table: pa.Table) -> list[tuple[int, int]]:
    return list(zip(table["frame"].to_pylist(), table["face"].to_pylist(), strict=True))
