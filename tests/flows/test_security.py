from pathlib import Path

import pytest

from flows import security
from tasks import certificates
from tasks.errors import UsageError
from tasks.params import Cluster


@pytest.fixture
def folder(tmp_path: Path) -> str:
    certificates.write(tmp_path / "tls", 1)
    return str(tmp_path / "tls")


@pytest.mark.parametrize(
    "address",
    ["tcp://10.9.8.7:8786", "10.9.8.7:8786", "tcp://[2001:db8::1]:8786", "ws://host:1", "tcp://localhost.evil:1"],
)
def test_an_open_scheduler_elsewhere_is_refused_with_the_reason(address: str) -> None:
    with pytest.raises(UsageError, match=r"has no TLS: Dask sends pickled code.*cluster\.insecure: true") as raised:
        security.check(Cluster(address=address))
    assert "\n" not in str(raised.value)
    assert f"'{address}'" in str(raised.value)
    assert security.check(Cluster(address=address, insecure=True)) is None


@pytest.mark.parametrize(
    "address", ["", "tcp://127.0.0.1:8786", "127.0.0.1:8786", "tcp://[::1]:1", "tcp://localhost:1"]
)
def test_here_none_is_needed(address: str) -> None:
    assert security.security(Cluster(address=address)) is None


@pytest.mark.parametrize("insecure", [False, True])
def test_tls_needs_certificates(insecure: bool, folder: str) -> None:
    with pytest.raises(UsageError, match=r"'tls://h:1' asks for certificates, and cluster\.security names no folder"):
        security.check(Cluster(address="tls://h:1", insecure=insecure))
    assert security.check(Cluster(address="tls://h:1", security=folder)) == certificates.held(Path(folder))


def test_certificates_for_an_open_scheduler_are_a_contradiction(folder: str) -> None:
    with pytest.raises(UsageError, match=r"isn't encrypted, and cluster\.security says"):
        security.check(Cluster(address="tcp://127.0.0.1:1", security=folder))


def test_dask_is_told_the_files_of_all_roles(folder: str) -> None:
    told = security.security(Cluster(security=folder))
    assert told is not None
    assert told.require_encryption
    for role in ("client", "scheduler", "worker"):
        found = told.get_tls_config_for_role(role)
        assert (found["ca_file"], found["cert"], found["key"]) == tuple(
            f"{folder}/{name}" for name in ("ca.pem", "cert.pem", "key.pem")
        )
