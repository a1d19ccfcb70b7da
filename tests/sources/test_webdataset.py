import gzip
import json
import tarfile
from pathlib import Path

import pytest
from made_sources import content, data, put, records, rejected, said
from made_tars import File, samples, special, tar

from tasks.errors import SourceError
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.webdataset import plan


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tgz"])
@pytest.mark.parametrize("rows", [1, 4, 100])
def test_samples_become_records(tmp_path: Path, name: str, rows: int) -> None:
    packed = tar(samples(0, 10))
    path = put(tmp_path / name, packed if name == "x.tar" else gzip.compress(packed))
    found = records(data("webdataset", path, labels={"0": "neutral"}), rows)
    assert [one.key for one in found] == [f"{n:06d}.jpg" for n in range(10)]
    assert [one.data for one in found] == [content(n) for n in range(10)]
    assert [EMOTIONS[one.label] for one in found[:3]] == ["happy", "neutral", "angry"]
    assert {one.split for one in found} == {"training"}


def test_fields_of_json_say_label_split_and_group(tmp_path: Path) -> None:
    files: list[File] = [
        ("a/1.json", json.dumps({"label": 3, "split": "PublicTest", "person": "S1"}).encode()),
        ("a/1.face.PNG", b"one"),
        ("a/1.png", b"a second picture of the sample"),
        ("a/2.webp", b"two"),
        ("a/2.json", json.dumps({"label": "joy", "split": None, "person": 7}).encode()),
        ("a/2.cls", b"fear"),
        ("a/3.jpeg", b"three"),
        ("a/3.json", b'{"label": ['),
        ("a/4.jpg", b"four"),
        ("a/4.json", b'["joy"]'),
        ("a/5.jpg", b"five"),
        ("a/5.json", b'{"label": "\\ud800", "person": "\\udce9"}'),
        ("a/6.jpg", b"six"),
        ("b/1.jpg", b"another folder is another sample"),
        ("b/1.cls", b"sad"),
        ("b/2.json", b"{}"),
        ("b/._1.jpg", b"junk"),
    ]
    path = put(tmp_path / "train.tar", tar(files))
    wanted = data("webdataset", path, {"group": "person"}, labels={"3": "happy"})
    found = records(wanted)
    assert said(found) == {
        "a/1.face.PNG": ("public", "happy", "S1"),
        "a/2.webp": ("training", "fear", "7"),
        "a/3.jpeg": ("training", "", ""),
        "a/4.jpg": ("training", "", ""),
        "a/5.jpg": ("training", "", "\\udce9"),
        "a/6.jpg": ("training", "", ""),
        "b/1.jpg": ("training", "sad", ""),
    }
    words = {"a/3.jpeg": "(damaged .json)", "a/4.jpg": "", "a/5.jpg": "\\\\ud800", "a/6.jpg": ""}
    assert rejected(found) == {
        key: ("unknown_label", f"label '{word}' is no emotion: map it in data.labels") for key, word in words.items()
    }
    assert found[2].data == b"three"
    assert "train.tar: 1 samples have no picture and are ignored" in plan(wanted, 9).warnings


def test_folders_and_braces_name_tars_and_tars_name_splits(tmp_path: Path) -> None:
    for number in range(8, 11):
        put(tmp_path / "faces" / f"train-{number:03d}.tar", tar(samples(0, 2)))
    put(tmp_path / "faces" / "val" / "000.tar", tar(samples(0, 1)))
    put(tmp_path / "faces" / "notes.txt", b"x")
    whole = records(data("webdataset", tmp_path / "faces", labels={"0": "neutral"}), 3)
    assert [(one.key, one.split) for one in whole] == [
        *((f"train-{tar:03d}.tar/{n:06d}.jpg", "training") for tar in (8, 9, 10) for n in (0, 1)),
        ("val/000.tar/000000.jpg", "validation"),
    ]
    some = records(data("webdataset", tmp_path / "faces" / "train-{009..010}.tar", labels={"0": "neutral"}))
    assert [one.key for one in some] == [one.key for one in whole[2:6]]
    with pytest.raises(SourceError, match=r"no file or folder at '.*train-011\.tar'"):
        plan(data("webdataset", tmp_path / "faces" / "train-{009..011}.tar"), 9)
    with pytest.raises(SourceError, match="stands for more than 1,000,000 tars"):
        plan(data("webdataset", "x-{0..99999999999}.tar"), 9)


def test_what_leaves_the_tar_is_refused(tmp_path: Path) -> None:
    files: list[File] = [
        ("good.jpg", b"x"),
        ("good.cls", b"joy"),
        ("../evil.jpg", b"x"),
        ("/etc/evil.jpg", b"x"),
        special("link.jpg", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.jpg", tarfile.LNKTYPE, "good.jpg"),
        special("pipe.jpg", tarfile.FIFOTYPE),
        special("disk.jpg", tarfile.BLKTYPE),
        special("folder.jpg", tarfile.DIRTYPE),
    ]
    found = records(data("webdataset", put(tmp_path / "x.tar", tar(files))))
    assert rejected(found) == {
        "../evil.jpg": ("refused", "a path that leaves the archive"),
        "/etc/evil.jpg": ("refused", "an absolute path inside an archive"),
        "link.jpg": ("refused", "a link inside an archive"),
        "hard.jpg": ("refused", "a link inside an archive"),
        "pipe.jpg": ("refused", "a special file inside an archive"),
        "disk.jpg": ("refused", "a special file inside an archive"),
    }
    assert len(found) == 7


def test_a_link_to_a_tar_elsewhere_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "set" / "a.tar", tar(samples(0, 1)))
    (tmp_path / "set" / "b.tar").symlink_to(put(tmp_path / "b.tar", tar(samples(0, 1))))
    assert rejected(records(data("webdataset", tmp_path / "set"))) == {
        "b.tar": ("refused", "a link that leaves the data set's folder")
    }


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_are_read(tmp_path: Path, form: int) -> None:
    name = "f/" * 90 + "gr\xfc\xdf\udce9"
    path = put(tmp_path / "x.tar", tar([(f"{name}.jpg", b"x"), (f"{name}.cls", b"joy")], form))
    (found,) = records(data("webdataset", path))
    assert (found.key, found.data) == (f"{name}.jpg".replace("\udce9", "\\udce9"), b"x")


@pytest.mark.parametrize(("files", "message"), [([], "no samples with pictures"), (samples(1, 2), "Found: '0'")])
def test_a_tar_without_samples_is_refused(tmp_path: Path, files: list[File], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        plan(data("webdataset", put(tmp_path / "x.tar", tar(files))), 9)
    with pytest.raises(SourceError, match=r"no tars \(\.tar, \.tar\.gz, \.tgz\) in"):
        plan(data("webdataset", put(tmp_path / "y" / "x.txt", b"").parent), 9)


def test_an_unknown_label_keeps_its_picture(tmp_path: Path) -> None:
    path = put(tmp_path / "x.tar", tar(samples(0, 2)))
    unknown = records(data("webdataset", path))[1]
    assert (unknown.label, unknown.reason, unknown.data) == (UNKNOWN, "unknown_label", content(1))


def test_the_fingerprint_follows_the_tars_and_not_their_place(tmp_path: Path) -> None:
    put(tmp_path / "a" / "x.tar", tar(samples(0, 3)))
    first = plan(data("webdataset", tmp_path / "a"), 2).fingerprint
    (tmp_path / "a").rename(tmp_path / "b")
    assert plan(data("webdataset", tmp_path / "b"), 9).fingerprint == first
    put(tmp_path / "b" / "x.tar", tar(samples(0, 4)))
    assert plan(data("webdataset", tmp_path / "b"), 2).fingerprint != first
