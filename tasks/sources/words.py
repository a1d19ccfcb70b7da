"""The data set's words for emotions and splits, and what they mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from tasks.errors import ParamsError
from tasks.params import Data
from tasks.schema import EMOTIONS, UNKNOWN

ALIASES: Final = {
    "angry": "angry", "anger": "angry",
    "disgust": "disgust", "disgusted": "disgust",
    "fear": "fear", "fearful": "fear", "afraid": "fear", "scared": "fear",
    "happy": "happy", "happiness": "happy", "joy": "happy",
    "neutral": "neutral", "neutrality": "neutral",
    "sad": "sad", "sadness": "sad",
    "surprise": "surprise", "surprised": "surprise",
}  # fmt: skip
SPLITS: Final = {
    "train": "training", "training": "training", "train_set": "training", "fer2013train": "training",
    "val": "validation", "valid": "validation", "validation": "validation", "val_set": "validation",
    "publictest": "public", "public": "public", "fer2013valid": "public",
    "privatetest": "private", "private": "private", "fer2013test": "private",
    "test": "test", "testing": "test", "test_set": "test", "dev": "dev", "eval": "eval",
}  # fmt: skip
DEFAULT: Final = "training"  # where a data set says nothing of splits

# A split becomes a folder's name: nothing that leads elsewhere.
_NAME = re.compile(r"(?![. ])[^/\\\x00-\x1f\x7f\ud800-\udfff]{1,100}(?<! )")
_SHARD = re.compile(r"(.+?)-\d+(-of-\d+)?")  # train-00000-of-00002


class Meaning(NamedTuple):
    """What an image's own words say; ``reason`` and ``detail`` say why they cannot be used, and are empty else."""

    split: str
    label: int
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Words:
    """Known words in lower case: ``labels`` to positions in EMOTIONS, ``splits`` to names."""

    labels: Mapping[str, int]
    splits: Mapping[str, str]

    def label(self, word: str) -> int:
        """Position in EMOTIONS, or UNKNOWN; ``3.0`` is 3, as tables with gaps write whole numbers."""
        plain = word.strip().lower()
        found = self.labels.get(plain)
        return self.labels.get(plain.removesuffix(".0"), UNKNOWN) if found is None else found

    def split(self, word: str) -> str | None:
        """The name of the split, the word itself where it is not known; None for what is no name."""
        plain = word.strip().lower()
        if found := self.splits.get(plain) or (None if plain else DEFAULT):
            return found
        return plain if _NAME.fullmatch(plain) else None

    def meaning(self, label: str, split: str) -> Meaning:
        """Both words of one image."""
        name = self.split(split)
        if name is None:
            return Meaning(
                DEFAULT, self.label(label), "refused", f"split {shown(split)} is no name: map it in data.splits"
            )
        number = self.label(label)
        if number == UNKNOWN:
            return Meaning(name, number, "unknown_label", unknown(label))
        return Meaning(name, number)

    def split_word(self, path: Sequence[str]) -> str:
        """What folders and a file's name call their split, as ``data/train-00000-of-00002.parquet`` does; or nothing.

        The file's whole name says most, then the last known word in it, then the deepest known folder, then the name
        that Hugging Face gave a split of one's own in its folder ``data``.
        """
        *folders, file = [part.lower() for part in path]
        stem = file.split(".", 1)[0]
        numbered = _SHARD.fullmatch(stem)
        name = numbered[1] if numbered else stem
        for word in (stem, name, *reversed(re.split(r"[-_. ]", name)), *reversed(folders)):
            if word and word in self.splits:
                return word
        own = numbered and numbered[2] and folders[-1:] == ["data"] and name != "data"
        return name if own else ""


def words(data: Data, numbers: Sequence[str] = ()) -> Words:
    """The usual aliases, under what ``data.labels`` and ``data.splits`` add or change.

    Args:
        numbers: emotions that the source's own numbers from 0 stand for.

    Raises:
        ParamsError: an emotion that does not exist, a split that is no name.
    """
    labels = {alias: EMOTIONS.index(emotion) for alias, emotion in ALIASES.items()}
    labels |= {str(number): EMOTIONS.index(emotion) for number, emotion in enumerate(numbers)}
    for word, emotion in data.labels.items():
        if emotion not in EMOTIONS:
            raise ParamsError(
                f"data.labels: {shown(word)} is mapped to {shown(emotion)}, which is no emotion. "
                f"Known: {', '.join(EMOTIONS)}"
            )
        labels[word.strip().lower()] = EMOTIONS.index(emotion)
    for word, split in data.splits.items():
        if not _NAME.fullmatch(split):
            raise ParamsError(f"data.splits: {shown(word)} is mapped to {shown(split)}, which is no name of a split")
    return Words(labels, {**SPLITS, **{word.strip().lower(): split for word, split in data.splits.items()}})


def unknown(word: str) -> str:
    """Why an image with the label ``word`` is rejected."""
    return f"label {shown(word)} is no emotion: map it in data.labels"


def clean(text: str) -> str:
    """Valid Unicode: bytes of a name that are not UTF-8 become ``\\udcff`` and the like, as tables hold text only."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def shown(word: str) -> str:
    """A word of the data set in a message: quoted, and not at any length."""
    return repr(word if len(word) <= 40 else f"{word[:40]}...")
