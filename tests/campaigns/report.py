"""What a campaign says: lines while it runs, failures at the end."""

from dataclasses import dataclass, field

import click


@dataclass
class Report:
    """The growing record of one campaign; it passed when there are no failures.

    Attributes:
        name: of the campaign.
        seed: what repeats it.
        lines: figures, in the order in which they were seen.
        failures: what should not have happened, each with what is needed to see it again.
    """

    name: str
    seed: int
    lines: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add and print a line: a campaign that is stopped after an hour has said what it knew."""
        self.lines.append(text)
        click.echo(f"{self.name}: {text}")

    def fail(self, text: str) -> None:
        """Add and print a failure."""
        self.failures.append(text)
        click.echo(f"{self.name}: FAILED (seed {self.seed}): {text}", err=True)

    def check(self, fine: bool, text: str) -> None:
        """Fail with ``text`` unless ``fine``."""
        if not fine:
            self.fail(text)
