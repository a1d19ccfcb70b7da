from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from made_sources import data, records
from made_tables import write

from tasks.errors import SourceError
from tasks.schema import EMOTIONS
from tasks.sources.parquet import plan


@pytest.mark.parametrize(
    ("made", "columns", "message"),
    [
        ({"picture": [b"x"]}, {}, "has no column 'label' (data.columns.label). Received: 'picture'"),
        ({"label": ["joy"]}, {}, "has no column of images. Name it in data.columns.image. Received: 'label'"),
        ({"label": ["joy"], "a": [b"x"], "b": [b"x"]}, {}, "has images in a, b. Name one in data.columns.image"),
        ({"label": ["joy"], "a": [b"x"]}, {"image": "b"}, "has no column 'b' (data.columns.image)"),
        ({"label": ["joy"], "a": [1]}, {"image": "a"}, "column 'a' of"),
        ({"label": [["joy"]], "a": [b"x"]}, {}, "holds list<element: string>, expected labels"),
        ({"label": ["joy"], "a": [b"x"]}, {"group": "who"}, "has no column 'who' (data.columns.group)"),
        ({"label": ["joy"], "a": [b"x"]}, {"split": "fold"}, "has no column 'fold' (data.columns.split)"),
        ({"label": ["x", "y"], "a": [b"x"] * 2}, {}, "is an emotion. Found: 'x', 'y'"),
        (
            {"label": pa.array([], pa.string()), "a": pa.array([], pa.binary())},
            {},
            "no tables (.parquet, .arrow) with rows",
        ),
    ],
)
def test_a_table_of_another_kind_is_refused(
    tmp_path: Path, made: dict[str, Any], columns: dict[str, str], message: str
) -> None:
    path = write(tmp_path / "x.parquet", pa.table(made))
    with pytest.raises(SourceError) as caught:
        plan(data("parquet", path, columns), 10)
    assert message in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no tables \(\.parquet, \.arrow\) with rows at"):
        plan(data("parquet", tmp_path), 10)


def test_named_columns_are_taken(tmp_path: Path) -> None:
    made = pd.DataFrame({"emotion": ["joy"], "face": [b"x"], "other": [b"y"]})
    made.to_parquet(tmp_path / "x.parquet")
    (found,) = records(data("parquet", tmp_path / "x.parquet", {"label": "emotion", "image": "face"}))
    assert (found.data, found.label) == (b"x", EMOTIONS.index("happy"))
