"""Pictures as disks, networks and enemies leave them; each is repeated by a seed and its number."""

import struct
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from campaigns import chunks
from campaigns.pictures import Picture, bank

Rng = np.random.Generator
_SIZES: Final = (0, 1, 0x7FFF, 0xFFFF, 60_000, 0x7FFF_FFFF, 0xFFFF_FFFF)
_VARIANTS: Final = 40
_EXIF: Final = b"Exif\0\0"

Field = tuple[int, int, Literal["little", "big"]]  # position, bytes and their order


class Case(NamedTuple):
    """One file: what was done to it, its name's ending, its bytes."""

    done: str
    ending: str
    data: bytes


def case(seed: int, number: int) -> Case:
    """The file ``number`` of the campaign ``seed``."""
    rng, kinds = np.random.default_rng((seed, number)), len(bank(seed))
    pictures = bank(seed, number // kinds % _VARIANTS)
    one = pictures[number % kinds]
    done = str(rng.choice(tuple(MUTATIONS)))
    data = MUTATIONS[done](rng, one, pictures)
    ending = one.ending if rng.random() < 0.9 else str(rng.choice(("jpg", "png", "gif", "txt", "mp4", "zip", "JPG")))
    return Case(done, ending, data)


def _flipped(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    bits = np.unpackbits(np.frombuffer(one.data, np.uint8))
    bits[rng.integers(len(bits), size=int(2 ** rng.uniform(0, 9)))] ^= 1
    return np.packbits(bits).tobytes()


def _flipped_header(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    data = bytearray(one.data)
    for at in rng.integers(min(len(data), 100), size=int(rng.integers(1, 6))).tolist():
        data[at] = int(rng.integers(256))
    return bytes(data)


def _truncated(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    return one.data[: int(rng.integers(len(one.data)))]


def _longer(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    return one.data + rng.bytes(int(rng.integers(1, 5000)))


def _spliced(rng: Rng, one: Picture, pictures: Sequence[Picture]) -> bytes:
    other = pictures[int(rng.integers(len(pictures)))].data
    return one.data[: int(rng.integers(len(one.data)))] + other[int(rng.integers(len(other))) :]


def _hole(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    """A sector that reads as zeros, or is missing."""
    start = int(rng.integers(len(one.data)))
    size = int(rng.integers(1, 512))
    return one.data[:start] + (bytes(size) if rng.random() < 0.5 else b"") + one.data[start + size :]


def _oversized(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    """Fields that hold a size say something else."""
    data = bytearray(one.data)
    for at, width, order in _fields(one):
        if rng.random() < 0.7 and at + width <= len(data):
            value = int(rng.choice(_SIZES)) % 256**width
            data[at : at + width] = value.to_bytes(width, order)
    if one.ending == "png":
        return chunks.join(chunks.split(bytes(data)))
    return bytes(data)


def _fields(one: Picture) -> list[Field]:
    """Where widths and heights stand."""
    data = one.data
    frame, box = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2")), data.find(b"ispe")
    screen, entries = data.find(b"\x2c", 13), int.from_bytes(data[4:8], "little") + 2
    known: dict[str, list[Field]] = {
        "png": [(16, 4, "big"), (20, 4, "big")],
        "jpg": [(frame + 5, 2, "big"), (frame + 7, 2, "big")],
        "gif": [(at, 2, "little") for at in (6, 8, screen + 5, screen + 7)],
        "bmp": [(18, 4, "little"), (22, 4, "little"), (28, 2, "little"), (46, 4, "little")],
        "webp": [(24, 3, "little"), (27, 3, "little"), (16, 4, "little")],
        "avif": [(box + 8, 4, "big"), (box + 12, 4, "big")],
        "tif": [(entries + 12 * number + 8, 4, "little") for number in range(20)],
    }
    return known.get(one.ending, [(at, 4, "big") for at in range(0, 32, 4)])


def _empty(_: Rng, __: Picture, ___: Sequence[Picture]) -> bytes:
    return b""


def _random(rng: Rng, one: Picture, _: Sequence[Picture]) -> bytes:
    kept = int(rng.choice((0, 4, 8, 16, 32)))
    return one.data[:kept] + rng.bytes(int(rng.integers(1, 3000)))


def _polyglot(rng: Rng, one: Picture, pictures: Sequence[Picture]) -> bytes:
    """Two things in one file."""
    other = pictures[int(rng.integers(len(pictures)))].data
    before = (b"GIF89a", b"<!doctype html><script>", b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xd8\xff", b"BM", b"\x7fELF")
    match int(rng.integers(4)):
        case 0:
            return one.data + other
        case 1:
            return before[int(rng.integers(len(before)))] + one.data
        case 2:
            return one.data + b"PK\x05\x06" + bytes(18)
        case _:
            return one.data[:2] + b"\xff\xfe" + struct.pack(">H", (len(other) + 2) % 65536) + other + one.data[2:]


def _exif(rng: Rng, one: Picture, pictures: Sequence[Picture]) -> bytes:
    """A JPEG with EXIF that loops, lies or is very long."""
    data = next(picture.data for picture in pictures if picture.ending == "jpg")
    if one.ending == "jpg":
        data = one.data
    big = ">" if rng.random() < 0.5 else "<"
    entries = b"".join(
        struct.pack(f"{big}HHII", int(tag), int(rng.integers(14)), int(rng.choice(_SIZES)), int(rng.choice(_SIZES)))
        for tag in (0x0112, 0x8769, 0x8825, 0x0201, *rng.integers(65536, size=int(rng.integers(40))))
    )
    number = int(rng.choice((1, len(entries) // 12, 65535)))
    tiff = (b"MM\0*" if big == ">" else b"II*\0") + struct.pack(f"{big}IH", 8, number) + entries
    tiff += struct.pack(f"{big}I", int(rng.choice((0, 8, 0xFFFF_FFFF))))  # the next IFD: none, this one, nowhere
    body = (_EXIF + tiff + bytes(int(rng.choice((0, 60_000)))))[:65_000]
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return data[:2] + segment * int(rng.choice((1, 1, 100))) + data[2:]


def _tricked(rng: Rng, one: Picture, pictures: Sequence[Picture]) -> bytes:
    data = one.data if one.ending == "png" else next(picture.data for picture in pictures if picture.ending == "png")
    return chunks.tricked(rng, data)


def _whole(_: Rng, one: Picture, __: Sequence[Picture]) -> bytes:
    return one.data


MUTATIONS: Final[dict[str, Callable[[Rng, Picture, Sequence[Picture]], bytes]]] = {
    "whole": _whole,
    "flipped": _flipped,
    "flipped header": _flipped_header,
    "truncated": _truncated,
    "longer": _longer,
    "spliced": _spliced,
    "hole": _hole,
    "oversized": _oversized,
    "empty": _empty,
    "random": _random,
    "polyglot": _polyglot,
    "exif": _exif,
    "png chunks": _tricked,
}
