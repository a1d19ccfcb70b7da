"""features: a model bundle and a prepared split in, a Parquet table of numbers per face out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import places, progress
from flows.stage import stage
from tasks import bundle, dataset, params
from tasks.features.embed import Embedder, load
from tasks.features.landmarks import landmarks
from tasks.features.table import Origin
from tasks.features.write import Find, place, write


@flow(name="features", validate_parameters=False)
def features(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    data: str = str(places.PREPARED),
    out: str = "out/features",
    layer: str = "",
    precision: str = "float32",
    with_landmarks: bool = True,
) -> dict[str, Any]:
    """Write embeddings and geometry of `evaluate.split` of ``data`` to ``out``; return what was done.

    Args:
        out: a .parquet file, or a folder that gets SPLIT.parquet.
        layer: of the network; empty: what its last Dense layer takes.
        precision: of the embeddings, float32 or float16.
        with_landmarks: look for landmarks with `prepare.detector`; without YuNet's file they stay null.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    folder = bundle.locate(model)
    card = bundle.read_card(folder)
    split = dataset.load(Path(data), settings.evaluate.split, augmented=False)
    bundle.check_data(card, split.normalise)
    embedder = load(folder, layer)
    detector, find = _finder(settings.prepare.detector) if with_landmarks else ("", None)
    origin = Origin(embedder.layer, embedder.length, card.digest, split.digest, detector, precision)
    target = place(Path(out), split.name)
    seen = written(target, split, embedder, origin, find)
    return {
        "file": str(target),
        "faces": len(split.labels),
        "landmarks": seen,
        "layer": embedder.layer,
        "length": embedder.length,
        "detector": detector,
    }


@stage("write")
def written(path: Path, split: dataset.Split, embedder: Embedder, origin: Origin, find: Find | None) -> int:
    """Embed, find, measure and write, one batch after the other."""
    with progress.bar("features", len(split.labels)) as advance:
        return write(path, split, embedder, origin, find, advance)


def _finder(wanted: params.Detector) -> tuple[str, Find | None]:
    """The detector's name and what finds landmarks; ("", None) where the detector finds none."""
    from tasks.faces import WITHOUT_LANDMARKS, weights

    chosen = weights.choose(wanted)
    if chosen.name in WITHOUT_LANDMARKS:
        progress.note(f"landmarks: none, as they need YuNet's file ({chosen.why}). Use --detector-weights FILE")
        return "", None
    return chosen.name, lambda face: landmarks(face, wanted, chosen.name, chosen.weights)
