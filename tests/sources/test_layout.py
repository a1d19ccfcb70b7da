import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import SourceError
from tasks.schema import EMOTIONS
from tasks.sources.layout import ALIASES, arrange


def placed(*names: str) -> list[tuple[str, str] | None]:
    return [place and (place.split, EMOTIONS[place.label]) for place in arrange(names).places]


@pytest.mark.parametrize(
    ("name", "split", "emotion"),
    [
        ("train/happy/1.jpg", "training", "happy"),
        ("Train/HAPPINESS/1.jpg", "training", "happy"),
        ("test/anger/1.jpg", "test", "angry"),
        ("test/angry/PublicTest_77.jpg", "public", "angry"),
        ("test/angry/PrivateTest_77.jpg", "private", "angry"),
        ("test/angry/Training_77.jpg", "training", "angry"),
        ("PublicTest/fear/1.png", "public", "fear"),
        ("PrivateTest/fearful/1.png", "private", "fear"),
        ("val/surprised/1.png", "validation", "surprise"),
        ("fer2013/train/sadness/1.jpg", "training", "sad"),
        ("a/b/test/disgusted/1.jpg", "test", "disgust"),
        ("my-faces/neutral/1.jpg", "training", "neutral"),
        ("neutral/1.jpg", "training", "neutral"),
        ("train\\happy\\1.jpg", "training", "happy"),
        ("/train/happy/1.jpg", "training", "happy"),
        ("./train/happy/deeper/1.jpg", "training", "happy"),
    ],
)
def test_names_say_split_and_class(name: str, split: str, emotion: str) -> None:
    assert placed(name) == [(split, emotion)]


def test_several_folders_beside_each_other_are_splits() -> None:
    assert placed("Studio A/happy/1.jpg", "street/sad/2.jpg") == [("studio a", "happy"), ("street", "sad")]


def test_every_emotion_has_its_own_name_and_aliases_hit_all() -> None:
    assert set(ALIASES.values()) == set(EMOTIONS)
    assert all(ALIASES[emotion] == emotion for emotion in EMOTIONS)


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "train/happy/.DS_Store", "train/happy/Thumbs.db", "__MACOSX/train/happy/._1.jpg", "../happy/1.jpg"],
)
def test_junk_and_ways_out_of_the_root_are_ignored_silently(name: str) -> None:
    layout = arrange([name, "train/happy/1.jpg"])
    assert layout.places[0] is None
    assert layout.places[1] is not None
    assert layout.strays == []


def test_files_beside_class_folders_are_strays() -> None:
    layout = arrange(["README.md", "train/notes.txt", "train/happy/1.jpg", "test/sad/2.jpg"])
    assert layout.strays == ["README.md", "train/notes.txt"]
    assert [place is None for place in layout.places] == [True, True, False, False]


@pytest.mark.parametrize("name", ["train/contempt/1.jpg", "contempt/1.jpg", "docs/notes.txt"])
def test_an_unknown_class_is_named(name: str) -> None:
    folder = name.rpartition("/")[0]
    with pytest.raises(SourceError) as caught:
        arrange(["train/happy/1.jpg", name])
    assert f"folder {folder!r} is no known class. Known: afraid, anger, angry" in str(caught.value)


@given(st.lists(st.text("ab/\\. ", max_size=12).map(lambda middle: f"x{middle}/happy/{middle}f.jpg"), max_size=5))
def test_places_come_in_the_order_of_the_names(names: list[str]) -> None:
    layout = arrange(names)
    assert len(layout.places) == len(names)
    for place in layout.places:
        assert place is None or (place.label == EMOTIONS.index("happy") and ".." not in place.split.split("/"))
