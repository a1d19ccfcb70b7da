"""What tells one data set's content from another's."""

from hashlib import blake2b, sha256


class Identity:
    """Takes in what identifies each part of the content, in any order; 16 bytes are kept of each."""

    def __init__(self) -> None:
        self._digests: list[bytes] = []

    def add(self, *part: object) -> None:
        """Take in one part: values whose ``repr`` says all, such as a name, a size and a checksum."""
        text = repr(part).encode("utf-8", "backslashreplace")
        self._digests.append(blake2b(text, digest_size=16).digest())

    def hexdigest(self) -> str:
        """Hex SHA-256 over all parts."""
        return sha256(b"".join(sorted(self._digests))).hexdigest()
