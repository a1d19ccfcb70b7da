"""What a plan saw of labels and splits, and what the user should know about it."""

from collections import Counter
from collections.abc import Iterator

from tasks.errors import SourceError
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.words import ALIASES, Meaning, shown


class Tally:
    """Counts images by what their words mean."""

    def __init__(self) -> None:
        self._known: Counter[tuple[str, int]] = Counter()
        self._unknown: Counter[str] = Counter()

    def add(self, word: str, meaning: Meaning, times: int = 1) -> None:
        """Count ``times`` images with the label ``word``."""
        if meaning.label == UNKNOWN:
            self._unknown[word] += times
        else:
            self._known[meaning.split, meaning.label] += times

    def warnings(self, path: str) -> list[str]:
        """One line each: labels that are no emotion, emotions that a split has no image of.

        Raises:
            SourceError: not one label is an emotion.
        """
        if self._unknown and not self._known:
            raise SourceError(
                f"data.path: no label in {path!r} is an emotion. Found: {self._found(10)}. Known: "
                f"{', '.join(sorted(ALIASES))}. Say in data.labels which is which"
            )
        return [*self._strangers(), *self._gaps()]

    def _strangers(self) -> Iterator[str]:
        if total := self._unknown.total():
            yield (
                f"{total:,} images are rejected, because their labels are no emotions: {self._found(5)}. "
                "data.labels can map them"
            )

    def _gaps(self) -> Iterator[str]:
        for split in sorted({split for split, _ in self._known}):
            missing = [emotion for label, emotion in enumerate(EMOTIONS) if not self._known[split, label]]
            if missing:
                yield f"split {split!r} has no images of {', '.join(missing)}"

    def _found(self, most: int) -> str:
        words = sorted(self._unknown, key=lambda word: (-self._unknown[word], word))
        more = f" and {len(words) - most:,} more" if len(words) > most else ""
        return ", ".join(map(shown, words[:most])) + more
