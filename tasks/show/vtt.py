"""WebVTT (W3C, https://www.w3.org/TR/webvtt1/)."""

import re
from collections.abc import Iterable, Iterator

from tasks.show.cues import Cue
from tasks.show.words import label


def lines(cues: Iterable[Cue], source: str, size: tuple[int, int] | None) -> Iterator[str]:
    """The lines of a file.

    Args:
        source: what it is made of, for the note at the top.
        size: width and height of the upright video in pixels, to place labels under their faces; None where unknown.
    """
    yield "WEBVTT"
    yield ""
    yield f"NOTE {escape(source)}"
    yield "The expression that each face shows, by Fermata. It is not what a person feels."
    for cue in cues:
        yield ""
        yield f"{clock(cue.start)} --> {clock(cue.end)}{'' if size is None else settings(cue, size)}"
        yield escape(label(cue.track, cue.emotion, cue.probability, cue.abstained))


def settings(cue: Cue, size: tuple[int, int]) -> str:
    """Place a cue under the middle of the face's boxes, in percent of the video; a player keeps it inside."""
    x, y, w, h = (float(value) for value in cue.boxes.mean(axis=0))
    across = min(max(100 * (x + w / 2) / size[0], 0), 100)
    down = min(max(100 * (y + h) / size[1], 0), 90)  # room for the line itself
    return f" position:{across:.1f}% line:{down:.1f}% align:center"


def clock(ms: float) -> str:
    """Milliseconds as ``00:00:02.500``; hours have as many digits as they need."""
    whole = round(ms)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def escape(text: str) -> str:
    """Text that is shown as it stands: no tags, no ``-->``, no end of the cue.

    A blank line would end it, and carriage returns count as line breaks; NUL is no character of WebVTT.
    """
    one = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\0", "\ufffd")
    return re.sub(r"[\r\n]+", "\n", one).strip("\n")
