"""What a person sees while a flow works: one bar per stage, on standard error, and nothing when it isn't a terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Advance(Protocol):
    """Move the bar: ``done`` of ``total`` (None: unchanged), with a short note behind it."""

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None: ...  # noqa: D102


def note(text: str) -> None:
    """One line on standard error, above the bars."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def bar(name: str, total: int | None = None, address: str | None = None, counted: bool = True) -> Iterator[Advance]:
    """Show a bar called ``name`` while the block runs; ``address`` is the Dask dashboard's.

    Where ``counted`` is False, the note stands alone: it says itself how far the work is. Where standard error is no
    terminal, a line every 10 seconds says so.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(name, total, counted)
        return
    left = [BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn()]
    columns: list[ProgressColumn] = [
        TextColumn("{task.description:<9}"),
        *(left if counted else []),
        TextColumn("{task.fields[note]}", table_column=Column(no_wrap=counted)),
    ]
    with Progress(*columns, console=console, transient=True) as progress:
        if address:
            console.print(f"[dim]{name}: Dask dashboard at {address}[/dim]", highlight=False)
        row = progress.add_task(name, total=total, note="")

        def advance(done: int, total: int | None = None, note: str = "") -> None:
            progress.update(row, completed=done, total=total, note=note)

        yield advance


class _Lines:
    """The bar of a log file."""

    EVERY = 10.0  # seconds

    def __init__(self, name: str, total: int | None, counted: bool) -> None:
        self._name, self._total, self._next = name, total, time.monotonic() + self.EVERY
        self._counted = counted

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        self._total = total if total is not None else self._total
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.EVERY
            whole = "?" if self._total is None else f"{self._total:,}"
            said = f"{done:,} of {whole} {note}" if self._counted else note
            print(f"{self._name}: {said}".rstrip(), file=sys.stderr, flush=True)  # noqa: T201
