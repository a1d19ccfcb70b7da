"""Tars that are damaged, or made to harm."""

import tarfile
from pathlib import Path

import pytest
from made_sources import content, data, put, records, rejected
from made_tars import samples, special, tar

from tasks.sources.source import LIMIT
from tasks.sources.webdataset import plan, read


def test_damage_costs_what_follows_and_is_said(tmp_path: Path) -> None:
    packed = bytearray(tar(samples(0, 6)))
    packed[packed.index(b"000003.jpg")] ^= 0xFF
    put(tmp_path / "a.tar", bytes(packed))
    put(tmp_path / "b.tar", tar(samples(6, 7)))
    put(tmp_path / "c.tar", b"no tar at all")
    put(tmp_path / "d.tar", b"")
    wanted = data("webdataset", tmp_path, labels={"0": "neutral"})
    found = records(wanted, 3)
    assert [one.key for one in found] == [
        *(f"a.tar/{n:06d}.jpg" for n in range(3)), "a.tar", "b.tar/000006.jpg", "c.tar", "d.tar"
    ]  # fmt: skip
    broken = rejected(found)
    assert {key: reason for key, (reason, _) in broken.items()} == dict.fromkeys(
        ["a.tar", "c.tar", "d.tar"], "undecodable"
    )
    assert broken["a.tar"][1] == "the tar is damaged after byte 6,144: bad checksum"
    assert (
        "a.tar: the tar is damaged after byte 6,144: bad checksum; what follows there is lost"
        in plan(wanted, 3).warnings
    )


def test_a_tar_that_is_cut_off_keeps_what_is_whole(tmp_path: Path) -> None:
    packed = tar(samples(0, 3))
    path = put(tmp_path / "a.tar", packed[: packed.index(content(2)) + 5])
    found = records(data("webdataset", path, labels={"0": "neutral"}))
    assert rejected(found) == {
        "000002.jpg": ("undecodable", "the tar ends after 5 of its 200 bytes"),
        "a.tar": ("undecodable", "the tar is damaged after byte 5,120: unexpected end of data"),
    }
    whole = put(tmp_path / "b.tar", packed)
    chunk = plan(data("webdataset", whole), 9).chunks[0]
    put(whole, packed[: packed.index(content(1)) + 5])
    assert [one.error and one.error[:30] for one in read(chunk)] == [
        None, "the tar ends after 5 of its 20", "the tar ends after 0 of its 20",
    ]  # fmt: skip


def unended(count: int) -> bytes:
    """Samples of 2,048 bytes each, without the end of the tar."""
    return tar(samples(0, count))[: 2048 * count]


@pytest.mark.parametrize("size", [-512, -(1 << 40), 1 << 50])
def test_sizes_that_lie_do_no_harm(tmp_path: Path, size: int) -> None:
    info = tarfile.TarInfo("a.jpg")
    info.size = size
    path = put(tmp_path / "x.tar", unended(1) + info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16))
    found = records(data("webdataset", path))
    assert found[0].data == content(0)
    assert "the tar is damaged after byte " in (rejected(found)["x.tar"][1] or "")


def test_a_tar_that_turns_back_does_not_turn_for_ever(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a.jpg")
    info.pax_headers = {"size": "-4096"}
    path = put(tmp_path / "x.tar", unended(1) + info.tobuf(tarfile.PAX_FORMAT) + bytes(1 << 16))
    lost = "the tar is damaged after byte 2,048: a member that ends before it begins"
    assert rejected(records(data("webdataset", path)))["x.tar"] == ("undecodable", lost)


def test_headers_of_headers_do_not_nest_for_ever(tmp_path: Path) -> None:
    header = special("x", tarfile.XGLTYPE).tobuf(tarfile.USTAR_FORMAT)
    found = records(data("webdataset", put(tmp_path / "x.tar", unended(1) + header * 5000)))
    assert "the tar is damaged after byte 2,048: " in (rejected(found)["x.tar"][1] or "")


def test_a_picture_over_the_limit_is_a_record(tmp_path: Path) -> None:
    info = tarfile.TarInfo("000001.jpg")
    info.size = LIMIT + 1
    path = tmp_path / "x.tar"
    with path.open("wb") as stream:
        stream.write(unended(1) + info.tobuf())
        stream.truncate(stream.tell() + LIMIT + 512 * 4)
    assert rejected(records(data("webdataset", path)))["000001.jpg"][0] == "too_large"
