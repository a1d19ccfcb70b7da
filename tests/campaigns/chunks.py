"""PNG files that are wrong although every check sum is right (PNG specification, third edition, sections 5 and 11)."""

import struct
import zlib
from collections.abc import Iterable

import numpy as np

Chunk = tuple[bytes, bytes]  # type and content

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def split(data: bytes) -> list[Chunk]:
    """The chunks of a whole PNG."""
    chunks, at = [], len(_SIGNATURE)
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += size + 12
    return chunks


def join(chunks: Iterable[Chunk]) -> bytes:
    """A PNG of ``chunks``, with their lengths and check sums."""
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def header(width: int, height: int, depth: int, colour: int, interlaced: int = 0) -> Chunk:
    """IHDR; ``colour`` is 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)


def flat(width: int, height: int, depth: int, colour: int) -> bytes:
    """A picture of one level: some kilobytes for any size."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    body = _zeros(1 + (width * bits + 7) // 8, height)
    palette = [(b"PLTE", b"\0\0\0\xff\xff\xff")] if colour == 3 else []
    return join([header(width, height, depth, colour), *palette, (b"IDAT", body), (b"IEND", b"")])


def _zeros(row: int, rows: int) -> bytes:
    """A zlib stream of ``rows`` rows of zeros; after a full flush the same packed bytes can follow again and again."""
    block = max(1, (1 << 20) // row)
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(row * block)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(row * (rows % block))) + packer.flush()
    check, piece = 1, bytes(1 << 24)
    for size in (*[len(piece)] * (row * rows // len(piece)), row * rows % len(piece)):
        check = zlib.adler32(piece[:size], check)
    return b"\x78\xda" + packed * (rows // block) + rest + check.to_bytes(4, "big")


def tricked(rng: np.random.Generator, data: bytes) -> bytes:
    """One thing is changed about the chunks of ``data``."""
    chunks = split(data)
    at = int(rng.integers(len(chunks)))
    body = [one for one in chunks if one[0] == b"IDAT"]
    pixels = b"".join(content for _, content in body)
    match int(rng.integers(12)):
        case 0:
            rng.shuffle(chunks)
        case 1:
            chunks.insert(int(rng.integers(len(chunks))), chunks[at])
        case 2:
            del chunks[at]
        case 3:
            chunks.insert(1, (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 << 20), 9)))
        case 4:
            chunks.insert(1, (b"iCCP", b"profile\0\0" + zlib.compress(rng.bytes(5000))))
        case 5:
            wide, high = rng.choice((1, 7, 48, 4000, 65535, 2**31 - 1), 2).tolist()
            chunks[0] = header(wide, high, 8, 2)
        case 6:
            wide, high = struct.unpack(">II", chunks[0][1][:8])
            depth, colour = int(rng.choice((1, 2, 4, 8, 16))), int(rng.choice((0, 2, 3, 4, 6, 1, 7)))
            chunks[0] = header(wide, high, depth, colour, int(rng.integers(3)))
        case 7:
            chunks[1:1] = [(b"PLTE", rng.bytes(int(rng.integers(1, 2000)))), (b"tRNS", rng.bytes(300))]
        case 8:
            first = next(place for place, one in enumerate(chunks) if one[0] == b"IDAT")
            chunks[first : first + len(body)] = [(b"IDAT", pixels[place : place + 1]) for place in range(len(pixels))]
        case 9:
            first = next(place for place, one in enumerate(chunks) if one[0] == b"IDAT")
            more = zlib.compress(zlib.decompress(pixels) + bytes(32 << 20), 9)
            chunks[first : first + len(body)] = [(b"IDAT", more)]
        case 10:
            animation = (b"acTL", struct.pack(">II", 2**31 - 1, 0)), (b"fcTL", rng.bytes(26)), (b"fdAT", rng.bytes(40))
            chunks[1:1] = animation
        case _:
            name = bytes(rng.integers(65, 91, 4, np.uint8))
            chunks.insert(at, (name, rng.bytes(int(rng.integers(100)))))
    return join(chunks)
