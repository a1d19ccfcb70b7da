"""A small archive to try Fermata on: sound files of all kinds, and the damaged ones that real archives hold."""

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import av
import cv2

from tasks.files import replacing
from tasks.synthetic.canvas import Bytes
from tasks.synthetic.clips import Clip, clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still
from tasks.synthetic.truth import TruthFace, TruthRow, write_truth

_FOLDERS: Final = ("family/2019", "family/2021 Zürich", "press")
_EMPTY_EVERY: Final = 6  # every so many stills show nobody
_ZIPPED: Final = 4
_CUT_SHARE: Final = 0.6  # of the bytes that the cut-off clip keeps
_EPOCH: Final = (2020, 1, 1, 0, 0, 0)  # the zip's bytes must not depend on today


def write_archive(folder: Path, truth: Path, seed: int = 1, stills: int = 24, clips: int = 3) -> None:
    """Write a demo archive below ``folder`` and what is in it to ``truth``.

    Beside the stills and clips there are: ``albums/holiday.zip`` with four stills, ``copies/duplicate.<jpg>``, an exact
    copy of the first still, and in ``damaged``: a JPEG that ends too early, a text named .jpg, and a clip whose file
    stops in the middle. The truth names the faces of the duplicate and of the surviving frames of the cut-off clip too.

    Args:
        folder: made when missing; existing files of the same names are replaced.
        truth: Parquet of ``tasks.synthetic.truth.TRUTH``; lies outside ``folder``.
        seed: the same seed gives the same archive.
        stills: loose pictures, at least 1; every sixth shows nobody.
        clips: sound clips; the last of two or more shows nobody.

    Raises:
        ValueError: no stills, a negative number, or a truth inside the folder.
        OSError: a file cannot be written.
    """
    if stills < 1 or clips < 0:
        raise ValueError(f"stills must be at least 1 and clips at least 0. Received: {stills=}, {clips=}")
    if folder.resolve() in truth.resolve().parents:
        raise ValueError(f"truth must lie outside the archive. Received: folder={folder}, truth={truth}")
    rows = [
        *_stills(folder, seed, stills),
        *_zip(folder, seed, stills),
        *_clips(folder, seed, clips),
        *_damaged(folder, seed, stills, clips),
    ]
    write_truth(truth, sorted(rows, key=lambda row: (row.source, row.member or "", row.face.frame)))


def _stills(folder: Path, seed: int, count: int) -> Iterator[TruthRow]:
    for index in range(count):
        suffix = ".png" if index % 3 == 2 else ".jpg"
        name = f"{_FOLDERS[index % len(_FOLDERS)]}/still-{index:03}{suffix}"
        picture, faces = _scene(seed, index)
        content = encoded(picture, suffix)
        _write(folder / name, content)
        yield from _rows(name, None, faces)
        if index == 0:
            copy = f"copies/duplicate{suffix}"
            _write(folder / copy, content)
            yield from _rows(copy, None, faces)


def _zip(folder: Path, seed: int, first: int) -> Iterator[TruthRow]:
    name = "albums/holiday.zip"
    with replacing(folder / name) as temporary, zipfile.ZipFile(temporary, "w") as album:
        for place in range(_ZIPPED):
            suffix = ".png" if place == 1 else ".jpg"
            member = f"day {place // 2 + 1}/picture-{place}{suffix}"
            picture, faces = _scene(seed, first + place)
            album.writestr(zipfile.ZipInfo(member, _EPOCH), encoded(picture, suffix))
            yield from _rows(name, member, faces)


def _clips(folder: Path, seed: int, count: int) -> Iterator[TruthRow]:
    for index in range(count):
        empty = index == count - 1 and count > 1
        name = f"clips/clip-{index:03}{'.mkv' if index % 3 == 1 else '.mp4'}"
        planned = clip(
            seed,
            index,
            seconds=2.0 + index % 3,
            shots=2 if index % 2 == 0 else 1,
            faces=0 if empty else 1 + index % 2,
            variable=index % 3 == 1,
        )
        write_clip(folder / name, planned)
        yield from _rows(name, None, planned.truth)


def _damaged(folder: Path, seed: int, stills: int, clips: int) -> Iterator[TruthRow]:
    picture, _ = _scene(seed, stills + _ZIPPED)
    # So little of it is left that no reader gets as far as the pixels.
    _write(folder / "damaged/ends-early.jpg", encoded(picture, ".jpg")[:400])
    _write(folder / "damaged/not-a-picture.jpg", b"This is a text. Somebody gave it the wrong name.\n")
    name = "damaged/cut-off.mp4"
    planned = clip(seed, clips, seconds=2.0)
    write_clip(folder / name, planned, front=True)
    whole = (folder / name).read_bytes()
    _write(folder / name, whole[: int(len(whole) * _CUT_SHARE)])
    left = _readable(folder / name, planned)
    yield from _rows(name, None, [face for face in planned.truth if face.frame in left])


def _scene(seed: int, index: int) -> tuple[Bytes, list[TruthFace]]:
    return still(seed, index, 0 if index % _EMPTY_EVERY == _EMPTY_EVERY - 1 else 1 + index % 3)


def _rows(source: str, member: str | None, faces: list[TruthFace] | tuple[TruthFace, ...]) -> Iterator[TruthRow]:
    return (TruthRow(source, member, face) for face in faces)


def encoded(picture: Bytes, suffix: str) -> bytes:
    """``picture`` (h, w, 3) BGR as the bytes of a file with ``suffix`` .jpg or .png."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 92] if suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 3]
    _, buffer = cv2.imencode(suffix, picture, options)
    content: bytes = buffer.tobytes()
    return content


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _readable(path: Path, planned: Clip) -> frozenset[int]:
    """Which frames can still be decoded."""
    times: set[int] = set()
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            # The cut goes through one packet; the decoder may hold whole frames from before it.
            with suppress(av.error.InvalidDataError):
                times.update(round(float(frame.pts * frame.time_base * 1000)) for frame in packet.decode())
    return frozenset(frame for frame, pts in enumerate(planned.pts_ms) if pts in times)
