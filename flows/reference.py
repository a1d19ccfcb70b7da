"""import-reference: the model that comes with Fermata, into the registry."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import flow

from flows.stage import stage
from tasks import files, params
from tasks.locate import REFERENCE

if TYPE_CHECKING:
    from tasks.registry import Version


@flow(name="import-reference", validate_parameters=False)
def import_reference(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    folder: str = str(REFERENCE),
    candidate: bool = False,
) -> "Version":
    """Register the bundle in ``folder`` as champion, or as candidate; return the version.

    Raises:
        RegistryError: there is a champion already.
    """
    return adopted(params.load(Path(params_file), tuple(overrides)), Path(folder), candidate)


@stage("adopt")
def adopted(settings: params.Params, folder: Path, candidate: bool) -> "Version":
    """Log the bundle and its metrics as a run, and make it a version."""
    from tasks import bundle, quiet
    from tasks.registry import CANDIDATE, CHAMPION, Registry
    from tasks.registry_address import uri

    bundle.read_card(folder)  # what is no bundle is said before a store is made
    metrics = folder / "metrics.json"
    with quiet.native_output():
        registry = Registry(settings.tracking, uri(settings.tracking, Path.cwd()))
        found = files.read_json(metrics) if metrics.exists() else {}
        return registry.adopt(folder, found, CANDIDATE if candidate else CHAMPION)
