import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tasks import inventory
from tasks.errors import SourceError
from tasks.params import Data, Synthetic, Votes
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.source import Chunk, Member

FILES = {"train/happy/1.jpg": b"1", "train/sad/2.jpg": b"2", "train/sad/3.jpg": b"3", "test/fear/4.jpg": b"4"}
HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
VOTES = HEADER + "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n" * 3


def folder(root: Path, files: dict[str, bytes] = FILES) -> Data:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return Data(source="class-folders", path=str(root))


def zipped(path: Path) -> Data:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return Data(source="class-folders", path=str(path))


def member(number: int, label: int, split: str = "training") -> Member:
    return Member(key=f"{number}.jpg", name=f"{number}.jpg", split=split, label=label)


def test_class_folders_are_counted_without_being_decoded(tmp_path: Path) -> None:
    found = inventory.take(folder(tmp_path / "faces"))
    assert found["source"] == "class-folders"
    assert found["images"] == 4
    rows = {split: {e: n for e, n in row.items() if n} for split, row in found["counts"].items()}
    assert rows == {"test": {"fear": 1}, "training": {"happy": 1, "sad": 2}}
    assert set(found["counts"]["test"]) == set(EMOTIONS)
    assert found["votes"] is None
    assert [warning for warning in found["warnings"] if "'test' has no images of angry" in warning]


def test_a_zip_has_the_same_inventory_wherever_it_lies(tmp_path: Path) -> None:
    data = zipped(tmp_path / "faces.zip")
    (tmp_path / "elsewhere").mkdir()
    other = shutil.copy(tmp_path / "faces.zip", tmp_path / "elsewhere" / "others.zip")
    found = inventory.take(data)
    assert found == inventory.take(data.model_copy(update={"path": str(other)}))
    assert str(tmp_path) not in json.dumps(found)


def test_any_number_of_chunks_counts_the_same() -> None:
    members = [member(n, n % 7, "training" if n % 3 else "public") for n in range(50)]
    data = Data(source="class-folders")

    def cut(size: int) -> list[Chunk]:
        parts = [tuple(members[start : start + size]) for start in range(0, len(members), size)]
        return [Chunk(n, data.source, "", 0, len(part), data, members=part) for n, part in enumerate(parts)]

    whole = inventory.counts(cut(50))
    assert whole == inventory.counts(cut(7))
    assert whole is not None
    assert {split: sum(row.values()) for split, row in whole.items()} == {"public": 17, "training": 33}


def test_labels_that_are_no_emotion_are_counted_as_unknown() -> None:
    data = Data(source="class-folders")
    members = (member(1, UNKNOWN), member(2, 3))
    assert inventory.counts([Chunk(0, data.source, "", 0, 2, data, members=members)]) == {
        "training": dict.fromkeys(EMOTIONS, 0) | {"happy": 1, "unknown": 1}
    }


def test_a_source_that_names_no_files_gives_a_number_only() -> None:
    found = inventory.take(Data(synthetic=Synthetic(per_class=700, identities=20)))
    assert found["images"] == 4900
    assert found["counts"] is None


def test_votes_are_known_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "fer2013new.csv").write_text(VOTES)
    (tmp_path / "b.csv").write_text(VOTES)
    (tmp_path / "c.csv").write_text(VOTES.replace("4,0,0,1", "4,0,1,0"))
    empty = str(tmp_path / "nothing")
    (tmp_path / "nothing").mkdir()
    first, same, other = (
        inventory.voted(Votes(kind="ferplus", path=str(tmp_path / name), join=empty))
        for name in ("a", "b.csv", "c.csv")
    )
    assert first is not None and other is not None
    assert (first["kind"], first["rows"]) == ("ferplus", 3)
    assert first == same
    assert first["digest"] != other["digest"]
    assert inventory.voted(Votes()) is None


def test_missing_data_and_missing_votes_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"data\.path: .*nowhere"):
        inventory.take(Data(source="class-folders", path=str(tmp_path / "nowhere")))
    data = folder(tmp_path / "faces").model_copy(
        update={"votes": Votes(kind="ferplus", path=str(tmp_path / "nothing"))}
    )
    with pytest.raises(SourceError, match=r"data\.votes\.path: .*nothing"):
        inventory.take(data)
