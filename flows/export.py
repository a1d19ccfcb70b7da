"""export: a bundle and a prepared folder in, the same network in other precisions out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import flow

from flows import places
from flows.stage import stage
from tasks import bundle, dataset, params
from tasks.parity import Parity


@flow(name="export", validate_parameters=False)
def export(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    data: str = str(places.PREPARED),
    out: str = "out/export",
    precisions: Sequence[str] = ("int8",),
    keras_precision: str = "float32",
    onnx: str | None = None,
) -> tuple[dict[str, Parity], float | None]:
    """Write the bundle ``model`` once per precision; return what was measured on `evaluate.split` of ``data``.

    Args:
        out: the new bundle's folder; with several precisions, the folder of their folders.
        onnx: a file to which the network is written as ONNX too; its largest gap to model.keras is returned.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    source = bundle.locate(model)
    bundle.read_card(source)
    training = dataset.load(Path(data), settings.train.split, augmented=False)
    judged = dataset.load(Path(data), settings.evaluate.split)
    gap = None if onnx is None else written_as_onnx(source, Path(onnx), judged)
    alone = len(precisions) == 1
    return {
        precision: written(
            source,
            Path(out) if alone else Path(out) / precision,
            precision,
            training,
            judged,
            keras_precision,
            settings.export.recall,
        )
        for precision in precisions
    }, gap


@stage("write")
def written(
    source: Path,
    target: Path,
    precision: str,
    training: dataset.Split,
    judged: dataset.Split,
    keras_precision: str,
    recall: Mapping[str, float],
) -> Parity:
    """One precision. Not on a Dask worker: nothing else may run while it is timed."""
    from tasks.reexport import reexport

    return reexport(source, target, precision, training, judged, keras_precision, recall)


@stage("onnx")
def written_as_onnx(source: Path, path: Path, judged: dataset.Split) -> float:
    """The network as ONNX."""
    from tasks.interchange import write_onnx

    return write_onnx(source, path, judged.images)
