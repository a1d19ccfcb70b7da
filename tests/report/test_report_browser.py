import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scored_folder import realistic, write_folder

from tasks.report.score import write_score_report

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = [pytest.mark.chain, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score_report(write_folder(tmp_path_factory.mktemp("scored"), realistic()))


def opened(report: Path, view: str, profile: Path) -> str:
    """The page after its script ran; fails on anything that the browser's console says."""
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr "
        "--virtual-time-budget=3000 --dump-dom"
    )
    run = subprocess.run(
        [CHROMIUM, *flags.split(), f"--user-data-dir={profile}", f"{report.as_uri()}{view}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert not [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    return run.stdout


def names(dom: str) -> list[str]:
    body = dom[dom.index('<table id="table"') :].partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<tr[^>]*><th scope="row"><bdi>(.*?)</bdi>', body)


def test_it_opens_without_a_word_in_the_console(report: Path, tmp_path: Path) -> None:
    dom = opened(report, "", tmp_path)
    assert "62 of 62 files" in dom
    assert len(names(dom)) == 50
    assert '<span class="mini"' in dom


def test_the_address_filters_by_status(report: Path, tmp_path: Path) -> None:
    dom = opened(report, "#status=no_face", tmp_path)
    assert "9 of 62 files" in dom
    assert names(dom) == [f"garden/IMG_{i:04}.jpg" for i in range(9)]


def test_the_address_filters_by_text_and_sorts(report: Path, tmp_path: Path) -> None:
    dom = opened(report, "#q=video&sort=-faces", tmp_path)
    assert names(dom) == ["interview.mp4", "street.mkv", "clips/short.mp4", "endless.mkv", "notes.txt"]
    assert 'aria-sort="descending"' in dom
