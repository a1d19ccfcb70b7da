"""Options that several commands share, and parameters set by options."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tasks.params import Params

F = Callable[..., Any]


def params_options(command: F) -> F:
    """Add --params and --set."""
    command = click.option("--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Override a parameter.")(
        command
    )
    return click.option(
        "--params", "params_file", metavar="FILE", default="params.yaml", show_default=True, help="The parameters."
    )(command)


def override(overrides: tuple[str, ...], **chosen: Any) -> tuple[str, ...]:
    """Overrides for options that were given: ``score__fps=2`` stands for score.fps; None is not given."""
    return overrides + tuple(
        f"{name.replace('__', '.')}={json.dumps(value)}" for name, value in chosen.items() if value is not None
    )


def sampled(
    overrides: tuple[str, ...],
    model: str | None,
    sampling: str | None,
    every: int | None,
    fps: float | None,
    most_fps: float | None,
    detector: str | None,
    detector_weights: str | None,
    workers: int | None,
    scheduler: str | None,
) -> tuple[str, ...]:
    """Overrides for what is looked at, and with what: the options that scoring and planning share.

    Raises:
        click.UsageError: options that exclude each other.
    """
    if every is not None and fps is not None:
        raise click.UsageError("--every and --fps exclude each other")
    if every is not None and sampling not in (None, "every"):
        raise click.UsageError(f"--every and --sampling {sampling} exclude each other")
    if fps is not None and sampling in ("every", "keyframes"):
        raise click.UsageError(f"--fps and --sampling {sampling} exclude each other")
    return override(
        overrides,
        score__model=model,
        score__sampling=sampling or ("every" if every else None if fps is None else "fps"),
        score__every=0 if fps is not None or sampling in ("fps", "keyframes", "adaptive") else every,
        score__fps=fps,
        score__most_fps=most_fps,
        score__detector__name=detector or ("yunet" if detector_weights else None),
        score__detector__weights=detector_weights,
        cluster__workers=workers,
        cluster__address=scheduler,
    )


def checked(params_file: str, overrides: tuple[str, ...]) -> "Params":
    """The parameters; complains about them before anything slow starts."""
    from flows import security
    from tasks import params

    settings = params.load(Path(params_file), overrides)
    security.check(settings.cluster)
    return settings


def say(name: str, what: str, result: str = "", seconds: float | None = None) -> None:
    """One line per thing done: its name, what it did, and how long it took."""
    time = "" if seconds is None else f"{seconds:6.1f} s"
    click.echo(f"{name:<9} {what:<52} {result:<44} {time}".rstrip())
