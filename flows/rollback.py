"""rollback: the version that was champion before, champion again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows.stage import stage
from tasks import params


@flow(name="rollback", validate_parameters=False)
def rollback(reason: str, params_file: str = "params.yaml", overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Give `champion` back to `previous`, and keep the reason; return the versions that are champion and that was.

    Raises:
        UsageError: there is nothing to go back to.
        RegistryError: another promotion or rollback is under way.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    return moved(settings, reason)


@stage("move-aliases")
def moved(settings: params.Params, reason: str) -> dict[str, Any]:
    """Move the aliases back."""
    from tasks.registry_address import uri
    from tasks.registry_promotions import Promotions

    now, before = Promotions(settings.tracking, uri(settings.tracking, Path.cwd())).roll_back(reason)
    return {"model": now.name, "champion": now.number, "before": before.number, "reason": reason}
