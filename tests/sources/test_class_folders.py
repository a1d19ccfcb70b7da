import os
import time
from collections import Counter
from pathlib import Path

import pytest
from made_sources import content, make_folders, put, said, zipped
from made_sources import data as made
from made_sources import records as read_whole

from tasks.errors import ParamsError, SourceError
from tasks.params import Data
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources import SOURCES
from tasks.sources.class_folders import plan, read
from tasks.sources.source import Record

ZIP = Path(__file__).parents[2].parent / "shared" / "data" / "fer2013" / "fer2013.zip"


def data(path: Path) -> Data:
    return made("class-folders", path)


def records(path: Path, rows: int = 7) -> list[Record]:
    return read_whole(data(path), rows)


def test_files_become_records(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "faces")
    found = {record.key: record for record in records(root)}
    assert len(found) == 40
    record = found["train/surprised/3.png"]
    assert (record.split, EMOTIONS[record.label]) == ("training", "surprise")
    assert record.data == content(3)
    assert Counter(one.split for one in found.values()) == {"training": 30, "test": 10}


def test_order_is_of_the_keys_alone(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "faces")
    whole = [record.key for record in records(root, 1000)]
    assert whole == [record.key for record in records(root, 7)]
    assert whole != sorted(whole)
    first = plan(data(root), 16).chunks[0]
    assert len({member.label for member in first.members}) == 4  # each chunk is a mixture


def test_folder_and_zip_give_the_same(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "faces")
    path = zipped(root, tmp_path / "faces.zip")
    from_folder, from_zip = records(root), records(path)
    assert [(r.key, r.split, r.label, r.data) for r in from_folder] == [
        (r.key, r.split, r.label, r.data) for r in from_zip
    ]
    # A zip alone in a folder is found, with DVC's note beside it.
    put(tmp_path / "raw" / "faces.zip", path.read_bytes())
    put(tmp_path / "raw" / "faces.zip.dvc", b"outs: []")
    put(tmp_path / "raw" / ".gitignore", b"/faces.zip")
    assert len(records(tmp_path / "raw")) == 40


def test_warnings_name_empty_classes_and_strays(tmp_path: Path) -> None:
    for emotion in EMOTIONS:
        put(tmp_path / "train" / emotion / "1.png", b"x")
    (tmp_path / "test" / "fear").mkdir(parents=True)
    put(tmp_path / "test" / "happy" / "1.png", b"x")
    for name in "abcd":
        put(tmp_path / f"{name}.txt", b"x")
    warnings = plan(data(tmp_path), 10).warnings
    assert warnings == (
        "split 'test' has no images of angry, disgust, fear, neutral, sad, surprise",
        "4 files outside class folders are ignored: a.txt, b.txt, c.txt, ...",
    )


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_an_unknown_class_is_rejected_with_its_pictures(tmp_path: Path, kind: str) -> None:
    root = make_folders(tmp_path / "faces")
    put(root / "train" / "contempt" / "1.png", content(1))
    put(root / "train" / "contempt" / "2.png", content(2))
    path = root if kind == "folder" else zipped(root, tmp_path / "faces.zip")
    found = {record.key: record for record in records(path)}
    assert len(found) == 42
    record = found["train/contempt/2.png"]
    assert (record.split, record.label, record.reason, record.data) == (
        "training",
        UNKNOWN,
        "unknown_label",
        content(2),
    )
    assert record.error == "label 'contempt' is no emotion: map it in data.labels"
    warning = plan(data(path), 10).warnings[0]
    assert warning.startswith("2 images are rejected, because their labels are no emotions: 'contempt'.")


def test_no_known_class_at_all_says_what_is_there_and_what_is_known(tmp_path: Path) -> None:
    for name in "01":
        put(tmp_path / "train" / name / "1.png", b"x")
    with pytest.raises(SourceError) as caught:
        plan(data(tmp_path), 10)
    message = str(caught.value)
    assert "is an emotion. Found: '0', '1'. Known: afraid, anger, angry" in message
    assert message.endswith("Say in data.labels which is which")


def test_numbers_are_mapped(tmp_path: Path) -> None:
    put(tmp_path / "train_set" / "0" / "1.png", b"x")
    put(tmp_path / "val_set" / "7" / "2.png", b"x")
    wanted = made("class-folders", tmp_path, labels={"0": "neutral"}, splits={"val_set": "public"})
    found = read_whole(wanted)
    assert said(found) == {"train_set/0/1.png": ("training", "neutral", ""), "val_set/7/2.png": ("public", "", "")}


@pytest.mark.parametrize(
    ("name", "pattern", "labels", "meaning"),
    [
        ("train_set/7/123.jpg", "{split}/{label}/{}", {"7": "happy"}, ("training", "happy", "")),
        ("anger/S010_004_00000017.png", "{label}/{group}_{}", {}, ("training", "angry", "S010")),
        ("test/3/test_1_aligned.jpg", "{split}/{label}/{}_aligned.jpg", {"3": "disgust"}, ("test", "disgust", "")),
    ],
    ids=["AffectNet", "CK+48", "RAF-DB"],
)
def test_other_layouts_are_said_by_parameters(
    tmp_path: Path, name: str, pattern: str, labels: dict[str, str], meaning: tuple[str, str, str]
) -> None:
    put(tmp_path / name, b"x")
    put(tmp_path / "README.md", b"x")
    wanted = made("class-folders", tmp_path, pattern=pattern, labels=labels)
    assert said(read_whole(wanted)) == {name: meaning}
    assert f"1 files not of the form {pattern} are ignored: README.md" in plan(wanted, 10).warnings


def test_a_pattern_without_a_label_is_a_wrong_parameter(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"data\.pattern: '\{\}' has no \{label\}"):
        plan(made("class-folders", tmp_path, pattern="{}"), 10)


@pytest.mark.parametrize("kind", ["missing", "empty folder", "junk only", "empty classes", "broken zip", "a text"])
def test_nothing_to_read_says_what_to_do(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.zip"
    if kind == "empty folder":
        path.mkdir()
    elif kind == "junk only":
        put(path / "train" / "happy" / "Thumbs.db", b"x")
    elif kind == "empty classes":
        (path / "train" / "happy").mkdir(parents=True)
    elif kind == "broken zip":
        path.write_bytes(b"PK\x03\x04 and no more")
    elif kind == "a text":
        path.write_text("hello")
    with pytest.raises(SourceError) as caught:
        plan(data(path), 10)
    message = str(caught.value)
    assert message.startswith("data.path: ")
    assert str(path) in message
    assert message.endswith('Put FER-2013 there (README, "Bring FER-2013") or set data.source: synthetic')
    if kind == "missing":
        assert f"no file or folder at '{path}'" in message


def test_files_that_cannot_be_read_are_records(tmp_path: Path) -> None:
    folder = tmp_path / "happy"
    put(folder / "gone.png", b"x")
    put(folder / "good.png", b"y")
    (folder / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    chunks = plan(data(tmp_path), 10).chunks
    (folder / "gone.png").unlink()
    errors = {record.key: record.error for record in read(chunks[0])}
    assert errors == {
        "happy/gone.png": "cannot be read: No such file or directory",
        "happy/dangling.png": "cannot be read: No such file or directory",
        "happy/pipe.png": "not a regular file",
        "happy/good.png": None,
    }


def test_a_damaged_member_is_a_record(tmp_path: Path) -> None:
    path = zipped(make_folders(tmp_path / "faces"), tmp_path / "faces.zip")
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(content(3)) + 40] ^= 0xFF
    path.write_bytes(damaged)
    broken = [record for record in records(path) if record.error is not None]
    assert [(record.key, record.error) for record in broken] == [
        ("train/surprised/3.png", "the zip's entry is damaged: wrong length or CRC-32")
    ]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_data_set_that_went_away_is_a_source_error(tmp_path: Path, kind: str) -> None:
    root = make_folders(tmp_path / "faces")
    path = root if kind == "folder" else zipped(root, tmp_path / "faces.zip")
    chunk = plan(data(path), 10).chunks[0]
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="no folder or zip at"):
        list(read(chunk))


def test_the_fingerprint_is_of_the_content_alone(tmp_path: Path) -> None:
    root = make_folders(tmp_path / "faces")
    first = plan(data(root), 7).fingerprint
    moved = root.rename(tmp_path / "elsewhere")
    assert plan(data(moved), 100).fingerprint == first
    path = zipped(moved, tmp_path / "faces.zip")
    packed = plan(data(path), 7).fingerprint
    assert plan(data(path.rename(tmp_path / "other.zip")), 9).fingerprint == packed
    put(moved / "train" / "happy" / "1.png", content(77))
    assert plan(data(moved), 7).fingerprint != first
    assert plan(data(zipped(moved, tmp_path / "changed.zip")), 7).fingerprint != packed


def test_names_that_are_not_utf8_are_shown(tmp_path: Path) -> None:
    folder = tmp_path / "happy"
    folder.mkdir()
    name = os.fsdecode(b"\xe9t\xe9.png")
    put(folder / name, b"x")
    (record,) = records(tmp_path)
    assert (record.key, record.data) == ("happy/\\udce9t\\udce9.png", b"x")


@pytest.mark.real
@pytest.mark.skipif(not ZIP.exists(), reason="../shared/data/fer2013 is absent")
def test_the_real_zip_is_planned_quickly() -> None:
    started = time.process_time()
    made = SOURCES["class-folders"].plan(data(ZIP), 4096)
    assert time.process_time() - started < 2
    assert made.warnings == ()
    members = [member for chunk in made.chunks for member in chunk.members]
    assert Counter(member.split for member in members) == {"training": 28709, "public": 3589}
    assert sum(member.label == EMOTIONS.index("disgust") for member in members) == 436 + 56
    assert [len(chunk.members) for chunk in made.chunks] == [4096] * 7 + [32298 - 7 * 4096]
