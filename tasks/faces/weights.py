"""Where YuNet's file comes from: named by the user, the cache, or one download from the model zoo."""

import http.client
import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tasks import files
from tasks.errors import UsageError
from tasks.faces import mtcnn
from tasks.params import Detector

FILE = "face_detection_yunet_2023mar.onnx"
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
URL = f"https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/{FILE}"
TIMEOUT = 10.0  # seconds


@dataclass(frozen=True)
class Chosen:
    """The detector of a run: its name, its file and that file's sha256 (empty: it has none), and why it was chosen."""

    name: str
    weights: str
    sha256: str
    fallback: bool
    why: str


def cache() -> Path:
    """FERMATA_CACHE, else the user's cache folder."""
    base = os.environ.get("FERMATA_CACHE")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fermata"


def choose(params: Detector, url: str = URL, sha256: str = SHA256) -> Chosen:
    """Decide once, before a run, which detector finds its faces.

    Raises:
        UsageError: a file that the user named is missing; or `yunet` or `mtcnn` was asked for by name and can't be had.
    """
    if params.name == "mtcnn":
        mtcnn.require()
    if params.name in ("haar", "mtcnn", "none"):
        return Chosen(params.name, "", "", False, "asked for")
    if params.weights:
        path = Path(params.weights)
        if not path.is_file():
            raise UsageError(
                f"detector.weights: no file '{params.weights}'. Leave it empty to use the cache or a download"
            )
        return _yunet(path, "the file that was named")
    cached = cache() / "detectors" / FILE
    if cached.is_file() and files.sha256(cached) == sha256:
        return _yunet(cached, "from the cache")
    try:
        download(url, sha256, cached)
    except (OSError, http.client.HTTPException, UsageError) as error:
        reason = getattr(error, "reason", None) or error
        if params.name == "yunet":
            raise UsageError(
                f"detector.name: yunet's file is not in '{cached.parent}' and can't be downloaded ({reason}). "
                "Use --detector-weights FILE, or --detector haar"
            ) from None
        return Chosen("haar", "", "", True, f"YuNet's file is not in the cache and can't be downloaded ({reason})")
    return _yunet(cached, "downloaded from the model zoo")


def download(url: str, sha256: str, target: Path) -> None:
    """Fetch ``url`` to ``target``, whole and with the right sha256, or not at all.

    Raises:
        OSError: no answer, or no room.
        http.client.HTTPException: an answer that is not HTTP.
        UsageError: another content than expected.
    """
    with files.replacing(target) as temporary:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, temporary.open("wb") as stream:  # noqa: S310  ours
            shutil.copyfileobj(answer, stream)
        found = files.sha256(temporary)
        if found != sha256:
            raise UsageError(f"'{url}' holds another file than expected (sha256 {found}, not {sha256})")


def _yunet(path: Path, why: str) -> Chosen:
    return Chosen("yunet", str(path.resolve()), files.sha256(path), False, why)
