"""FER-2013 through prepare, beside an independent count."""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from fer_facts import count
from prepared_faces import prepare

from tasks import votes
from tasks.params import Data, Prepare, Votes
from tasks.schema import CHOICES, EMOTIONS

SHARED = Path(__file__).parents[3] / "shared" / "data"
FER, PLUS = SHARED / "fer2013", SHARED / "ferplus"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not FER.exists(), reason="../shared/data/fer2013 is absent")]


@pytest.fixture(scope="module")
def fer(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    base = tmp_path_factory.mktemp("fer")
    data = Data(source="class-folders", path=str(FER / "fer2013.zip"))
    overlay = votes.load(Votes(kind="ferplus", path=str(PLUS / "fer2013new.csv"), join=str(PLUS / "join.csv")))
    return prepare(data, Prepare(), base / "work", base / "out", overlay=overlay), base / "out"


def table(out: Path, kind: str, *columns: str) -> Any:
    return pq.read_table(out / kind, columns=list(columns), partitioning=None).to_pandas()


def test_facts_agree_with_an_independent_count(fer: tuple[dict[str, Any], Path]) -> None:
    expected = count(FER / "fer2013.zip")
    made, _ = fer
    assert made["rejects"]["blank"] == expected.pop("blank") == 13
    assert made["duplicates"] == expected
    assert expected["groups"] == 1273
    assert expected["across_splits"] == 270
    assert (expected["conflicting_groups"], expected["conflicting_images"]) == (47, 129)


def test_every_image_is_kept_or_rejected(fer: tuple[dict[str, Any], Path]) -> None:
    made, out = fer
    assert made["images"] == 32298 == made["kept"] + made["rejected"]
    assert {split: sum(row.values()) for split, row in made["found"].items()} == {"training": 28709, "public": 3589}
    keys = [*table(out, "shards", "key")["key"], *table(out, "rejects", "key")["key"]]
    assert len(keys) == len(set(keys)) == 32298


def test_no_pixels_of_public_are_left_in_training(fer: tuple[dict[str, Any], Path]) -> None:
    _, out = fer
    hashes: dict[str, set[bytes]] = {}
    for split in ("training", "validation", "public"):
        for cell in table(out / "shards", split, "image")["image"]:
            pixels = cv2.imdecode(np.frombuffer(cell["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
            hashes.setdefault(split, set()).add(hashlib.sha256(np.asarray(pixels).tobytes()).digest())
    assert not hashes["public"] & (hashes["training"] | hashes["validation"])
    assert not hashes["training"] & hashes["validation"]


def test_no_group_crosses_a_split(fer: tuple[dict[str, Any], Path]) -> None:
    groups = table(fer[1], "shards", "group", "split")
    assert groups.groupby("group")["split"].nunique().max() == 1


def test_cleaning_takes_little(fer: tuple[dict[str, Any], Path]) -> None:
    made, _ = fer
    looks = ("two_tone", "too_dark", "too_bright", "blurred")
    assert 0 < sum(made["rejects"].get(reason, 0) for reason in looks) < 0.015 * made["images"]


def test_votes_stand_beside_the_labels(fer: tuple[dict[str, Any], Path]) -> None:
    made, out = fer
    rows = table(out, "shards", "label", "votes", "majority", "entropy")
    voted = rows[rows["votes"].notna()]
    assert len(voted) == made["votes"]["images"] > 28_000
    agreement = (voted["majority"] == voted["label"].map(dict(enumerate(EMOTIONS)))).mean()
    assert agreement == pytest.approx(made["votes"]["agreeing"] / made["votes"]["images"])
    assert 0.6 < agreement < 0.68
    assert {len(row) for row in voted["votes"]} == {len(CHOICES)}
    assert voted["entropy"].between(0, 3.33).all()
    no_faces = table(out, "rejects", "reason", "votes")
    no_faces = no_faces[no_faces["reason"] == "not_a_face"]
    # Of the 176 that nobody takes for a face, join.csv knows two: the others are blank or found no certain match.
    assert len(no_faces) == made["rejects"]["not_a_face"] == 2
    assert all(row[-1] * 2 >= sum(row) for row in no_faces["votes"])


def test_the_head_of_the_csv(tmp_path: Path) -> None:
    data = Data(source="fer2013-csv", path=str(FER / "fer2013-head.csv.gz"))
    overlay = votes.load(Votes(kind="ferplus", path=str(PLUS / "fer2013new.csv")))
    made = prepare(data, Prepare(shard_rows=500), tmp_path / "work", tmp_path / "out", overlay=overlay)
    assert made["images"] == 1167
    assert made["votes"]["images"] == made["kept"]
