"""fermata models calibrate."""

from pathlib import Path

import click

from flows.cli.options import checked, override, params_options


@click.command(
    epilog="""\b
Examples:
  fermata models calibrate --model out/reference/model --data data/reference/votes --split public
"""
)
@params_options
@click.option("--model", metavar="MODEL", required=True, help="A bundle's folder; its model.json is changed.")
@click.option("--data", metavar="DIR", default="data/prepared", show_default=True, help="A prepared folder.")
@click.option("--split", metavar="NAME", help="What it is fitted on; default: evaluate.split of the parameters.")
def command(params_file: str, overrides: tuple[str, ...], model: str, data: str, split: str | None) -> None:
    """Fit how sure a model is, and how that depends on the quality of a picture.

    The faces of a split are judged as they are, made smaller, blurred and noisy. The temperature of the model, and how
    size, sharpness, pose and the detector's score change it, go into model.json; so does what share of labels is right
    for such pictures, by which scoring leaves bad ones without a label.
    """
    overrides = override(overrides, evaluate__split=split)
    checked(params_file, overrides)
    from tasks import bundle, calibration, dataset, params, quality
    from tasks.faces import weights

    settings = params.load(Path(params_file), overrides)
    judged = dataset.load(Path(data), settings.evaluate.split, augmented=False)
    chosen = weights.choose(settings.prepare.detector)
    looks = calibration.look(settings.prepare.detector, chosen.name, chosen.weights) if chosen.name == "yunet" else None
    card = calibration.fit(bundle.locate(model), judged, settings.evaluate.prior, looks)
    fitted = quality.Fitted.parse(card.quality or {})
    parts = ", ".join(
        f"{name} {weight:+.2f}" for name, weight in zip(quality.NAMES, fitted.temperature_weights, strict=True)
    )
    click.echo(f"calibrate {model}: temperature {card.temperature:.3f}; its logarithm by quality: {parts}")
