"""What is written beside a face."""

from typing import Final

from tasks.schema import EMOTIONS

# As in the report (tasks/report/report.css), light scheme: red, green, blue.
COLOURS: Final = {
    "angry": (207, 75, 79), "disgust": (122, 154, 58), "fear": (138, 99, 189), "happy": (229, 162, 28),
    "neutral": (143, 153, 165), "sad": (59, 119, 181), "surprise": (26, 161, 147),
}  # fmt: skip


def label(track: int, emotion: int, probability: float, abstained: bool) -> str:
    """``#3 happy 87 %``; with a question mark for a face that got no label: ``#3 happy? 31 %``."""
    doubt = "?" if abstained else ""
    return f"#{track} {EMOTIONS[emotion]}{doubt} {100 * probability:.0f} %"
