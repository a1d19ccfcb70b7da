"""An S3 API on this machine, one per session: what reads buckets is tested against a server that answers."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

import fsspec
import pytest

_NUMBERS: Final = count()
ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Bucket(NamedTuple):
    """An empty bucket of one test's own."""

    url: str  # s3://...
    store: Any  # fsspec's

    def put(self, key: str, data: bytes) -> str:
        """Write one object; its URL."""
        self.store.pipe_file(f"{self.url}/{key}", data)
        return f"{self.url}/{key}"

    def fill(self, folder: Path) -> str:
        """Write all files below ``folder`` under their relative names; the bucket's URL."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(path.relative_to(folder).as_posix(), path.read_bytes())
        return self.url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server; the environment points to it, as it would to a store of one's own."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
            patch.setenv(name, value)
        fsspec.get_filesystem_class("s3").clear_instance_cache()  # none that was made for another endpoint
        yield address
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    server.stop()


@pytest.fixture
def bucket(s3_server: str) -> Bucket:
    """An empty bucket on ``s3_server``."""
    store = fsspec.filesystem("s3")
    url = f"s3://faces-{next(_NUMBERS)}"
    store.mkdir(url)
    return Bucket(url, store)
