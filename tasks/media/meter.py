"""One pass over a stream: size, digest and format, within a limit."""

import hashlib
import io
from dataclasses import dataclass
from typing import Final, Protocol

from tasks.errors import TooLargeError
from tasks.media import gif
from tasks.media.sniff import HEAD, HEAD_BZIP2, sniff

PIECE: Final = 1 << 18  # bytes


class Readable(Protocol):
    """Anything to read bytes from; fewer than asked for only at the end."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""


@dataclass(frozen=True, slots=True)
class Content:
    """Size in bytes, hex SHA-256 and format of what a stream held."""

    bytes: int
    sha256: str
    format: str | None


class Meter:
    """Passes bytes on, counts and hashes them, and stops above ``limit`` bytes, whatever a header promised."""

    def __init__(self, stream: Readable, limit: int, name: str) -> None:
        self.count = 0
        self._stream, self._limit, self._name = stream, limit, name
        self._digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes, fewer only at the end.

        Raises:
            TooLargeError: more than the limit came out.
        """
        data = self._stream.read(size)
        self.count += len(data)
        if self.count > self._limit:
            raise TooLargeError(f"more than {self._limit:,} bytes ({self._name})")
        self._digest.update(data)
        return data

    def sha256(self) -> str:
        """Hex digest of what has passed."""
        return self._digest.hexdigest()


def measure(meter: Meter) -> Content:
    """Read ``meter`` to its end, holding little of it.

    Raises:
        TooLargeError: over the meter's limit.
        Exception: as the stream's ``read`` raises it.
    """
    head = meter.read(HEAD)
    if head.startswith(b"BZh"):
        head += meter.read(HEAD_BZIP2 - HEAD)
    name = sniff(head)
    if name == "gif" and len(head) == HEAD:
        buffered = io.BytesIO(head)

        def read(size: int) -> bytes:
            data = buffered.read(size)
            return data if len(data) == size else data + meter.read(size - len(data))

        name = "gif-animated" if gif.animated(read) else "gif"
    while meter.read(PIECE):
        pass
    return Content(meter.count, meter.sha256(), name)
