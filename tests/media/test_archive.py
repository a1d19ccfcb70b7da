import io
import os
import random
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_media import encoded, tarred, zipped

from tasks.errors import DecodeError, MediaError, RefusedError, TooLargeError
from tasks.media.content import read, read_many, video_input
from tasks.media.entry import Entry
from tasks.media.examine import MORE, examine
from tasks.params import Limits
from tasks.schema import FILE_STATUSES

LIMITS = Limits()
PNG = encoded()
KINDS = {"zip": None, "tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


def archived(kind: str, members: dict[str, bytes]) -> bytes:
    mode = KINDS[kind]
    return zipped(members) if mode is None else tarred(members, mode)


def rows_of(path: Path, data: bytes, limits: Limits = LIMITS) -> tuple[Entry, dict[str | None, Entry]]:
    path.write_bytes(data)
    archive, *members = examine(str(path), limits)
    assert all(entry.source == str(path) for entry in members)
    assert all(entry.status is None or entry.status in FILE_STATUSES for entry in (archive, *members))
    return archive, {entry.member: entry for entry in members}


@pytest.mark.parametrize("kind", KINDS)
def test_members_are_found_and_read_back(kind: str, tmp_path: Path) -> None:
    content = {"b/x.png": PNG, "a.txt": b"text", "b/y.jpg": encoded(".jpg"), "empty": b""}
    archive, rows = rows_of(tmp_path / "in", archived(kind, content))
    assert (archive.media_type, archive.format, archive.status, archive.error) == ("archive", kind, None, None)
    assert list(rows) == list(content)
    assert [row.status for row in rows.values()] == [None, "unsupported", None, "unsupported"]
    assert [row.media_type for row in rows.values()] == ["image", "other", "image", "other"]
    wanted = [rows["b/y.jpg"], rows["b/x.png"]]
    assert [(entry.member, data) for entry, data in read_many(wanted, LIMITS)] == [
        ("b/x.png", PNG), ("b/y.jpg", content["b/y.jpg"]),
    ]  # fmt: skip
    assert read(rows["b/y.jpg"], LIMITS) == content["b/y.jpg"]
    member = video_input(rows["b/x.png"], LIMITS)
    assert isinstance(member, io.BytesIO) and member.getvalue() == PNG
    assert read(archive, LIMITS) == (tmp_path / "in").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["/etc/x.png", "../x.png", "a/../../x.png", "..\\x.png", "C:\\x.png", "\\\\host\\x"])
def test_names_that_leave_are_refused(kind: str, name: str, tmp_path: Path) -> None:
    archive, rows = rows_of(tmp_path / "in", archived(kind, {name: PNG, "good.png": PNG}))
    assert archive.status is None
    assert [row.status for row in rows.values()] == ["refused", None]
    ((_, failure),) = read_many([next(iter(rows.values()))], LIMITS)
    assert isinstance(failure, RefusedError)


@pytest.mark.parametrize("kind", KINDS)
def test_nested_archives_are_refused(kind: str, tmp_path: Path) -> None:
    _, rows = rows_of(tmp_path / "in", archived(kind, {"inner": tarred({"x": PNG}, "w:gz"), "zip.png": zipped({})}))
    assert {(row.status, row.error) for row in rows.values()} == {("refused", "an archive inside an archive")}


@pytest.mark.parametrize("kind", KINDS)
def test_bombs_stop_at_the_limit(kind: str, tmp_path: Path) -> None:
    limits = Limits(member_bytes=100_000)
    archive, rows = rows_of(tmp_path / "in", archived(kind, {"bomb": b"\0" * 5_000_000, "x.png": PNG}), limits)
    assert (archive.status, rows["x.png"].status) == (None, None)
    assert (rows["bomb"].status, rows["bomb"].sha256) == ("too_large", None)
    assert rows["bomb"].bytes <= 100_000 + (1 << 18)
    ((_, failure),) = read_many([rows["bomb"]], limits)
    assert isinstance(failure, TooLargeError)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_members_of_other_methods(method: int, tmp_path: Path) -> None:
    _, rows = rows_of(tmp_path / "in", zipped({"x.png": PNG, "bomb": b"\0" * 5_000_000}, method))
    assert (rows["x.png"].status, rows["bomb"].bytes) == (None, 5_000_000)
    assert read(rows["x.png"], LIMITS) == PNG
    _, rows = rows_of(tmp_path / "in", (tmp_path / "in").read_bytes(), Limits(member_bytes=100_000))
    assert rows["bomb"].status == "too_large"


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_members(kind: str, tmp_path: Path) -> None:
    content = {f"{number}.png": PNG for number in range(5)}
    archive, rows = rows_of(tmp_path / "in", archived(kind, content), Limits(members=3))
    assert archive.status is None
    assert archive.error == "more than 3 members: the rest was not read (members)"
    assert [row.status for row in rows.values()] == [None, None, None, "refused"]
    assert list(rows)[-1] == MORE


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_archive_unpacks_to_has_a_limit(kind: str, tmp_path: Path) -> None:
    """Also what is passed over: in a tar, the rest of a member that is over its own limit."""
    content = {"x.png": PNG, "bomb": b"\0" * 5_000_000, "y.png": encoded(seed=1)}
    limits = Limits(file_bytes=1_000_000, member_bytes=3_000_000)
    data = archived(kind, content)
    if kind == "tar":  # too large as a file
        (row,) = rows_of(tmp_path / "in", data, limits)[:1]
        assert row.status == "too_large"
        return
    archive, rows = rows_of(tmp_path / "in", data, limits)
    assert "1,000,000 bytes unpacked" in (archive.error or "")
    assert rows["x.png"].status is None
    assert "y.png" not in rows
    assert (rows["bomb"].status if kind == "zip" else archive.status) == "too_large"
    if kind == "zip":
        assert (archive.status, rows[MORE].status) == (None, "refused")
    assert [(one.member, content) for one, content in read_many([rows["x.png"]], limits)] == [("x.png", PNG)]


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_archives_say_so(kind: str, tmp_path: Path) -> None:
    noise, size = random.Random(0), 400_000 if kind == "tar.bz2" else 50_000  # more than a block of bzip2
    whole = archived(kind, {f"{number}.bin": noise.randbytes(size) for number in range(6)})
    archive, rows = rows_of(tmp_path / "in", whole[: len(whole) * 6 // 10])
    assert archive.status == "decode_error"
    assert archive.error and archive.error.startswith("broken archive: ")
    if kind.startswith("tar"):  # what came before the break is kept
        assert rows["0.bin"].sha256 is not None


def test_damage_between_tar_members_is_no_end(tmp_path: Path) -> None:
    data = bytearray(tarred({"a.png": PNG, "b.png": PNG, "c.png": PNG}))
    second = data.index(b"b.png")
    data[second : second + 100] = b"\xff" * 100
    archive, rows = rows_of(tmp_path / "in.tar", bytes(data))
    assert archive.status == "decode_error"
    assert list(rows) == ["a.png"]


def test_a_broken_zip_member_leaves_the_others(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.png": PNG, "b.png": PNG}, zipfile.ZIP_STORED))
    data[data.index(PNG) + 100] ^= 0xFF
    archive, rows = rows_of(tmp_path / "in.zip", bytes(data))
    assert archive.status is None
    assert (rows["a.png"].status, rows["b.png"].status) == ("decode_error", None)
    assert "CRC" in (rows["a.png"].error or "")


def test_encrypted_and_linked_zip_members_are_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"secret.png": PNG}))
    data[6] |= 1  # the flag in the member's header and in the directory
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    _, rows = rows_of(tmp_path / "in.zip", bytes(data))
    assert (rows["secret.png"].status, rows["secret.png"].error) == ("refused", "an encrypted member")

    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("folder/", "")
    (_, row) = examine(str(tmp_path / "in.zip"), LIMITS)
    assert (row.status, row.error) == ("refused", "a link inside an archive")


def test_links_and_devices_in_tars_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "in.tar", "w") as archive:
        kinds = {"s": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "f": tarfile.FIFOTYPE, "d": tarfile.CHRTYPE}
        for name, kind in kinds.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    archive_row, *rows = examine(str(tmp_path / "in.tar"), LIMITS)
    assert archive_row.status is None
    assert [(row.member, row.status) for row in rows] == [(name, "refused") for name in "shfd"]


def test_the_second_of_two_equal_names_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("a.png", PNG)
        archive.writestr("a.png", encoded(seed=1))
    _, first, second = examine(str(tmp_path / "in.zip"), LIMITS)
    assert (first.status, second.status) == (None, "refused")
    assert read(first, LIMITS) == PNG


def test_a_huge_tar_header_is_not_read_into_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 7 << 30
    archive, rows = rows_of(tmp_path / "in.tar", info.tobuf() + b"\0" * 5000)
    assert (archive.status, rows) == ("decode_error", {})
    assert "7,516,192,768 bytes" in (archive.error or "")


def test_names_in_tars_that_are_not_utf8(tmp_path: Path) -> None:
    _, rows = rows_of(tmp_path / "in.tar", tarred({os.fsdecode(b"caf\xe9.png"): PNG}))
    assert list(rows) == ["caf\\xe9.png"]
    assert read(rows["caf\\xe9.png"], LIMITS) == PNG


def test_empty_archives_and_vanished_members(tmp_path: Path) -> None:
    archive, rows = rows_of(tmp_path / "in.zip", zipped({}))
    assert (archive.status, archive.error, rows) == ("unsupported", "an archive that holds no files", {})
    gone = Entry(str(tmp_path / "in.zip"), "gone.png", "image", "png", 1, None)
    with pytest.raises(DecodeError, match="no such member"):
        read(gone, LIMITS)
    (tmp_path / "in.zip").unlink()
    with pytest.raises(DecodeError, match="No such file"):
        read(gone, LIMITS)
    with pytest.raises(ValueError, match="different members of one archive"):
        list(read_many([gone, gone], LIMITS))


_WHOLE = {kind: archived(kind, {"a.png": PNG, "b/c.txt": b"text" * 50}) for kind in KINDS}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_damaged_archives_never_raise(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    spoiled = bytearray(_WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "in"
    path.write_bytes(bytes(spoiled[: data.draw(st.integers(len(spoiled) // 2, len(spoiled)))]))
    archive, *rows = examine(str(path), LIMITS)
    members = {entry.member: entry for entry in rows if entry.status is None}
    for entry, content in read_many(list(members.values()), LIMITS):
        assert isinstance(content, bytes | MediaError), entry
    assert archive.source == str(path)
