"""approval: a promotion that waits for a person's yes, where `promote.approval` asks for one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from prefect import flow, pause_flow_run
from prefect.input import RunInput

from flows import artifacts, places
from flows.attempts import check_lives
from flows.cli.promote import table
from flows.promote import promote
from tasks import params
from tasks.errors import GateError

DAY: Final = 24 * 3600


class Answer(RunInput):
    """What a person says to a promotion that waits."""

    approve: bool
    reason: str = ""


@flow(name="promote", validate_parameters=False)
def approved(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    dry_run: bool = False,
    anew: bool = False,
    wait: int = DAY,
    poll: int = 10,
) -> dict[str, Any]:
    """Judge `candidate` against `champion`; move the alias when the gate and, where asked for, a person say yes.

    With `promote.approval` a candidate that passes waits: the run pauses, its page shows the gate's table and a form.
    After the yes it is judged once more, on what is there then: the data or the champion may have changed meanwhile.

    Args:
        data: a prepared folder.
        dry_run: look and tell; nothing moves and nobody is asked.
        anew: judge by the floors alone, where the champion takes faces that are normalised otherwise.
        wait: seconds for the answer; the run fails after them.
        poll: seconds between two looks whether it is there.

    Returns:
        As `promote`.

    Raises:
        RegistryError: there is no candidate, or another promotion is under way.
        GateError: a person said no.
    """
    check_lives()
    settings = params.load(Path(params_file), tuple(overrides))
    given: dict[str, Any] = {"params_file": params_file, "overrides": list(overrides), "data": data, "anew": anew}
    if settings.promote.approval and not dry_run:
        looked = promote.fn(**given, dry_run=True)
        if looked["promoted"]:
            _ask(looked, "\n".join(table(looked, settings.promote.confidence, anew, False)), wait, poll)
    decision = promote.fn(**given, dry_run=dry_run)
    artifacts.judged("\n".join(table(decision, settings.promote.confidence, anew, True)), decision)
    return decision


def _ask(looked: dict[str, Any], lines: str, wait: int, poll: int) -> None:
    artifacts.judged(lines, looked)
    what = f"Make version {looked['version']} champion?\n\n```\n{lines}\n```\n"
    form = Answer.with_initial_data(description=what, approve=False)
    answer = pause_flow_run(wait_for_input=form, timeout=wait, poll_interval=poll)
    if not answer.approve:
        raise GateError(f"not promoted: a person refused version {looked['version']}: {answer.reason or 'no reason'}")
