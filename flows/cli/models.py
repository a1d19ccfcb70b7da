"""fermata models."""

from importlib import import_module
from typing import TYPE_CHECKING

import click

from flows.cli.options import params_options

if TYPE_CHECKING:
    from tasks.models.about import About
    from tasks.models.sizes import Sizes
    from tasks.params import ModelParams

# name -> module of flows.cli and one line; imported when the command runs or shows its help
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "import-reference": ("import_reference", "Register a bundle from elsewhere as first champion."),
    "card": ("card", "Write a model card."),
    "average": ("average", "Make one network of several: the average of their weights."),
    "calibrate": ("calibrate", "Fit how sure a model is, and how that depends on the picture."),
    "history": ("history", "List the versions with what was decided of each."),
    "register": ("register", "Register trainings that the store was away for."),
}


class Lazy(click.Group):
    """A group whose commands are imported one by one, when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of SUBCOMMANDS."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in SUBCOMMANDS:
            return None
        found: click.Command = import_module(f"flows.cli.{SUBCOMMANDS[cmd_name][0]}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        if SUBCOMMANDS:
            with formatter.section("Commands"):
                formatter.write_dl([(name, line) for name, (_, line) in SUBCOMMANDS.items()])


@click.group(
    cls=Lazy,
    invoke_without_command=True,
    epilog="""\b
Examples:
  fermata models
  fermata models --set model.widths=[64,128,256] --set model.blocks=3
  fermata models --size 96 --set model.backbone=MobileNetV3Small
""",
)
@params_options
@click.option(
    "--size", metavar="N", type=click.IntRange(16, 512), help="Side of a face, pixels; default: that of the parameters."
)
@click.pass_context
def command(ctx: click.Context, params_file: str, overrides: tuple[str, ...], size: int | None) -> None:
    """List the architectures with their sizes.

    Parameters that are trained and others (the statistics of batch normalisation); multiply-accumulates for one face,
    in millions; the size of all parameters in float32 and, estimated, of an int8 file.
    """
    if ctx.invoked_subcommand is not None:
        return
    from pathlib import Path

    from tasks import params, quiet
    from tasks.models import ARCHITECTURES
    from tasks.models.about import about
    from tasks.models.sizes import sizes

    settings = params.load(Path(params_file), overrides)
    side = settings.prepare.normalise.size if size is None else size
    with quiet.native_output():
        found = {name: sizes(build, settings.model, side) for name, build in ARCHITECTURES.items()}
    told = {name: about(build) for name, build in ARCHITECTURES.items()}
    click.echo("\n".join(lines(found, told, settings.model, side)))


def lines(found: dict[str, "Sizes"], told: dict[str, "About"], chosen: "ModelParams", side: int) -> list[str]:
    """What is shown: the figures first, then what each architecture is."""
    mark = {name: f"{name} *" if name == chosen.architecture else name for name in found}
    return [
        f"for faces of {side} x {side} pixels; * is the one of the parameters (model.architecture)",
        f"{'name':<15} {'trainable':>12} {'other':>9} {'MMACs':>9} {'float32':>11} {'int8':>11}",
        *(_row(mark[name], sizes) for name, sizes in found.items()),
        "",
        *(
            line
            for name, about in told.items()
            for line in (f"{mark[name]:<15} {about.summary}", f"{'':<15} {about.source}")
        ),
    ]


def _row(name: str, sizes: "Sizes") -> str:
    megabytes = (f"{size / 1e6:>8.2f} MB" for size in (sizes.float32, sizes.int8))
    return f"{name:<15} {sizes.trainable:>12,} {sizes.other:>9,} {sizes.macs / 1e6:>9.1f} {' '.join(megabytes)}"
