from pathlib import Path

import pytest

from tasks.errors import OutputError
from tasks.params import Clean, Data, Prepare
from tasks.prepare.workplace import workplace


def folder(target: Path, fingerprint: str = "a", data: Data | None = None, prepare: Prepare | None = None) -> Path:
    with workplace(target, fingerprint, data or Data(), prepare or Prepare()) as work:
        return work.folder


def test_content_and_settings_name_the_place_and_where_it_lies_does_not(tmp_path: Path) -> None:
    target = tmp_path / "prepared"
    first = folder(target)
    assert first.parent == tmp_path / "work" / "prepared"
    assert folder(target, data=Data(path="elsewhere")) == first
    others = {
        folder(target, fingerprint="b"),
        folder(target, data=Data(seed=2)),
        folder(target, prepare=Prepare(shard_rows=5)),
        folder(target, prepare=Prepare(clean=Clean(near_duplicates="keep"))),
    }
    assert len(others | {first}) == 5


def test_one_at_a_time(tmp_path: Path) -> None:
    target = tmp_path / "prepared"
    with (
        workplace(target, "a", Data(), Prepare()),
        pytest.raises(OutputError, match="another process is preparing this folder"),
        workplace(target, "b", Data(), Prepare()),
    ):
        pass
    assert folder(target)


def test_what_was_built_replaces_the_target_and_the_work_is_cleared(tmp_path: Path) -> None:
    target = tmp_path / "prepared"
    target.mkdir()
    (target / "old").touch()
    with workplace(target, "stale", Data(), Prepare()) as left:
        left.staged.mkdir(parents=True)
    with workplace(target, "a", Data(), Prepare()) as work:
        work.staged.mkdir(parents=True)
        work.built.mkdir()
        (work.built / "new").touch()
        (work.built / ".part-000000.parquet.1.tmp").touch()
        work.finish({"new"})
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "work" / "prepared").iterdir()] == ["lock"]
