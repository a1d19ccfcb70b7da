"""raw: an inventory of the data set as it came, before anything is decoded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import places
from flows.stage import stage
from tasks import files, inventory, params


@flow(name="raw", validate_parameters=False)
def raw(params_file: str = "params.yaml", overrides: Sequence[str] = (), out: str = str(places.RAW)) -> dict[str, Any]:
    """List the data set of ``params_file`` and its votes, write what they hold to the file ``out`` and return it.

    Raises:
        SourceError: the data set or the votes are missing, empty or not what they claim to be.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    found = listed(settings.data)
    files.write_json(Path(out), found)
    return found


@stage("list")
def listed(data: params.Data) -> dict[str, Any]:
    """Plan how the data set would be read, and count."""
    return inventory.take(data)
