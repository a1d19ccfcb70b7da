"""Group `data`: where labelled faces come from."""

from typing import Literal

from pydantic import Field

from tasks.params.model import Model


class Synthetic(Model):
    """The embedded default data set of drawn faces."""

    per_class: int = Field(230, ge=2, le=1_000_000)  # faces per emotion, over all splits
    identities: int = Field(120, ge=3)


class Columns(Model):
    """Names of columns, for `parquet` and `listing`; of fields of the sidecar JSON, for `webdataset`. Empty: none."""

    image: str = ""  # bytes or Hugging Face image; empty: found by its type
    path: str = "path"  # of the file, relative to the listing, or a URL
    label: str = "label"
    split: str = "split"
    group: str = ""  # such as the subject: a group never crosses a split


class Votes(Model):
    """Votes of several people per image, laid over the data set."""

    kind: Literal["none", "ferplus"] = "none"
    # Not read without votes; the defaults are files that DVC finds in every clone.
    path: str = "data/raw/README.md"  # of fer2013new.csv
    join: str = "data/raw/README.md"  # for folders: a CSV of row, usage and file


class Data(Model):
    """Where labelled faces come from."""

    source: Literal["synthetic", "class-folders", "fer2013-csv", "parquet", "listing", "webdataset"] = "synthetic"
    path: str = "data/raw"  # file, folder or fsspec URL; not read by `synthetic`
    seed: int = Field(1, ge=0)
    labels: dict[str, str] = {}  # the data set's word or number -> emotion; usual aliases are known
    splits: dict[str, str] = {}  # the data set's word -> split; usual aliases are known
    pattern: str = ""  # of paths in `class-folders`, such as {split}/{label}/{group}_{}.jpg; empty: by class folders
    columns: Columns = Columns()
    votes: Votes = Votes()
    synthetic: Synthetic = Synthetic()
