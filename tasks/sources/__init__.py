"""Labelled data sets in: one file and one line here per kind."""

from typing import Final

from tasks.sources import class_folders, fer2013_csv, synthetic
from tasks.sources.source import Source

SOURCES: Final[dict[str, Source]] = {
    "class-folders": Source(class_folders.plan, class_folders.read),
    "fer2013-csv": Source(fer2013_csv.plan, fer2013_csv.read),
    "synthetic": Source(synthetic.plan, synthetic.read),
}
