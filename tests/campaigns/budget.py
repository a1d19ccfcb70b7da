"""How long a campaign goes on: a number of rounds, or some seconds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Budget:
    """``rounds`` where that is given, else the campaign's own number; with ``seconds``, as many as fit.

    With ``slice`` everything is small, as for a test.
    """

    rounds: int | None = None
    seconds: float | None = None
    slice: bool = False
    started: float = field(default_factory=time.monotonic)

    def size(self, usual: int) -> int:
        """Rounds that are wanted, where ``usual`` stands for a full campaign."""
        return self.rounds or usual

    def turns(self, usual: int) -> Iterator[int]:
        """0, 1, ... until the rounds, or the seconds, are over; the first one is always there."""
        number = 0
        while number < self.size(usual) if self.seconds is None else not number or self.left() > 0:
            yield number
            number += 1

    def left(self) -> float:
        """Seconds."""
        return float("inf") if self.seconds is None else self.started + self.seconds - time.monotonic()
