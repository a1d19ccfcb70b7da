"""The type of `score.prior` and `evaluate.prior`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from tasks.schema import EMOTIONS

Named = Literal["everyday", "uniform", "trained", "estimate"]


def _complete(given: Any) -> Any:
    if isinstance(given, dict) and (missing := [emotion for emotion in EMOTIONS if emotion not in given]):
        raise ValueError(f"give a share for each emotion. Missing: {', '.join(missing)}")
    if isinstance(given, dict) and not any(given.values()):
        raise ValueError("at least one share must be more than 0")
    return given


Given = dict[Literal[EMOTIONS], Annotated[float, Field(ge=0)]]  # type: ignore[valid-type]
Prior = Annotated[Named | Given, BeforeValidator(_complete)]
