"""Small tars of samples, for tests."""

import io
import tarfile
from collections.abc import Iterable

from made_sources import content

File = tuple[str, bytes] | tarfile.TarInfo


def tar(files: Iterable[File], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for file in files:
            if isinstance(file, tarfile.TarInfo):
                archive.addfile(file)
            else:
                info = tarfile.TarInfo(file[0])
                info.size = len(file[1])
                archive.addfile(info, io.BytesIO(file[1]))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def samples(start: int, stop: int) -> list[File]:
    words = [b"joy", b"0", b"anger\n"]
    return [
        file
        for number in range(start, stop)
        for file in ((f"{number:06d}.jpg", content(number)), (f"{number:06d}.cls", words[number % 3]))
    ]
