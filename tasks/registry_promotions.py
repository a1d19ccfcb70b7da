"""Promotions in the registry: the gate's decision kept with the version, aliases moved and moved back, the history."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from tasks.errors import RegistryError, UsageError
from tasks.registry import CANDIDATE, CHAMPION, PREVIOUS, Registry, Version
from tasks.registry_errors import asks
from tasks.registry_turn import JOURNAL, Turn, who

if TYPE_CHECKING:
    from tasks.gate import Decision

ROLLED_BACK = "rolled back"
_DECISION = "promotion.decision"


@dataclass(frozen=True)
class Entry:
    """One promotion or rollback that was tried."""

    number: str
    kind: str
    version: str
    outcome: str
    reason: str
    by: str
    host: str
    when: str


@dataclass(frozen=True)
class Told:
    """A version as `history` tells it, with its entries of the journal, oldest first."""

    version: Version
    aliases: Sequence[str]
    made: datetime
    entries: list[Entry] = field(default_factory=list)


class Promotions(Registry):
    """A connection to one store, as Registry's."""

    def turn(self, kind: str, version: Version) -> Turn:
        """The turn to move aliases, to be entered as a context."""
        return Turn(self._client, self._address, version.name, kind, version.run_id)

    @asks
    def record(
        self, turn: Turn, version: Version, decision: "Decision", champion: Version | None, facts: dict[str, Any]
    ) -> None:
        """Keep the gate's decision with ``version``; when it is a yes, move the aliases.

        The whole table is an artifact of the version's run, one file for each entry of the journal.

        Args:
            champion: that the gate compared it with, or that there was.
            facts: what was judged on: split, images, digest, dvc and git.

        Raises:
            RegistryError: the aliases are not any more where they were when the gate looked.
        """
        turn.check()
        self._unmoved(version, champion)
        table = {
            **facts, "model": version.name, "version": version.number, "champion": champion and champion.number,
            "promoted": decision.promoted, "reasons": decision.reasons, "by": who(), "when": _now(),
            "checks": [asdict(check) for check in decision.checks],
        }  # fmt: skip
        self._client.log_dict(version.run_id, table, f"promotion/{turn.number}.json")
        moves = decision.promoted and (champion is None or champion.number != version.number)
        if moves:
            self._move(version.name, version.number, champion.number if champion else None)
        told = {
            "decision": "promoted" if decision.promoted else "refused",
            "reasons": "; ".join(decision.reasons) or "all checks passed",
            "checks": json.dumps(table["checks"]),
            "split": facts["split"],
            "data_digest": facts["digest"],
            "dvc": facts.get("dvc") or "none",
            "by": table["by"],
            "when": table["when"],
            "table": f"promotion/{turn.number}.json",
        }
        if moves:
            told["over"] = champion.number if champion else "none"
        self._tag(version, {f"promotion.{key}": value for key, value in told.items()})
        turn.end(told["decision"], told["reasons"][:2000], version=version.number)

    @asks
    def roll_back(self, reason: str) -> tuple[Version, Version]:
        """Make `previous` champion again; return it and the one that was champion.

        That one is no candidate any more. `previous` is then what the new champion had taken the place of, so that
        rolling back again goes on backwards.

        Raises:
            RegistryError: another promotion or rollback is under way.
            UsageError: there is nothing to go back to.
        """
        name = self._tracking.model_name
        held, back = self.find(CHAMPION), self.find(PREVIOUS)
        if held is None or back is None or held.number == back.number:
            raise UsageError(
                f"rollback: '{name}' has no version with the alias '{PREVIOUS}' to go back to. "
                "See: fermata models history"
            )
        with self.turn("rollback", held) as turn:
            self._unmoved(None, held)
            turn.check()
            before = self.version(back.number).tags.get("promotion.over", "none")
            self._move(name, back.number, None if before == "none" else before)
            candidate = self.find(CANDIDATE)
            if candidate is not None and candidate.number == held.number:
                self._client.delete_registered_model_alias(name, CANDIDATE)
            told = {"decision": ROLLED_BACK, "reasons": reason, "by": who(), "when": _now()}
            self._tag(held, {f"promotion.{key}": value for key, value in told.items()})
            turn.end(ROLLED_BACK, reason, version=held.number, to=back.number)
        return back, held

    @asks
    def history(self) -> list[Told]:
        """All versions, newest first."""
        name = self._tracking.model_name
        entries: dict[str, list[Entry]] = {}
        for one in sorted(self._search(f"{name}{JOURNAL}"), key=lambda one: int(one.version)):
            if "version" in one.tags:
                entries.setdefault(one.tags["version"], []).append(_entry(one))
        try:
            aliases = self._client.get_registered_model(name).aliases
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            aliases = {}
        found = sorted(self._search(name), key=lambda one: -int(one.version))
        return [
            Told(
                Version(one.name, str(one.version), one.run_id, dict(one.tags)),
                sorted(alias for alias, number in aliases.items() if str(number) == str(one.version)),
                datetime.fromtimestamp(one.creation_timestamp / 1000, UTC),
                entries.get(str(one.version), []),
            )
            for one in found
        ]

    def _search(self, name: str) -> list[Any]:
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_model_versions(f"name = '{name}'", max_results=1000, page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _move(self, name: str, champion: str, previous: str | None) -> None:
        """Set the two aliases; the one that scoring reads last, so that a stop in between leaves it as it was."""
        if previous is None:
            if self.find(PREVIOUS) is not None:
                self._client.delete_registered_model_alias(name, PREVIOUS)
        else:
            self._client.set_registered_model_alias(name, PREVIOUS, previous)
        self._client.set_registered_model_alias(name, CHAMPION, champion)

    def _unmoved(self, candidate: Version | None, champion: Version | None) -> None:
        for alias, seen in ((CANDIDATE, candidate), (CHAMPION, champion)):
            now = self.find(alias)
            if (alias != CANDIDATE or candidate is not None) and (now and now.number) != (seen and seen.number):
                is_now = f"v{now.number}" if now else "none"
                raise RegistryError(
                    f"promote: '{alias}' was moved meanwhile, and is {is_now} now. Nothing was decided; run it again"
                )

    def _tag(self, version: Version, tags: dict[str, str]) -> None:
        for key, value in tags.items():
            self._client.set_model_version_tag(version.name, version.number, key, value)


def _entry(found: Any) -> Entry:
    tags = found.tags
    return Entry(
        str(found.version), tags.get("kind", ""), tags["version"], tags.get("outcome", ""), tags.get("reason", ""),
        tags.get("by", ""), tags.get("host", ""), tags.get("ended", ""),
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
