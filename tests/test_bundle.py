import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks import bundle
from tasks.errors import SourceError, UsageError
from tasks.params import Normalise
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
    normalise=Normalise(size=64, colour=True).model_dump(),
)


def test_a_card_comes_back(tmp_path: Path) -> None:
    bundle.write_card(tmp_path / "new", CARD)
    assert bundle.read_card(tmp_path / "new") == CARD
    assert CARD.spec == Normalise(size=64, colour=True)


def test_a_card_of_version_2_is_read_with_what_it_meant(tmp_path: Path) -> None:
    later = {"head", "precision", "parity_accuracy", "latency_ms", "faces_per_second", "teachers"}
    old = {name: value for name, value in dataclasses.asdict(CARD).items() if name not in later}
    (tmp_path / bundle.CARD).write_text(json.dumps(old | {"version": "2"}))
    found = bundle.read_card(tmp_path)
    assert found == CARD
    assert (found.head, found.precision, found.parity_accuracy, found.teachers) == ("softmax", "float32", None, [])


def test_what_was_measured_comes_back(tmp_path: Path) -> None:
    card = dataclasses.replace(
        CARD, head="sigmoid", precision="int8", parity_accuracy=-0.01, latency_ms=1.5, faces_per_second=900.0,
        teachers=["a", "b"],
    )  # fmt: skip
    bundle.write_card(tmp_path, card)
    assert bundle.read_card(tmp_path) == card


def test_no_card_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no model\.json in .*fermata train"):
        bundle.read_card(tmp_path)


WRITTEN: dict[str, Any] = {"version": bundle.VERSION, **dataclasses.asdict(CARD)}


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "3", "{}", "\x80", json.dumps(WRITTEN | {"more": 1}), json.dumps(dataclasses.asdict(CARD)),
        json.dumps(WRITTEN | {"version": "1"}), json.dumps({k: v for k, v in WRITTEN.items() if k != "normalise"}),
        json.dumps(WRITTEN | {"normalise": None}), json.dumps(WRITTEN | {"normalise": {"size": 5, "light": "on"}}),
    ],
)  # fmt: skip
def test_a_card_of_another_version_is_a_usage_error_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / bundle.CARD).write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"not of this version: .*Train it again$") as caught:
        bundle.read_card(tmp_path)
    assert "\n" not in str(caught.value)


def test_data_that_the_model_takes_passes() -> None:
    bundle.check_data(CARD, Normalise(size=64, colour=True))
    bundle.check_data(CARD, Normalise(size=64, colour=True, margin=0.5))  # which nothing was aligned with


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (Normalise(), r"\(size 48 and not 64, colour False and not True\)"),
        (Normalise(size=64, colour=True, lighting="clahe"), r"\(lighting 'clahe' and not 'none'\)"),
        (Normalise(size=64, colour=True, align="crop"), r"\(align 'crop' and not 'none'\)"),
    ],
)
def test_data_prepared_otherwise_is_a_source_error(data: Normalise, said: str) -> None:
    with pytest.raises(SourceError, match=rf"data: its faces were normalised otherwise .*{said}"):
        bundle.check_data(CARD, data)


def test_the_margin_of_aligned_crops_counts() -> None:
    card = dataclasses.replace(CARD, normalise=Normalise(align="crop", margin=0.1).model_dump())
    bundle.check_data(card, Normalise(align="crop", margin=0.1))
    with pytest.raises(SourceError, match=r"\(margin 0\.2 and not 0\.1\)"):
        bundle.check_data(card, Normalise(align="crop", margin=0.2))


@pytest.mark.parametrize("file", ["", bundle.KERAS, bundle.LITERT, bundle.CARD])
def test_a_bundle_is_located_by_its_folder_or_any_of_its_files(tmp_path: Path, file: str) -> None:
    assert bundle.locate(str(tmp_path / file)) == tmp_path


@pytest.mark.parametrize("path", ["absent", "absent/model.keras", "other.h5"])
def test_nothing_there_is_a_usage_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "other.h5").write_text("")
    with pytest.raises(UsageError, match="no such folder"):
        bundle.locate(str(tmp_path / path))


def _bundle(folder: Path, network: bytes) -> None:
    (folder / bundle.KERAS).write_bytes(network)
    (folder / bundle.CARD).write_bytes(b"of " + network)


def test_a_new_bundle_takes_the_place_of_an_old_one_and_leaves_what_else_lies_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "model"
    with bundle.replacing(target) as folder:
        _bundle(folder, b"first")
    (target / "notes.txt").write_text("mine")
    with bundle.replacing(target) as folder:
        _bundle(folder, b"second")
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        bundle.KERAS: b"second", bundle.CARD: b"of second", "notes.txt": b"mine",
    }  # fmt: skip
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_a_bundle_that_failed_leaves_the_old_one_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with bundle.replacing(target) as folder:
        _bundle(folder, b"first")
    with pytest.raises(OSError, match="no room"), bundle.replacing(target) as folder:
        (folder / bundle.KERAS).write_bytes(b"second")
        raise OSError("no room")
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        bundle.KERAS: b"first", bundle.CARD: b"of first",
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_bundle_behind_a_link_is_made_where_the_link_leads(tmp_path: Path) -> None:
    real, link = tmp_path / "disk" / "model", tmp_path / "out" / "model"
    real.mkdir(parents=True)
    link.parent.mkdir()
    link.symlink_to(real)
    with bundle.replacing(link) as folder:
        _bundle(folder, b"first")
        assert folder.parent == real
    assert link.is_symlink()
    assert sorted(path.name for path in real.iterdir()) == [bundle.CARD, bundle.KERAS]


MOUNTED = """
set -e
mount -t tmpfs none "$1"
"$0" -c 'import sys; from pathlib import Path; from tasks import bundle
with bundle.replacing(Path(sys.argv[1])) as folder: (folder / bundle.CARD).write_text("of it")' "$1"
cat "$1"/*
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs mount namespaces")
def test_a_bundle_may_be_a_file_system_of_its_own(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel gives no mount namespaces")
    made = subprocess.run(
        ["unshare", "-rm", "bash", "-c", MOUNTED, sys.executable, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (made.stdout, made.stderr) == ("of it", "")
