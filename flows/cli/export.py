"""fermata export."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows import own_server
from flows.cli.options import checked, override, params_options, say

if TYPE_CHECKING:
    from tasks.parity import Parity

PRECISIONS = ("float32", "float16", "int8")


@click.command(
    epilog="""\b
Examples:
  fermata export --precision int8
  fermata export --model out/model --all --out out/precisions
  fermata export --precision int8 --keras-precision float16 --out models/small
  fermata export --onnx out/model.onnx
"""
)
@params_options
@click.option("--model", metavar="DIR", default="out/model", show_default=True, help="A bundle that train wrote.")
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="What is compared on; default: evaluate.split of the parameters.")
@click.option("--precision", type=click.Choice(PRECISIONS), default="int8", show_default=True, help="Of model.tflite.")
@click.option("--all", "every", is_flag=True, help="All precisions, each in its own folder below --out.")
@click.option(
    "--keras-precision", type=click.Choice(PRECISIONS[:2]), default="float32", show_default=True, help="Of model.keras."
)
@click.option("--onnx", metavar="FILE", help="Also as ONNX, in float32 (make install EXTRAS=onnx).")
@click.option("--out", metavar="DIR", default="out/export", show_default=True, help="Where the new bundle goes.")
def command(
    params_file: str,
    overrides: tuple[str, ...],
    model: str,
    data: str,
    split: str | None,
    precision: str,
    every: bool,
    keras_precision: str,
    onnx: str | None,
    out: str,
) -> None:
    """Write a model in another precision, and measure what that costs and gains.

    int8 is calibrated on faces of the training split. Accuracy and probabilities are compared with model.keras on the
    evaluation split; times are those of one thread here.
    """
    overrides = override(overrides, evaluate__split=split)
    checked(params_file, overrides)
    own_server.begin()
    from flows.export import export

    started = time.monotonic()
    found, gap = export(
        params_file=params_file,
        overrides=list(overrides),
        model=model,
        data=data,
        out=out,
        precisions=PRECISIONS if every else (precision,),
        keras_precision=keras_precision,
        onnx=onnx,
    )
    click.echo("\n".join(lines(found)))
    if onnx is not None:
        click.echo(f"{onnx}: a largest gap of {gap:.1e} to model.keras, {Path(onnx).stat().st_size / 1e6:.2f} MB")
    say("export", f"{len(found)} to {out}", seconds=time.monotonic() - started)


def lines(found: "dict[str, Parity]") -> list[str]:
    """What is shown: one line per precision."""
    first = next(iter(found.values()))
    return [
        f"model.keras has accuracy {first.keras_accuracy:.4f} on {first.images:,} images; on one thread:",
        f"{'model.tflite':<13} {'accuracy':>8} {'same emotion':>13} {'largest gap':>12} "
        f"{'ms/face':>8} {'faces/s':>8} {'size':>9}",
        *(
            f"{name:<13} {one.accuracy:>8.4f} {one.agreement:>12.2%} {one.difference:>13.4f} {one.latency_ms:>8.2f} "
            f"{one.faces_per_second:>8,.0f} {one.bytes / 1e6:>6.2f} MB"
            for name, one in found.items()
        ),
    ]
