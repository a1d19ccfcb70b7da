"""Subtitles of every video of a results folder."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from tasks import files
from tasks.report.run import Run
from tasks.show import ass, medium, names, seen, vtt
from tasks.show.cues import Cue, cues
from tasks.show.spans import Span, spans

Lines = Callable[[Iterable[Cue], str, tuple[int, int] | None], Iterator[str]]
FORMATS: Final[dict[str, Lines]] = {"vtt": vtt.lines, "ass": ass.lines}


def write(out: Path, run: Run, to: Path, form: str) -> Iterator[tuple[Path, int, str | None]]:
    """Write one file per video of the results ``out`` in which there was a face; one video is in memory at a time.

    Args:
        run: the run.json of ``out``.
        to: the folder for the files, which are named as ``names.place`` says.
        form: one of FORMATS.

    Yields:
        The file, how many cues it has, and None, or why labels have no place in it.

    Raises:
        OutputError: a table cannot be read.
        OSError: a file cannot be written.
    """
    base, within, lengths = names.root(run.sources), medium.limits(run), spans(out / "frames", run)
    for key, faces in seen.media(out / "faces", "video"):
        span = lengths.get(key) or Span(float(faces.ms.min()), 1000 / (run.fps or 1))
        screen, why = medium.screen(medium.entry(key, faces), span, within)
        found = cues(faces, screen.origin, span.interval)
        path = to / names.place(key, base, f".{form}")
        files.write_text(path, "\n".join(FORMATS[form](found, str(key), screen.size)) + "\n")
        yield path, len(found), why
