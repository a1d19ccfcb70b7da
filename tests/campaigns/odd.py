"""Data sets that hold fuzzed pictures, and whatever else folders, zips, tars, listings and CSV files are found to hold.

Each function writes one and returns the keys that its rows must have, and how many rows there must be in all.
"""

import csv
import gzip
import io
import json
import os
import tarfile
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from campaigns.mutate import Case
from campaigns.pictures import bank
from tasks.schema import EMOTIONS

NUL, LONG = "a\0b", "n" * 240


class Expected(NamedTuple):
    """Rows that `prepare` must write: these keys, and ``others`` of whatever name."""

    keys: frozenset[str]
    others: int


def name(number: int, ending: str) -> str:
    """Where the case ``number`` lies."""
    split = "test" if number % 5 == 4 else "train"
    return f"{split}/{EMOTIONS[number % 7]}/{number:06d}.{ending}"


def folder(place: Path, cases: Sequence[Case]) -> Expected:
    """Class folders, with links, pipes and names that are not text."""
    names = [name(number, case.ending) for number, case in enumerate(cases)]
    for key, case in zip(names, cases, strict=True):
        _put(place / key, case.data)
    happy, good = place / "train/happy", bank(0)[0].data
    outside = place.with_name("outside")
    _put(outside / "happy/secret.jpg", good)
    (happy / "inside.jpg").symlink_to("../../" + names[0])
    (happy / "outside.jpg").symlink_to(outside / "happy/secret.jpg")
    (happy / "nowhere.jpg").symlink_to("missing.jpg")
    (happy / "circle.jpg").symlink_to("circle.jpg")
    (place / "train/sad/leaves").symlink_to(outside / "happy")
    (place / "train/sad/again").symlink_to("../happy")  # a folder that is there already: nothing twice
    os.mkfifo(happy / "pipe.jpg")
    _put(happy / "line\nbreak.jpg", good)
    _put(happy / (LONG + ".jpg"), good)
    Path(os.fsdecode(os.fsencode(happy) + b"/\xff\xfe.jpg")).write_bytes(good)
    return Expected(frozenset(names), 9)


def zipped(place: Path, cases: Sequence[Case]) -> Expected:
    """A zip with names that leave it, links, encryption, wrong check sums and bombs."""
    names = [name(number, case.ending) for number, case in enumerate(cases)]
    good = bank(0)[0].data
    with zipfile.ZipFile(place, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, about one name twice
        for number, (key, case) in enumerate(zip(names, cases, strict=True)):
            method = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)[number % 3]
            archive.writestr(zipfile.ZipInfo(key), case.data, method)
        archive.writestr(zipfile.ZipInfo("train/happy/folder/"), b"")
        for odd in ("../train/happy/up.jpg", "/train/happy/root.jpg", "C:\\train\\happy\\drive.jpg",
                    "train/happy/../../../out.jpg", "train\\happy\\windows.jpg", "train/happy/line\nbreak.jpg",
                    f"train/happy/{LONG}.jpg", "train/happy/\U0001f600.jpg", names[0], names[0]):  # fmt: skip
            archive.writestr(zipfile.ZipInfo(odd), good)
        link = zipfile.ZipInfo("train/happy/link.jpg")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(zipfile.ZipInfo("train/happy/bomb.jpg"), bytes(300 << 20), zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("train/happy/lzma.jpg"), good, zipfile.ZIP_LZMA)
        for odd in ("encrypted", "crc", "size", "offset"):
            archive.writestr(zipfile.ZipInfo(f"train/happy/{odd}.jpg"), good)
    _damage(place)
    return Expected(frozenset(names), 17)


def tarred(place: Path, cases: Sequence[Case]) -> Expected:
    """WebDataset samples; labels that are none, links, devices and names that leave the tar."""
    keys = []
    with tarfile.open(place, "w") as archive:
        for number, case in enumerate(cases):
            stem = f"{number:06d}"
            label: tuple[str, bytes] = ("cls", EMOTIONS[number % 7].encode())
            match number % 13:
                case 3:
                    label = "json", json.dumps({"label": EMOTIONS[number % 7]}).encode()
                case 5:
                    label = "cls", b"\xff\x00nothing"
                case 7:
                    label = "json", b"[" * 5000
            _member(archive, f"{stem}.jpg", case.data)
            _member(archive, f"{stem}.{label[0]}", label[1])
            keys.append(f"{stem}.jpg")
        for odd in ("../up.jpg", "/root.jpg"):
            _member(archive, odd, bank(0)[0].data)
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(f"special{number}.jpg")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        _member(archive, "lonely.cls", b"happy")  # a sample without a picture is no row
    return Expected(frozenset(keys), 6)


def listed(place: Path, cases: Sequence[Case]) -> Expected:
    """A listing beside its pictures; rows that lead out, nowhere, to folders, to URLs that are none."""
    keys = []
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "split"])
        for number, case in enumerate(cases):
            key = f"files/{number:06d}.{case.ending}"
            _put(place.parent / key, case.data)
            label = EMOTIONS[number % 7] if number % 11 else ("", "bored", "\U0001f600", "9" * 5000)[number // 11 % 4]
            writer.writerow([key, label, ("train", "test", "", "../up", "x" * 300)[number % 5 if number % 17 else 3]])
            keys.append(key)
        odd = ("../up.jpg", "/etc/passwd", "files", "missing.jpg", "", "gopher://a/b.jpg", "file:///etc/passwd",
               NUL + ".jpg", LONG * 30, 'a"quote.jpg', "files/../../out.jpg", keys[0], keys[0])  # fmt: skip
        writer.writerows([one, "happy", "train"] for one in odd)
        writer.writerow(["files/short-row.jpg"])
    return Expected(frozenset(keys), len(odd) + 1)


def table(place: Path, seed: int, rows: int) -> Expected:
    """A gzipped FER-2013 CSV whose pixels and emotions are anything."""
    rng = np.random.default_rng((seed, 2))
    stream = io.StringIO()
    stream.write("emotion,pixels,Usage\n")
    for number in range(rows):
        levels = [str(one) for one in rng.integers(0, 256, 2304).tolist()]
        emotion = str(number % 7)
        at = int(rng.integers(2304))
        match int(rng.integers(12)):
            case 0:
                levels = levels[:at]
            case 1:
                levels += levels[: at + 1]
            case 2:
                levels[at] = str(rng.choice(("256", "-1", "x", "1e3", "9" * 400, "\u0663", "1.5", "+7", "0x1", "\t")))
            case 3:
                levels = []
            case 4:
                emotion = str(rng.choice(("7", "-1", "", "happy", "9" * 400, "\U0001f600", "1.0")))
            case 5:
                levels[at] = "000" + levels[at]
        pixels = ("  " if rng.random() < 0.1 else " ").join(levels)
        quoted = f'"{pixels}"' if rng.random() < 0.2 else pixels
        stream.write(f"{emotion},{quoted},{('Training', 'PublicTest', 'PrivateTest')[number % 3]}\n")
    with gzip.open(place, "wt", encoding="utf-8") as out:
        out.write(stream.getvalue())
    return Expected(frozenset(f"row-{number:07d}" for number in range(rows)), 0)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _member(archive: tarfile.TarFile, called: str, data: bytes) -> None:
    info = tarfile.TarInfo(called)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _damage(place: Path) -> None:
    """Lie in the directory of a zip about the members that are called so (APPNOTE.TXT 4.3.12)."""
    data = bytearray(place.read_bytes())
    lies = {
        "encrypted": (8, b"\x01\0"),
        "crc": (16, b"\0\0\0\0"),
        "size": (24, b"\x07\0\0\0"),
        "offset": (42, b"\7\0\0\0"),
    }
    for odd, (field, value) in lies.items():
        entry = data.rindex(f"train/happy/{odd}.jpg".encode()) - 46
        assert data[entry : entry + 4] == b"PK\x01\x02"
        data[entry + field : entry + field + len(value)] = value
    place.write_bytes(data)
