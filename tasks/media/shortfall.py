"""What a container promised, and decoding did not find."""

from typing import Protocol

from tasks.media.container import VideoInfo
from tasks.media.segments import Segment


class Found(Protocol):
    """The counts of a video that was read to its end (`video.Video`)."""

    decoded: int
    passed: int
    failed: int
    last_ms: float | None

    @property
    def total(self) -> int: ...  # noqa: D102

    @property
    def skipped(self) -> int: ...  # noqa: D102


def shortfall(promised: VideoInfo, part: Segment, seen: Found) -> str | None:
    """Say what is missing in ``part`` of a video, or None. Packets that the container itself skips are no loss."""
    found = "found" if seen.passed else "decoded"
    if part.frames is not None:
        lost = part.frames > seen.total + seen.failed
        return f"{part.frames:,} frames in a part of it, {seen.total:,} {found}" if lost else None
    total, fps = promised.frames_total, promised.fps
    if seen.passed and not seen.decoded:
        return f"none of its {seen.passed:,} frames is a key frame that is shown: sample it by fps"
    if total is not None:
        lost = total - seen.skipped > seen.total + seen.failed
        return f"container promises {total:,} frames, {seen.total:,} {found}" if lost else None
    duration = promised.duration_ms
    if duration is None or seen.last_ms is None or not fps:
        return None
    # Containers count the duration from their zero or from the first frame, and audio may outlast the picture.
    lost = duration - seen.last_ms > max(1000.0, 5 * 1000 / fps)
    return f"container promises {duration / 1000:.1f} s, decoded to {seen.last_ms / 1000:.1f} s" if lost else None
