"""What `datasets` itself writes is read without it."""

import json
from pathlib import Path

import pytest
from made_sources import data, put, records
from made_tables import FEATURES, NAMES, table, write

from tasks.errors import SourceError
from tasks.schema import EMOTIONS, UNKNOWN
from tasks.sources.parquet import plan


def test_saved_datasets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets
    from PIL import Image

    datasets.disable_progress_bars()
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES), "subject": datasets.Value("string")}
    )
    rows = {
        "image": [Image.new("L", (8, 8), number) for number in range(7)],
        "label": [number % 3 for number in range(7)],
        "subject": list("aabbccd"),
    }
    whole = datasets.Dataset.from_dict(rows, features=features)
    datasets.DatasetDict({"train": whole, "fold 2": whole.select(range(3))}).save_to_disk(tmp_path / "saved")
    whole.save_to_disk(tmp_path / "one", num_shards=2)
    put(tmp_path / "one" / "cache-0123.arrow", b"left behind by map")
    whole.to_parquet(tmp_path / "hub" / "data" / "train-00000-of-00001.parquet")

    expected = [("joy" if n % 3 == 1 else NAMES[n % 3], "aabbccd"[n]) for n in range(7)]
    for path, splits in (("saved", {"training": 7, "fold 2": 3}), ("one", {"training": 7}), ("hub", {"training": 7})):
        found = records(data("parquet", tmp_path / path, {"group": "subject"}, labels={"weird": "fear"}), 3)
        for split, count in splits.items():
            here = [one for one in found if one.split == split]
            emotions = {"joy": "happy", "anger": "angry", "weird": "fear"}
            assert [(EMOTIONS[one.label], one.group) for one in here] == [
                (emotions[word], group) for word, group in expected[:count]
            ]
            assert all((one.data or b"").startswith(b"\x89PNG") for one in here)
        assert len(found) == sum(splits.values())


def test_a_description_beside_the_file_names_the_labels(tmp_path: Path) -> None:
    write(tmp_path / "train" / "data-00000-of-00001.arrow", table(3, described=False))
    put(tmp_path / "train" / "dataset_info.json", json.dumps({"features": FEATURES}).encode())
    put(tmp_path / "dataset_dict.json", b'{"splits": ["train"]}')
    assert [one.label for one in records(data("parquet", tmp_path))] == [0, 3, UNKNOWN]
    put(tmp_path / "train" / "dataset_info.json", b"{")
    with pytest.raises(SourceError, match=r"dataset_info\.json' cannot be read: Expecting property name"):
        plan(data("parquet", tmp_path), 3)
