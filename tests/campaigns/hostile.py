"""Archives that an enemy made: names that leave them, links, devices, bombs and archives inside archives."""

import io
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from campaigns import chunks
from campaigns.clips import tarred, zipped
from campaigns.pictures import bank

# What the campaign scores with; bombs are over these by far, and quick to make.
LIMITS: Final = {"member_bytes": 5_000_000, "file_bytes": 25_000_000, "members": 300}
READ: Final = frozenset({"scored", "no_face", "duplicate"})
REFUSED: Final = frozenset({"refused"})
LARGE: Final = frozenset({"too_large"})
OTHER: Final = frozenset({"unsupported"})
BROKEN: Final = frozenset({"decode_error"})
MIXED: Final = READ | REFUSED | LARGE  # the best of the members': a good one may be a duplicate


class Hostile(NamedTuple):
    """An archive: its file's name, its bytes, the statuses that it may end with and those of its members."""

    name: str
    data: bytes
    status: frozenset[str]
    members: Mapping[str, frozenset[str]]


def hostile() -> Iterator[Hostile]:
    """One of each kind."""
    good = bank(0)[1].data
    leaving = dict.fromkeys(("../up.jpg", "/root.jpg", "a/../../out.jpg", "..\\up.jpg", "C:\\drive.jpg"), REFUSED)
    names = {**leaving, "fine.jpg": READ, "line\nbreak.jpg": READ, "n" * 240 + ".jpg": READ, "\u202egpj.jpg": READ}
    yield Hostile("names.zip", zipped(dict.fromkeys(names, good)), MIXED, names)
    yield Hostile("names.tar.gz", tarred(dict.fromkeys(names, good), "w:gz"), MIXED, names)
    yield Hostile(
        "links.zip", _zip_links(good), MIXED, {"link.jpg": REFUSED, "fine.jpg": READ, "link.jpg/in.jpg": READ}
    )
    tar, members = _tar_links(good)
    yield Hostile("links.tar", tar, MIXED, members)
    bomb = bytes(LIMITS["member_bytes"] * 5 // 4)
    inside = {"bomb.jpg": bomb, "fine.jpg": good}
    for method, name in ((zipfile.ZIP_DEFLATED, "deflate"), (zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")):
        yield Hostile(f"{name}.zip", zipped(inside, method), MIXED, {"bomb.jpg": LARGE, "fine.jpg": READ})
    for mode in ("gz", "bz2", "xz"):
        yield Hostile(f"bomb.tar.{mode}", tarred(inside, f"w:{mode}"), MIXED, {"bomb.jpg": LARGE, "fine.jpg": READ})
    # What is over its own limit is passed over, which means: unpacked.
    long = tarred({"fine.jpg": good, "bomb.jpg": bytes(LIMITS["file_bytes"]), "lost.jpg": good}, "w:bz2")
    yield Hostile("long.tar.bz2", long, LARGE, {"fine.jpg": READ, "bomb.jpg": LARGE})
    flat = chunks.flat(60_000, 60_000, 1, 3)
    yield Hostile("flat.zip", zipped({"flat.png": flat}), LARGE, {"flat.png": LARGE})
    nested = zipped(inside)
    for _ in range(3):
        nested = zipped({f"{number}.zip": nested for number in range(4)} | {"tar.jpg": tarred(inside, "w:gz")})
    yield Hostile("nested.zip", nested, REFUSED, {**{f"{n}.zip": REFUSED for n in range(4)}, "tar.jpg": REFUSED})
    parts = {f"{number}.jpg": bytes(LIMITS["member_bytes"]) for number in range(10)}
    read = LIMITS["file_bytes"] // LIMITS["member_bytes"] + 1
    said = {f"{number}.jpg": OTHER for number in range(read)} | {"*": REFUSED}
    yield Hostile("total.zip", zipped(parts), REFUSED, said)
    # All members share their bytes. Python's own check of that came with 3.11.8, where the first is broken as well.
    shared = {"0.jpg": OTHER | BROKEN} | {f"{number}.jpg": BROKEN for number in range(1, 200)}
    yield Hostile("shared.zip", _sharing(bytes(LIMITS["member_bytes"])), BROKEN, shared)
    many = {f"{number}.jpg": b"" for number in range(LIMITS["members"] + 5)}
    first = {f"{number}.jpg": OTHER for number in range(LIMITS["members"])} | {"*": REFUSED}
    yield Hostile("many.zip", zipped(many), REFUSED, first)
    yield Hostile("many.tar.xz", tarred(many, "w:xz"), REFUSED, first)
    yield Hostile("twice.zip", _twice(good), MIXED, {"fine.jpg": READ | REFUSED})
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 7 << 30
    yield Hostile("header.tar", header.tobuf() + bytes(5000), BROKEN, {})
    yield Hostile("half.tar.xz", tarred({"fine.jpg": good}, "w:xz")[:-200], BROKEN, {})


def _zip_links(good: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr(zipfile.ZipInfo("link.jpg/in.jpg"), good)
        archive.writestr(zipfile.ZipInfo("fine.jpg"), good)
    return stream.getvalue()


def _tar_links(good: bytes) -> tuple[bytes, dict[str, frozenset[str]]]:
    stream = io.BytesIO()
    kinds = {"symbolic": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "device": tarfile.CHRTYPE, "pipe": tarfile.FIFOTYPE}
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../outside"
            archive.addfile(info)
        info = tarfile.TarInfo("symbolic/through.jpg")
        info.size = len(good)
        archive.addfile(info, io.BytesIO(good))
    return stream.getvalue(), {**dict.fromkeys(kinds, REFUSED), "symbolic/through.jpg": READ}


def _sharing(content: bytes, count: int = 200) -> bytes:
    """A zip whose members are all the same bytes of it (D. Fifield, A better zip bomb, WOOT 2019)."""
    one = zipped({"0.jpg": content})
    start = one.index(b"PK\x01\x02")
    entry, end = one[start : one.rindex(b"PK\x05\x06")], one[one.rindex(b"PK\x05\x06") :]
    name = b"0.jpg"
    entries = b""
    for number in range(count):
        other = f"{number}.jpg".encode()
        head = entry[:28] + struct.pack("<H", len(other)) + entry[30:46]
        entries += head + other + entry[46 + len(name) :]
    return one[:start] + entries + end[:8] + struct.pack("<HHII", count, count, len(entries), start) + end[20:]


def _twice(good: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, about one name twice
        for _ in range(2):
            archive.writestr(zipfile.ZipInfo("fine.jpg"), good)
    return stream.getvalue()
