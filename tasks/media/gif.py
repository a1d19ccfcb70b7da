"""GIF: is there a second picture? Walks the blocks without decoding (GIF89a specification, appendix A)."""

from collections.abc import Callable

_IMAGE, _EXTENSION = 0x2C, 0x21


def animated(read: Callable[[int], bytes]) -> bool:
    """True as soon as a second picture begins.

    Args:
        read: returns the next bytes of the file from its start, fewer only at the end.
    """
    screen = read(13)
    if len(screen) < 13:
        return False
    read(_table(screen[10]))
    pictures = 0
    while block := read(1):
        if block[0] == _IMAGE:
            pictures += 1
            if pictures == 2:
                return True
            descriptor = read(9)
            if len(descriptor) < 9:
                return False
            read(_table(descriptor[8]) + 1)  # the colours and the LZW code size
        elif block[0] == _EXTENSION:
            read(1)
        else:  # the trailer, or bytes that are no GIF
            return False
        while (size := read(1)) and size[0]:
            read(size[0])
    return False


def _table(flags: int) -> int:
    """Bytes of the colour table that follows."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
