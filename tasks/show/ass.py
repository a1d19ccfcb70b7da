r"""Advanced SubStation Alpha (ASS v4.00+), as libass and FFmpeg read it.

The format has no escape for a backslash, so a word joiner, which is not seen, keeps ``\N`` from being read as a
command; ``\{`` is followed by an empty override, for renderers that don't know it. FFmpeg writes the same when it turns
other subtitles into ASS, and the tests compare with it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from tasks.schema import EMOTIONS
from tasks.show.cues import Cue, places
from tasks.show.words import COLOURS, label

UNPLACED: Final = (384, 288)  # what libass assumes where a file says nothing
_FORMAT: Final = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, "
    "MarginV, Encoding"
)
_EVENTS: Final = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


def lines(cues: Iterable[Cue], source: str, size: tuple[int, int] | None) -> Iterator[str]:
    """The lines of a file: one event per cue, and one more wherever its face has moved on.

    Args:
        source: what it is made of, for the title.
        size: width and height of the upright video in pixels; None where unknown: labels then stand at the bottom.
    """
    width, height = size or UNPLACED
    yield from ("[Script Info]", f"Title: {' '.join(source.split())}", "ScriptType: v4.00+")
    yield from (f"PlayResX: {width}", f"PlayResY: {height}", "WrapStyle: 2", "ScaledBorderAndShadow: yes")
    yield from ("", "[V4+ Styles]", _FORMAT)
    yield from (_style(emotion, round(max(12, height / 22))) for emotion in EMOTIONS)
    yield from ("", "[Events]", _EVENTS)
    for cue in cues:
        text = escape(label(cue.track, cue.emotion, cue.probability, cue.abstained))
        for start, end, box in places(cue) if size else ((cue.start, cue.end, cue.boxes[0]),):
            first, last = round(start / 10), max(round(end / 10), round(start / 10) + 1)
            tag = _position(box, size) if size else ""
            yield f"Dialogue: 0,{clock(first)},{clock(last)},{EMOTIONS[cue.emotion]},{cue.track},0,0,0,,{tag}{text}"


def clock(hundredths: int) -> str:
    """Hundredths of a second, all that the format has, as ``0:00:02.50``."""
    return (
        f"{hundredths // 360_000}:{hundredths // 6000 % 60:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"
    )  # fmt: skip


def escape(text: str) -> str:
    r"""Text that is shown as it stands: no overrides in braces, no commands, line breaks as ``\N``."""
    shown = text.replace("\\", "\\\u2060").replace("{", "\\{{}")
    return "\\N".join(shown.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _position(box: npt.NDArray[np.float32], size: tuple[int, int]) -> str:
    """Above the box, or under it where there is no room above."""
    x, y, w, h = (float(value) for value in box)
    middle = round(min(max(x + w / 2, 0), size[0]))
    if y >= size[1] / 12:
        return f"{{\\an2\\pos({middle},{round(y)})}}"
    return f"{{\\an8\\pos({middle},{round(min(y + h, size[1] * 11 / 12))})}}"


def _style(emotion: str, points: int) -> str:
    """White on a thick outline in the emotion's colour (ASS writes colours as blue, green, red)."""
    red, green, blue = (round(value * 0.7) for value in COLOURS[emotion])
    outline = f"&H00{blue:02X}{green:02X}{red:02X}"
    return (
        f"Style: {emotion},Sans,{points},&H00FFFFFF,&H00FFFFFF,{outline},&H80000000,1,0,0,0,100,100,0,0,1,"
        f"{max(1, points // 10)},0,2,10,10,10,1"
    )
