"""Whatever a data set's bytes are, reading it gives records or one SourceError, and no other exception."""

import gzip
import tarfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_sources import data, make_folders, put, survives, zipped
from made_tables import table, write
from made_tars import File, samples, tar

CSV = "".join(["emotion,pixels,Usage\n", *(f"{n},{' '.join(['7'] * 2304)},Training\n" for n in range(3))]).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole data sets, and room for damaged ones."""
    made = tmp_path_factory.mktemp("damage")
    zipped(make_folders(made / "faces"), made / "whole.zip")
    put(made / "whole.csv", CSV)
    put(made / "whole.csv.gz", gzip.compress(CSV))
    write(made / "whole.parquet", table(9, subject=list("abcdefghi")))
    write(made / "whole.arrow", table(9, subject=list("abcdefghi")))
    for form, width in ((tarfile.PAX_FORMAT, 60), (tarfile.GNU_FORMAT, 60), (tarfile.USTAR_FORMAT, 20)):
        odd: list[File] = [
            ("ü" * width + ".jpg", b"x"), ("7.json", b'{"label": "joy", "split": "test"}'), ("7.jpg", b"y"),
        ]  # fmt: skip
        packed = tar([*samples(0, 2), *odd], form)
        put(made / f"whole-{form}.tar", packed)
        put(made / f"whole-{form}.tgz", gzip.compress(packed))
    return made


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("class-folders", "whole.zip"),
        ("fer2013-csv", "whole.csv"),
        ("fer2013-csv", "whole.csv.gz"),
        ("parquet", "whole.parquet"),
        ("parquet", "whole.arrow"),
        *(("webdataset", f"whole-{form}.{end}") for form in range(3) for end in ("tar", "tgz")),
    ],
)
@settings(max_examples=40, deadline=None)
@given(draw=st.data())
def test_damaged_data_sets_give_records_or_a_source_error(
    folder: Path, source: str, name: str, draw: st.DataObject
) -> None:
    whole = bytearray((folder / name).read_bytes())
    for at in draw.draw(st.lists(st.integers(0, len(whole) - 1), max_size=9)):
        whole[at] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    path = put(folder / name.replace("whole", "damaged"), bytes(whole[:cut]))
    survives(data(source, path, {"group": "subject"} if source == "parquet" else None))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["list.csv", "list.tsv", "list.txt", "list.parquet"]), st.booleans())
@example(b"x\x00y,happy\n", "list.csv", False)
@example(b"." * 5000 + b",happy\n", "list.csv", False)
@example(b"http://[,happy\n", "list.csv", False)
@example(b"file://,happy\nfile:///,happy\nmemory://,happy\n", "list.csv", False)
@example(b'"', "list.csv", True)
def test_any_listing_gives_records_or_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, name: str, headless: bool
) -> None:
    path = put(tmp_path_factory.getbasetemp() / "any" / name, text if headless else b"path,label,split\n" + text)
    survives(data("listing", path, {"path": "0", "label": "1"} if headless else None))
