"""Which Dask schedulers are trusted, and with what certificates: who reaches one may run any code on its workers."""

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tasks import certificates
from tasks.errors import UsageError
from tasks.params import Cluster

if TYPE_CHECKING:
    from distributed import Security

_ENCRYPTED: Final = ("tls", "wss")


def check(params: Cluster) -> certificates.Held | None:
    """The certificates of ``params.security``; None where none are named.

    Raises:
        UsageError: files that don't serve; an encrypted scheduler without them; an open one on another machine.
    """
    held = certificates.held(Path(params.security)) if params.security else None
    encrypted = params.address.startswith(tuple(f"{scheme}://" for scheme in _ENCRYPTED))
    if encrypted and held is None:
        raise UsageError(
            f"cluster.address: '{params.address}' asks for certificates, and cluster.security names no folder. "
            "Make them with `fermata certificates DIR`, and start the scheduler and its workers with the same"
        )
    if held and params.address and not encrypted:
        raise UsageError(
            f"cluster.address: '{params.address}' isn't encrypted, and cluster.security says '{params.security}'. "
            "Use tls://, or empty cluster.security"
        )
    if params.address and not encrypted and not params.insecure and not _loopback(params.address):
        raise UsageError(
            f"cluster.address: '{params.address}' is another machine's and has no TLS: Dask sends pickled code, so "
            "that whoever reaches that scheduler runs what they like on its workers, and sees your media. Use "
            "certificates (fermata certificates DIR) and tls://, or say cluster.insecure: true where the network is "
            "yours alone"
        )
    return held


def security(params: Cluster) -> "Security | None":
    """What Dask's client and local cluster are given, checked.

    Raises:
        UsageError: as of ``check``.
    """
    held = check(params)
    if held is None:
        return None
    from distributed import Security

    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=str(held.authority),
        **{f"tls_{role}_cert": str(held.certificate) for role in roles},
        **{f"tls_{role}_key": str(held.key) for role in roles},
    )


def _loopback(address: str) -> bool:
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
