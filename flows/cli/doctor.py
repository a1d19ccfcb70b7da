"""fermata doctor."""

import platform
import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tasks.params import Params

PACKAGES = (
    "fermata", "prefect", "dask", "distributed", "tensorflow", "keras", "pyarrow", "pandas", "opencv-python-headless",
    "av", "ai-edge-litert", "mlflow", "dvc",
)  # fmt: skip

MISSING = "MISSING: pip install --require-hashes -r requirements.lock"


@click.command(
    epilog="""\b
Example:
  fermata doctor
"""
)
@click.option(
    "--params", "params_file", metavar="FILE", default="params.yaml", show_default=True, help="The parameters."
)
def command(params_file: str) -> int:
    """Say what is installed, and which accelerators, servers and detector files are found.

    Exit code 1 if a package is missing.
    """
    from pathlib import Path

    from tasks import params
    from tasks.provenance import versions

    settings = params.load(Path(params_file))
    found = versions(*PACKAGES)
    missing = [package for package in PACKAGES if package not in found]
    rows = {
        "python": f"{sys.version.split()[0]} on {platform.platform()}",
        **{package: found.get(package, MISSING) for package in PACKAGES},
        "accelerators": _accelerators() if "tensorflow" in found else "unknown without tensorflow",
        "tracking": _tracking(settings) if "mlflow" in found else "unknown without mlflow",
        "prefect server": _prefect(),
        "dask scheduler": settings.cluster.address or "a local cluster, started with each command",
        "detector": _detector(settings),
        "git": shutil.which("git") or "MISSING: results will not say which revision made them",
    }
    for name, value in rows.items():
        click.echo(f"{name:<22} {value}")
    return int(bool(missing))


def _accelerators() -> str:
    from tasks import quiet
    from tasks.training.device import precision

    with quiet.native_output():
        import tensorflow as tf

        devices = [f"{device.device_type} {device.name}" for device in tf.config.list_physical_devices("GPU")]
    from tasks.params import Train

    return f"{', '.join(devices) or 'no GPU'}; trains in {precision(Train())} here"


def _tracking(settings: "Params") -> str:
    from pathlib import Path

    from tasks.errors import RegistryError
    from tasks.registry_address import is_new, uri

    address = uri(settings.tracking, Path.cwd())
    if is_new(address):
        return f"{address} (made with the first training)"
    from tasks.registry import CHAMPION, Registry

    try:
        champion = Registry(settings.tracking, address).find(CHAMPION)
    except RegistryError as error:
        return str(error)
    return f"{address}, champion: {champion.label if champion else 'none'}"


def _prefect() -> str:
    import os

    address = os.environ.get("PREFECT_API_URL")
    return f"server {address}" if address else "a temporary server, started with each command"


def _detector(settings: "Params") -> str:
    from tasks import files
    from tasks.faces import weights
    from tasks.provenance import versions

    wanted = settings.score.detector.name
    if wanted not in ("auto", "yunet"):
        return wanted
    runner = "onnxruntime" if versions("onnxruntime") else "OpenCV; make install EXTRAS=onnx makes it twice as fast"
    named = settings.score.detector.weights
    if named:
        return f"yunet, {named}, on {runner}"
    cached = weights.cache() / "detectors" / weights.FILE
    if cached.is_file() and files.sha256(cached) == weights.SHA256:
        return f"yunet, {cached}, on {runner}"
    return (
        f"haar until YuNet's file is in {cached.parent} (downloaded with the first scoring, or --detector-weights FILE)"
    )
