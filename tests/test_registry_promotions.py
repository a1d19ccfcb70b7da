"""Promotions, rollbacks and the history, on a real store."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from registered import FACTS, add, decision, promotions

from tasks.errors import RegistryError, UsageError
from tasks.registry import CANDIDATE, CHAMPION, PREVIOUS, Version
from tasks.registry_promotions import Promotions

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def address(new_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_store(tmp_path_factory.mktemp("promotions") / "mlflow.db")


def _aliases(registry: Promotions) -> dict[str, str]:
    found = {alias: registry.find(alias) for alias in (CANDIDATE, CHAMPION, PREVIOUS)}
    return {alias: version.number for alias, version in found.items() if version is not None}


def _judge(registry: Promotions, version: Version, promoted: bool) -> None:
    with registry.turn("promote", version) as turn:
        registry.record(turn, version, decision(promoted), registry.find(CHAMPION), FACTS)


def test_aliases_move_and_each_decision_is_kept_with_its_table(address: str, tmp_path: Path) -> None:
    registry = promotions(address, "ladder")
    one = add(registry, address, "ladder")
    _judge(registry, one, False)
    assert _aliases(registry) == {CANDIDATE: "1"}
    _judge(registry, one, True)
    assert _aliases(registry) == {CANDIDATE: "1", CHAMPION: "1"}
    _judge(registry, one, True)  # again: it does not become its own predecessor
    assert _aliases(registry) == {CANDIDATE: "1", CHAMPION: "1"}
    two = add(registry, address, "ladder")
    _judge(registry, two, True)
    assert _aliases(registry) == {CANDIDATE: "2", CHAMPION: "2", PREVIOUS: "1"}
    three = add(registry, address, "ladder")
    _judge(registry, three, False)
    assert _aliases(registry) == {CANDIDATE: "3", CHAMPION: "2", PREVIOUS: "1"}
    kept, refused = registry.version("2").tags, registry.version("3").tags
    assert (kept["promotion.decision"], kept["promotion.over"]) == ("promoted", "1")
    assert kept["promotion.reasons"] == "all checks passed"
    assert (refused["promotion.decision"], refused["promotion.reasons"]) == ("refused", "accuracy is low")
    assert (refused["promotion.split"], refused["promotion.data_digest"]) == ("public", "d" * 64)
    assert refused["promotion.dvc"] == "abc.dir"
    assert json.loads(refused["promotion.checks"])[0]["value"] == 0.8
    client = mlflow.MlflowClient(address, address)
    tables = client.list_artifacts(three.run_id, "promotion")
    assert [item.path for item in tables] == [refused["promotion.table"]]
    table = json.loads(Path(client.download_artifacts(three.run_id, tables[0].path, str(tmp_path))).read_text())
    assert (table["promoted"], table["version"], table["champion"]) == (False, "3", "2")
    assert table["checks"][0]["reason"] == "accuracy is low"
    assert table["digest"] == "d" * 64
    assert len(client.list_artifacts(one.run_id, "promotion")) == 3  # one for each time it was judged


def test_rolling_back_goes_back_step_by_step_and_is_told(address: str) -> None:
    registry = promotions(address, "steps")
    for _ in range(3):
        _judge(registry, add(registry, address, "steps"), True)
    assert _aliases(registry) == {CANDIDATE: "3", CHAMPION: "3", PREVIOUS: "2"}
    now, before = registry.roll_back("fear is missed")
    assert (now.number, before.number) == ("2", "3")
    # The one that was champion is no candidate any more: the next promotion would bring it back.
    assert _aliases(registry) == {CHAMPION: "2", PREVIOUS: "1"}
    registry.roll_back("still missed")
    assert _aliases(registry) == {CHAMPION: "1"}
    with pytest.raises(UsageError, match="no version with the alias 'previous'"):
        registry.roll_back("again")
    told = registry.history()
    assert [(one.version.number, list(one.aliases)) for one in told] == [("3", []), ("2", []), ("1", [CHAMPION])]
    assert [[(entry.kind, entry.outcome) for entry in one.entries] for one in told] == [
        [("promote", "promoted"), ("rollback", "rolled back")],
        [("promote", "promoted"), ("rollback", "rolled back")],
        [("promote", "promoted")],
    ]
    last = told[0].entries[-1]
    assert (last.reason, last.host) == ("fear is missed", socket.gethostname())
    assert last.by and last.when
    assert told[0].version.tags["promotion.decision"] == "rolled back"
    assert told[0].version.tags["promotion.reasons"] == "fear is missed"


def test_an_alias_that_somebody_moved_meanwhile_stops_the_promotion(address: str) -> None:
    registry = promotions(address, "moved")
    client = mlflow.MlflowClient(address, address)
    one, two = add(registry, address, "moved"), add(registry, address, "moved")
    with registry.turn("promote", two) as turn:
        client.set_registered_model_alias("moved", CHAMPION, one.number)
        with pytest.raises(RegistryError, match="'champion' was moved meanwhile, and is v1 now"):
            registry.record(turn, two, decision(True), None, FACTS)
    assert _aliases(registry)[CHAMPION] == "1"
    with registry.turn("promote", two) as turn:
        client.set_registered_model_alias("moved", CANDIDATE, one.number)
        with pytest.raises(RegistryError, match="'candidate' was moved meanwhile"):
            registry.record(turn, two, decision(True), one, FACTS)
    assert "promotion.decision" not in registry.version("2").tags


def test_a_model_without_versions_has_no_history(address: str) -> None:
    assert promotions(address, "nobody").history() == []
