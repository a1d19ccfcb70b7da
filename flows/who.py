"""Who runs this: for the audit log, and to ask for a purpose where nobody sits before it."""

import getpass
import os
import socket

from tasks.errors import ParamsError


def who() -> dict[str, str]:
    """User and host; in a run of Prefect's its id, and the deployment that it is of."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return {"user": user, "host": socket.gethostname(), **_prefect()}


def _prefect() -> dict[str, str]:
    from prefect.context import FlowRunContext
    from prefect.runtime import deployment, flow_run

    if FlowRunContext.get() is None:
        return {}
    found = {"flow_run": str(flow_run.id)}
    return found | {"deployment": str(deployment.name)} if deployment.id else found


def check_purpose(purpose: str) -> None:
    """Make sure that a run which a deployment started says what for.

    Raises:
        ParamsError: it does not.
    """
    from prefect.runtime import deployment

    if not purpose.strip() and deployment.id:
        raise ParamsError(
            "score.purpose: empty, and this run was started by a deployment. Say why faces are labelled: "
            "overrides ['score.purpose=...'], or score.purpose in params.yaml"
        )
