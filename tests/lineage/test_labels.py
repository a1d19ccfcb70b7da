from pathlib import Path

import pytest
from scored_folder import Media, write_folder

from tasks.errors import UsageError
from tasks.lineage import labels
from tasks.lineage.asked import Labels

MEDIA = [
    Media("a.png", "scored", (("happy", "sad"),)),
    Media("clip.mp4", "scored", (("fear",), (), ("angry", "sad")), "video"),
    Media("box.zip", "scored", (("surprise",),), member="in/a.png"),
    Media("empty.png", "no_face", ((),)),
]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "labels", MEDIA, thumbs=None)


def test_one_label_is_found_with_the_model_that_gave_it(out: Path) -> None:
    found = labels.read(Labels(out, "a.png", 0, 1))
    assert found.first is not None
    assert (found.count, found.first["emotion"], found.first["face"]) == (1, "sad", 1)
    assert found.version == found.first["model_version"]
    assert found.run["model"]


def test_a_file_a_member_and_the_whole_run(out: Path) -> None:
    clip = labels.read(Labels(out, "clip.mp4"))
    assert clip.first is not None
    assert (clip.count, clip.first["emotion"]) == (3, "fear")
    member = labels.read(Labels(out, "box.zip::in/a.png"))
    assert member.first is not None
    assert member.first["emotion"] == "surprise"
    assert (labels.read(Labels(out)).count, labels.read(Labels(out)).first) == (6, None)


@pytest.mark.parametrize(
    ("asked", "said"),
    [(("none.png",), "'none.png'"), (("a.png", 7), "'a.png' frame 7"), (("a.png", 0, 9), "'a.png' frame 0 face 9"),
     (("empty.png",), "'empty.png'")],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(out: Path, asked: tuple[str], said: str) -> None:
    with pytest.raises(UsageError, match=f"has no label of {said}.*'a.png'"):
        labels.read(Labels(out, *asked))


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run\.json is missing"):
        labels.read(Labels(tmp_path))
