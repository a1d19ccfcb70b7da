"""Which media of a results folder are drawn, and which tracks of one are meant."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tasks.errors import UsageError
from tasks.show import seen


def chosen(folder: Path, source: str | None, tracks: Sequence[int]) -> Iterator[tuple[seen.Key, seen.Faces]]:
    """The media in the table ``folder`` with their faces: all, or those of ``source``.

    Args:
        folder: the Parquet files of `faces`.
        source: as in the tables, ``archive.zip::member`` for one member; an archive alone means all its members.
        tracks: must all be tracks (in pictures: faces) of ``source``.

    Raises:
        UsageError: nothing of that name shows a face, or it has no such track; before anything is drawn.
        OutputError: the table cannot be read.
    """
    if source is None:
        return seen.media(folder)
    found = [(key, faces) for key, faces in seen.media(folder) if source in (key.source, str(key))]
    if not found:
        raise UsageError(
            f"--source: no face was found in '{source}'. Give a name as it stands in the results (files.csv)"
        )
    present = {int(track) for _, faces in found for track in faces.track}
    if missing := sorted(set(tracks) - present):
        shown = ", ".join(map(str, sorted(present)[:20])) + (", ..." if len(present) > 20 else "")
        raise UsageError(f"--track: '{source}' has no track {missing[0]}. It has {shown}")
    return iter(found)
