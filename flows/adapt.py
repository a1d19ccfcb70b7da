"""adapt: a bundle and unlabelled faces in, the same network at home among them out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import places
from flows.stage import stage
from tasks import dataset, params


@flow(name="adapt", validate_parameters=False)
def adapt(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    data: str = str(places.PREPARED),
    split: str | None = None,
    out: str = "out/adapted",
) -> dict[str, Any]:
    """Adapt the bundle ``model`` to the faces of one split of the prepared folder ``data``; their labels aren't read.

    Returns:
        faces: how many were looked at; digest: of the new model.

    Raises:
        UsageError: the model has no batch norms, there are too few faces, or they are normalised otherwise.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    return adapted(Path(model), dataset.load(Path(data), split or settings.evaluate.split), Path(out))


@stage("adapt")
def adapted(model: Path, split: dataset.Split, out: Path) -> dict[str, Any]:
    """Write the adapted bundle."""
    from tasks.adapt import write

    return {"faces": len(split.labels), "digest": write(model, split, out).digest}
