"""fermata features."""

import time

import click

from flows import own_server
from flows.cli.options import checked, override, params_options, say


@click.command(
    epilog="""\b
Examples:
  fermata features --split public
  fermata features --model out/model --layer last_relu --out out/features.parquet --precision float16
"""
)
@params_options
@click.option("--model", metavar="DIR", default="out/model", show_default=True, help="A bundle that train wrote.")
@click.option("--source", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="Which split; default: evaluate.split of the parameters.")
@click.option("--layer", metavar="NAME", default="", help="Of the network; default: what its last Dense layer takes.")
@click.option("--precision", type=click.Choice(["float32", "float16"]), default="float32", help="Of the embeddings.")
@click.option("--landmarks/--no-landmarks", default=True, show_default=True, help="Measure the face's geometry too.")
@click.option("--detector-weights", metavar="FILE", help="YuNet's file; default: the cache, else a download.")
@click.option(
    "--out", metavar="PATH", default="out/features", show_default=True, help="A .parquet file, or a folder for one."
)
def command(
    params_file: str,
    overrides: tuple[str, ...],
    model: str,
    source: str,
    split: str | None,
    layer: str,
    precision: str,
    landmarks: bool,
    detector_weights: str | None,
    out: str,
) -> None:
    """Write numbers per face as Parquet: the network's embedding, landmarks, and distances and angles between them."""
    overrides = override(overrides, evaluate__split=split, prepare__detector__weights=detector_weights)
    checked(params_file, overrides)
    own_server.begin()
    from flows.features import features

    started = time.monotonic()
    found = features(
        params_file=params_file,
        overrides=list(overrides),
        model=model,
        data=source,
        out=out,
        layer=layer,
        precision=precision,
        with_landmarks=landmarks,
    )
    say(
        "features",
        f"{found['faces']:,} faces -> {found['file']}",
        f"{found['length']} numbers of {found['layer']}, {found['landmarks']:,} with landmarks",
        time.monotonic() - started,
    )
