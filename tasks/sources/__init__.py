"""Labelled data sets in: one file and one line here per kind."""

from typing import Final

from tasks.sources import class_folders, fer2013_csv, listing, parquet, synthetic, webdataset
from tasks.sources.source import Source

SOURCES: Final[dict[str, Source]] = {
    "class-folders": Source(class_folders.plan, class_folders.read),
    "fer2013-csv": Source(fer2013_csv.plan, fer2013_csv.read),
    "listing": Source(listing.plan, listing.read),
    "parquet": Source(parquet.plan, parquet.read),
    "synthetic": Source(synthetic.plan, synthetic.read),
    "webdataset": Source(webdataset.plan, webdataset.read),
}
