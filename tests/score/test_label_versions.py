from pathlib import Path

import pytest

from tasks.score import versions


def test_versions_are_numbered_and_named_by_their_model(tmp_path: Path) -> None:
    for model in ("emotion v3", "résumé/../x", "..."):
        with versions.opened(tmp_path, model) as (folder, final):
            (folder / "run.json").write_text("{}")
            assert not final.exists()
    names = [place.name for place in versions.all_of(tmp_path)]
    assert names == ["0002-emotion-v3", "0003-r-sum-..-x", "0004-model"]


def test_nothing_stays_of_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), versions.opened(tmp_path, "m"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_not_counted(tmp_path: Path) -> None:
    with versions.opened(tmp_path, "m"):
        pass
    (tmp_path / "versions" / ".0003-m.tmp" / "faces").mkdir(parents=True)
    assert [place.name for place in versions.all_of(tmp_path)] == ["0002-m"]
    with versions.opened(tmp_path, "m"):
        pass
    assert sorted(place.name for place in (tmp_path / "versions").iterdir()) == ["0002-m", "0003-m"]


def test_a_run_without_versions_has_none(tmp_path: Path) -> None:
    assert versions.all_of(tmp_path) == []
