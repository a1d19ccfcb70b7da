"""fermata models."""

import click


@click.command(
    epilog="""\b
Example:
  fermata models
"""
)
def command() -> None:
    """List the architectures with their trainable and other parameters."""
    from tasks import quiet
    from tasks.models import ARCHITECTURES
    from tasks.models.sizes import sizes

    with quiet.native_output():
        rows = [(name, *sizes(build)) for name, build in ARCHITECTURES.items()]
    click.echo(f"{'name':<14} {'trainable':>12} {'other':>10} {'float32':>10}")
    for name, trainable, other in rows:
        click.echo(f"{name:<14} {trainable:>12,} {other:>10,} {(trainable + other) * 4 / 1e6:>7.1f} MB")
