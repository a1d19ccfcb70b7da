"""Numbers, times and names as a reader wants to see them."""

from datetime import UTC, datetime

NBSP = "\u00a0"
NO_LABEL = "no label"
# Why a face has no label, `schema.ABSTENTIONS`.
REASONS = {
    "not_a_face": "not a face", "too_small": "too small", "blurred": "blurred", "turned": "turned away",
    "covered": "covered", "unsure": "unsure",
}  # fmt: skip
# Characters that a browser drops or obeys instead of showing; file names may hold any of them.
_CONTROLS = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {127: 0x2421}
_ONE_LINE = _CONTROLS | {9: 0x2409, 10: 0x240A, 13: 0x240D}


def number(value: int) -> str:
    """41207 -> ``41,207``."""
    return f"{value:,}"


def share(part: float, whole: float, digits: int = 1) -> str:
    """Percent of ``part`` in ``whole``; ``–`` of nothing, ``<0.1 %`` instead of a false zero."""
    if not whole:
        return "–"
    percent, least = 100 * part / whole, 10**-digits
    if 0 < percent < least:
        return f"<{least:g}{NBSP}%"
    if 100 - least < percent < 100:
        return f">{100 - least:g}{NBSP}%"
    return f"{percent:.{digits}f}{NBSP}%"


def named(kind: str) -> str:
    """A kind of face as a reader says it: ``abstained`` -> ``no label``, ``too_small`` -> ``too small``."""
    return NO_LABEL if kind == "abstained" else REASONS.get(kind, kind)


def unlabelled(reason: str) -> str:
    """``No label (too small)``."""
    return f"{NO_LABEL.capitalize()} ({named(reason)})"


def duration(seconds: float) -> str:
    """Seconds as ``0.4 s``, ``48 s``, ``3 min 20 s`` or ``1 h 41 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f}{NBSP}s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{number(hours)}{NBSP}h {minutes}{NBSP}min"
    return f"{minutes}{NBSP}min {rest}{NBSP}s" if minutes else f"{rest}{NBSP}s"


def size(count: float) -> str:
    """Bytes in decimal units: ``1.9 GB``."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 999.5 or unit == "TB":
            break
        count /= 1000
    return f"{count:.0f}{NBSP}{unit}" if unit == "bytes" or count >= 99.5 else f"{count:.1f}{NBSP}{unit}"


def clock(milliseconds: float) -> str:
    """A position in a video: ``1:02:03``, or ``0:04.5`` below ten seconds."""
    if 0 < milliseconds < 9_950:
        return f"0:{milliseconds / 1000:04.1f}"
    seconds = round(milliseconds / 1000)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def moment(text: str) -> str:
    """An ISO 8601 time as ``2025-11-21 09:32 UTC``; a time without zone or of another form stays as it stands."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    if time.tzinfo is None:
        return f"{time:%Y-%m-%d %H:%M}"
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def one_line(text: str, limit: int = 500) -> str:
    """``text`` with line breaks and control characters made visible, at most ``limit`` characters."""
    text = text.translate(_ONE_LINE)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def storable(text: str) -> str:
    """``text`` that UTF-8 can hold: lone surrogates (undecodable bytes of file names) and controls made visible."""
    return text.translate(_CONTROLS).encode("utf-8", "backslashreplace").decode("utf-8")


def plural(count: int, noun: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"
