"""Which split is judged, by the data set's own word or by Fermata's."""

from collections.abc import Iterable, Mapping

from tasks.errors import SourceError
from tasks.sources.layout import PREFIXES, parts
from tasks.sources.source import Chunk, Plan
from tasks.sources.words import DEFAULT, Words


def choose(counts: Mapping[str, int], asked: str | None, usual: str, words: Words, divided: bool = True) -> str:
    """The split of the data set that ``asked`` means.

    Args:
        counts: split -> images.
        asked: a word for it, such as PrivateTest, test or private; None: the only one, or ``usual``.
        usual: what is judged when nothing is said.
        words: for the data set's words.
        divided: whether the data set says which image is of which split; where it does not, all of it is judged
            whatever it is called.

    Raises:
        SourceError: there is none of that name, or several and none was named; all are listed.
    """
    names = sorted(name for name, images in counts.items() if images)
    if asked is None:
        if len(names) == 1:
            return names[0]
        if usual in names:
            return usual
        raise SourceError(f"split: several to choose from, and none was named. Give --split with {_listed(counts)}")
    if not divided and len(names) == 1:
        return names[0]
    if asked in names:
        return asked
    meant = words.split(asked)
    if meant in names:
        return str(meant)
    raise SourceError(f"split: the data set has no {asked!r}. There are: {_listed(counts)}")


def called(asked: str | None, chosen: str, words: Words, divided: bool) -> str:
    """The name under which ``chosen`` is reported: the asked one where the data set does not say any."""
    return (words.split(asked) or chosen) if asked is not None and not divided else chosen


def divided(plan: Plan, words: Words) -> bool:
    """Whether anything in the data set says of which split its images are."""
    if any("all rows are training" in warning for warning in plan.warnings):
        return False
    return any(_says(chunk, words) for chunk in plan.chunks)


def _says(chunk: Chunk, words: Words) -> bool:
    if chunk.members:
        return any(member.split != DEFAULT or _named(parts(member.name), words) for member in chunk.members)
    if chunk.spans:
        return any(span.sheet.fields.split or span.sheet.split for span in chunk.spans)
    return True  # a FER-2013 CSV: told by its rows


def _named(path: Iterable[str], words: Words) -> bool:
    return any(part.lower() in words.splits or part.startswith(tuple(PREFIXES)) for part in path)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({images:,})" for name, images in sorted(counts.items()) if images) or "none"
