"""What an architecture is and where it is from, in its own module's words."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class About:
    """One line on what it is, and one on where it is from."""

    summary: str
    source: str


def about(build: Callable[..., Any]) -> About:
    """Read the docstring of the module of ``build``: its first line, and its paragraph that begins with ``Source:``.

    Raises:
        ValueError: it has no such paragraph.
    """
    text = inspect.getdoc(sys.modules[build.__module__]) or ""
    summary, _, rest = text.partition("\n")
    for paragraph in rest.split("\n\n"):
        line = " ".join(paragraph.split())
        if line.startswith("Source: "):
            return About(summary, line.removeprefix("Source: "))
    raise ValueError(f"{build.__module__}: its docstring has no paragraph 'Source: ...'")
