import dataclasses
import json
from pathlib import Path

import pytest

from tasks import bundle
from tasks.errors import UsageError
from tasks.schema import EMOTIONS

CARD = bundle.Card(
    architecture="cnn5",
    labels=list(EMOTIONS),
    digest="d" * 64,
    temperature=1.5,
    synthetic=True,
    source="synthetic",
    data_digest="e" * 64,
    split_digests={"training": "e" * 64},
    git_revision=None,
    trained_with={"keras": "3.0"},
    validation_accuracy=0.9,
    parity=1e-7,
)


def test_a_card_comes_back(tmp_path: Path) -> None:
    bundle.write_card(tmp_path / "new", CARD)
    assert bundle.read_card(tmp_path / "new") == CARD


def test_no_card_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no model\.json in .*fermata train"):
        bundle.read_card(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "3", "{}", json.dumps(dataclasses.asdict(CARD) | {"more": 1}), "\x80"])
def test_a_card_of_another_version_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / bundle.CARD).write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"not of this version"):
        bundle.read_card(tmp_path)


@pytest.mark.parametrize("file", ["", bundle.KERAS, bundle.LITERT, bundle.CARD])
def test_a_bundle_is_located_by_its_folder_or_any_of_its_files(tmp_path: Path, file: str) -> None:
    assert bundle.locate(str(tmp_path / file)) == tmp_path


@pytest.mark.parametrize("path", ["absent", "absent/model.keras", "other.h5"])
def test_nothing_there_is_a_usage_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "other.h5").write_text("")
    with pytest.raises(UsageError, match="no such folder"):
        bundle.locate(str(tmp_path / path))
