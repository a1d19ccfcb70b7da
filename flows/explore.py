"""explore: a prepared folder in, a page for its curator out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import places, progress
from flows.stage import stage
from tasks import params
from tasks.explore import draw, gallery, prepared, report, scan, tables
from tasks.explore.findings import findings


@flow(name="explore", validate_parameters=False)
def explore(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    out: str = str(places.EXPLORED),
) -> dict[str, Any]:
    """Report what the prepared folder ``data`` holds and what was left out; return the summary.

    Writes report.html, charts as PNG, tables as CSV and summary.json to ``out``.

    Raises:
        SourceError: ``data`` is no prepared folder, or a table in it cannot be read.
    """
    wanted = params.load(Path(params_file), tuple(overrides)).explore
    folder = prepared.open_folder(Path(data))
    counted = count(folder, wanted)
    shown = pictures(folder, counted, wanted)
    return write(Path(out), folder, counted, shown, wanted)


@stage("count")
def count(folder: prepared.Prepared, wanted: params.Explore) -> scan.Scan:
    """Read all columns but the pictures."""
    with progress.bar("explore", folder.rows) as advance:
        return scan.scan(folder, wanted, advance)


@stage("pictures")
def pictures(folder: prepared.Prepared, counted: scan.Scan, wanted: params.Explore) -> gallery.Gallery:
    """Read the pictures that are shown."""
    return gallery.gather(folder, counted, wanted.pairs)


@stage("write")
def write(
    out: Path, folder: prepared.Prepared, counted: scan.Scan, shown: gallery.Gallery, wanted: params.Explore
) -> dict[str, Any]:
    """Write the page, the charts and the tables."""
    found = findings(folder.manifest, counted)
    draw.write_charts(out, folder.manifest, counted, shown)
    report.write_page(out / "report.html", folder, counted, shown, found, wanted)
    return tables.write_tables(out, folder.manifest, counted, found)
