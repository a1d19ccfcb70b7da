"""One row of what was found: a file, an archive or a member of an archive."""

from dataclasses import dataclass, field

from tasks.media.segments import WHOLE, Segment


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a file or member before it is decoded.

    Args:
        source: the path or URL as the user gave it, joined with the part below it; bytes that are not UTF-8 are
            written as ``\\xe9`` (``paths.locate`` finds the file again). It stands in tables, so what lets the holder
            of a URL in is left out.
        member: name inside the archive; None for the file itself.
        media_type: ``image``, ``video``, ``archive`` or ``other``.
        format: as ``sniff`` names it; None when it was not recognised or not looked at.
        bytes: size of the (unpacked) content; as far as it was read when reading stopped.
        sha256: hex digest of the (unpacked) content; None when it was not read to its end.
        status: None when it is to be scored (for an archive: see its members), else one of ``FILE_STATUSES``.
        error: what is wrong, for people.
        parts: of a video: what can be decoded apart.
        address: the URL as it was given, where ``source`` is less; it is never written or shown.
    """

    source: str
    member: str | None
    media_type: str
    format: str | None
    bytes: int
    sha256: str | None
    status: str | None = None
    error: str | None = None
    parts: tuple[Segment, ...] = (WHOLE,)
    address: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """Where it is read from."""
        return self.address or self.source
