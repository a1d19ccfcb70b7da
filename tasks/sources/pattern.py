"""``data.pattern``: what stands where in the paths of a data set.

``{split}/{label}/{group}_{}.jpg`` says that the first folder is the split, the second the label, and that the file's
name starts with the group. ``{}`` is anything; a name in braces captures at least one character; all of them stay
within one folder or file name. ``{**}`` is anything across folders, and ``{**}/`` also no folder at all. Everything
else stands for itself, in any case.

After `` -> `` may stand how the path is written instead: ``{split}_{}.jpg -> aligned/{split}_{}_aligned.jpg`` reads
``train_00001.jpg`` and gives ``aligned/train_00001_aligned.jpg``. There ``{}`` and ``{**}`` are what they were on the
left, one after the other.
"""

import re
from typing import Final, NamedTuple

from tasks.errors import ParamsError

NAMES: Final = ("split", "label", "group")
ARROW: Final = " -> "

_HOLE = re.compile(r"(\{\*\*\}/|\{[^{}]*\})")
_ANY: Final = {"{}": "[^/]*?", "{**}": ".*?", "{**}/": "(?:.*?/)?"}


class Captured(NamedTuple):
    """What a path says; empty where the pattern does not ask for it."""

    path: str  # as it is written instead
    split: str = ""
    label: str = ""
    group: str = ""


class Pattern(NamedTuple):
    """A pattern, compiled."""

    regex: re.Pattern[str]
    template: tuple[str, ...]  # literals and names of captures in turn; empty: the path stays

    def read(self, path: str) -> Captured | None:
        """What ``path`` says, or None where it is not of this form."""
        match = self.regex.fullmatch(path)
        if match is None:
            return None
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        pieces = [found.get(piece, "") if at % 2 else piece for at, piece in enumerate(self.template)]
        return Captured("".join(pieces) if pieces else path, *(found.get(name, "") for name in NAMES))


def compiled(text: str, required: tuple[str, ...] = ()) -> Pattern:
    """Understand ``data.pattern``.

    Args:
        required: those of NAMES that must be in it.

    Raises:
        ParamsError: an unknown name, one that stands twice or is missing, a brace without its other half.
    """
    left, arrow, right = text.partition(ARROW)
    literals, holes, names = _parsed(left, text)
    for name in NAMES:
        if names.count(name) > 1:
            raise ParamsError(f"data.pattern: {text!r} has {{{name}}} twice")
        if name in required and name not in names:
            raise ParamsError(f"data.pattern: {text!r} has no {{{name}}}, as {{split}}/{{label}}/{{}} has")
    expression = re.escape(literals[0])
    for hole, name, literal in zip(holes, names, literals[1:], strict=True):
        expression += f"(?P<{name}>{_ANY.get(hole, '[^/]+?')}){re.escape(literal)}"
    template: list[str] = []
    if arrow:
        literals, _, wanted = _parsed(right, text)
        if extra := [name for name in wanted if name not in names]:
            kind = f"{{{extra[0]}}}" if extra[0] in NAMES else "{}"
            raise ParamsError(f"data.pattern: {text!r} has more {kind} on the right of the arrow than on its left")
        template = [*(piece for pair in zip(literals, wanted, strict=False) for piece in pair), literals[-1]]
    return Pattern(re.compile(expression, re.IGNORECASE | re.DOTALL), tuple(template))


def _parsed(side: str, text: str) -> tuple[list[str], list[str], list[str]]:
    """Literals around holes, the holes, and their names: the n-th that has none is ``any<n>``."""
    pieces = _HOLE.split(side)
    literals, holes = pieces[::2], pieces[1::2]
    if any(brace in literal for literal in literals for brace in "{}"):
        raise ParamsError(f"data.pattern: {text!r} has a brace without its other half")
    names: list[str] = []
    for hole in holes:
        name = f"any{sum(one in _ANY for one in holes[: len(names)])}" if hole in _ANY else hole[1:-1]
        if hole not in _ANY and name not in NAMES:
            raise ParamsError(
                f"data.pattern: {text!r} has {hole}. Known: {{}}, {{**}}, {{split}}, {{label}}, {{group}}"
            )
        names.append(name)
    return literals, holes, names
