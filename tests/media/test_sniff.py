import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_media import REAL, encoded, tarred, video, zipped
from PIL import Image

from tasks.media.sniff import HEAD, media_type, sniff


def gif(frames: int, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    pictures = [Image.effect_noise(size, 80 + number) for number in range(frames)]
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("extension", "name"),
    [(".jpg", "jpeg"), (".png", "png"), (".webp", "webp"), (".bmp", "bmp"), (".tiff", "tiff"), (".avif", "avif")],
)
def test_pictures(extension: str, name: str) -> None:
    assert sniff(encoded(extension)) == name
    assert media_type(name) == "image"


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mp4", "libx264", "mp4"), ("mov", "libx264", "mov"), ("ipod", "libx264", "mp4"), ("3gp", "libx264", "mp4"),
        ("matroska", "libx264", "mkv"), ("webm", "libvpx", "webm"), ("avi", "mpeg4", "avi"),
        ("mpegts", "mpeg2video", "mpeg-ts"), ("mpeg", "mpeg1video", "mpeg-ps"), ("flv", "flv", "flv"),
        ("asf", "wmv2", "asf"), ("mpeg1video", "mpeg1video", "mpeg-es"), ("gif", "gif", "gif-animated"),
    ],
)  # fmt: skip
def test_videos(container: str, codec: str, name: str) -> None:
    assert sniff(video(3, codec, container)) == name
    assert media_type(name) == "video"


@pytest.mark.parametrize(("mode", "name"), [("w", "tar"), ("w:gz", "tar.gz"), ("w:bz2", "tar.bz2"), ("w:xz", "tar.xz")])
def test_tars_also_when_compressed(mode: str, name: str) -> None:
    assert sniff(tarred({"a.txt": b"a"}, mode)) == name
    assert media_type(name) == "archive"


def test_other_archives() -> None:
    assert sniff(zipped({"a": b"a"})) == "zip"
    assert sniff(zipped({})) == "zip"
    assert sniff(b"7z\xbc\xaf\x27\x1c" + b"\0" * 50) == "7z"
    assert sniff(b"Rar!\x1a\x07\x01\0") == "rar"
    assert {media_type("zip"), media_type("7z"), media_type("rar")} == {"archive"}


def test_gif_with_one_picture_is_an_image() -> None:
    assert sniff(gif(1)) == "gif"
    assert sniff(gif(2)) == "gif-animated"
    assert media_type("gif") == "image"


@pytest.mark.parametrize(
    ("brand", "name"),
    [(b"heic", "heic"), (b"mif1", "heic"), (b"avif", "avif"), (b"qt  ", "mov"), (b"M4V ", "mp4"), (b"M4A ", None)],
)
def test_brands_of_iso_files(brand: bytes, name: str | None) -> None:
    assert sniff(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"mp42") == name


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x1f\x8b" + b"x" * 100, b"BM fine words, no picture", b"RIFF\0\0\0\0WAVEfmt ", b"%PDF-1.7",
     b"GGG" * 50, b"\0" * 2048, b"II*\0\x10\0\0\0CR\x02\0", b"\x1a\x45\xdf\xa3\x01"],
)  # fmt: skip
def test_everything_else_is_not_media(data: bytes) -> None:
    assert sniff(data) is None
    assert media_type(sniff(data)) == "other"


_STARTS = st.sampled_from(
    [b"", b"GIF89a", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"RIFF", b"\0\0\0\x20ftyp", b"\x1a\x45\xdf\xa3", b"BM"]
)


@given(_STARTS, st.binary(max_size=700))
def test_never_raises(start: bytes, rest: bytes) -> None:
    name = sniff(start + rest)
    assert media_type(name) in ("image", "video", "archive", "other")


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason=f"no media at {REAL}")
def test_real_files_are_what_their_extension_says() -> None:
    names = {".jpg": "jpeg", ".gif": "gif", "": None}
    files = [path for path in REAL.rglob("*") if path.is_file()]
    for path in files:
        name = sniff(path.read_bytes()[:HEAD])
        assert name is None or not name.startswith("gif-") or sniff(path.read_bytes()) == "gif-animated"
        assert (name and name.removesuffix("-animated")) == names.get(path.suffix, path.suffix[1:]), path
    assert len(files) >= 26
