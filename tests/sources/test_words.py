import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import ParamsError
from tasks.params import Data
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.words import ALIASES, Meaning, clean, words

PLAIN = words(Data())


def test_every_emotion_has_its_own_name_and_aliases_hit_all() -> None:
    assert set(ALIASES.values()) == set(EMOTIONS)
    assert all(PLAIN.label(emotion) == EMOTIONS.index(emotion) for emotion in EMOTIONS)


def test_labels_of_the_data_set_come_on_top_of_the_aliases() -> None:
    known = words(Data(labels={"3": "happy", "Contempt": "disgust", "joy": "surprise"}))
    found = [known.label(word) for word in ("3", "3.0", " CONTEMPT ", "joy", "Sadness", "4", "")]
    names = [EMOTIONS[label] if label != UNKNOWN else "" for label in found]
    assert names == ["happy", "happy", "disgust", "surprise", "sad", "", ""]


def test_an_emotion_that_does_not_exist_is_named() -> None:
    with pytest.raises(
        ParamsError, match=r"data\.labels: '7' is mapped to 'contempt', which is no emotion\. Known: angry"
    ):
        words(Data(labels={"7": "contempt"}))


@pytest.mark.parametrize("split", ["", "../out", "a/b", "a\\b", ".", "x" * 101, "a\nb", " a"])
def test_a_split_that_is_no_name_is_refused(split: str) -> None:
    with pytest.raises(ParamsError, match=r"data\.splits: 'odd' is mapped to .* no name of a split"):
        words(Data(splits={"odd": split}))


def test_meanings_say_why_they_cannot_be_used() -> None:
    known = words(Data(splits={"": "public", "Fold 3": "validation"}))
    assert known.meaning("joy", "Fold 3") == Meaning("validation", EMOTIONS.index("happy"))
    assert known.meaning("joy", "") == Meaning("public", EMOTIONS.index("happy"))
    assert known.meaning("joy", "Studio A") == Meaning("studio a", EMOTIONS.index("happy"))
    assert known.meaning("bored", "train") == Meaning(
        "training", UNKNOWN, "unknown_label", "label 'bored' is no emotion: map it in data.labels"
    )
    assert known.meaning("joy", "../../etc") == Meaning(
        "training", EMOTIONS.index("happy"), "refused", "split '../../etc' is no name: map it in data.splits"
    )


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_words_have_a_meaning(label: str, split: str) -> None:
    meaning = PLAIN.meaning(label, split)
    assert meaning.split
    assert not set("/\\") & set(meaning.split)
    assert meaning.split not in (".", "..")
    assert (meaning.label == UNKNOWN) <= bool(meaning.reason)


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.parquet", "train"),
        ("train-00000-of-00002.parquet", "train"),
        ("data/test-00000-of-00002.parquet", "test"),
        ("data/fold_1-00000-of-00002.parquet", "fold_1"),
        ("fold_1-00000-of-00002.parquet", ""),
        ("train/0000.parquet", "train"),
        ("default/validation/0000.parquet", "validation"),
        ("val_set/part-00003.parquet", "val_set"),
        ("test/data-00000-of-00001.arrow", "test"),
        ("data/data-00000-of-00001.arrow", ""),
        ("my_faces-train.arrow", "train"),
        ("faces-train-000123.tar", "train"),
        ("train.2024/part.tar.gz", ""),
        ("train/public/x.tar", "public"),
        ("train/test-1.tar", "test"),
        ("x", ""),
    ],
)
def test_paths_call_their_split(path: str, split: str) -> None:
    assert PLAIN.split_word(path.split("/")) == split


@given(st.text())
def test_clean_text_can_be_written(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


def test_names_that_are_not_utf8_are_shown() -> None:
    assert clean("\udce9t\udce9") == "\\udce9t\\udce9"
    assert clean("\ud800") == "\\ud800"
