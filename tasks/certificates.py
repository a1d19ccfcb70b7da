"""The folder of certificates of a Dask cluster: made by one command, checked before it is used.

Every side of a connection shows a certificate that the cluster's own authority signed. Dask looks at nothing else, also
not at host names: one folder may serve a whole cluster, and machines may change their addresses.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks import authority
from tasks.errors import OutputError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

AUTHORITY: Final = "ca.pem"
AUTHORITY_KEY: Final = "ca-key.pem"
HOST: Final = "cert.pem"
HOST_KEY: Final = "key.pem"
_AGAIN: Final = "Make them anew: fermata certificates DIR"


@dataclass(frozen=True)
class Held:
    """The three files that one side of a connection needs."""

    authority: Path
    certificate: Path
    key: Path


def write(folder: Path, days: int, by: Path | None = None) -> None:
    """Make ``folder`` with an authority and a host's certificate; keys are for their owner's eyes only.

    Args:
        days: until both end.
        by: a folder that was made so, and whose authority signs. Its key isn't copied.

    Raises:
        OutputError: ``folder`` holds something.
        UsageError: ``by`` holds no authority with its key, or one that has ended.
    """
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"certificates: '{folder}' exists and isn't an empty folder; keys are never overwritten")
    signer = _authority_of(by) if by else authority.authority(days)
    host = authority.host(signer, days)
    with _becoming(folder) as target:
        _put(target / AUTHORITY, _text(signer.certificate), 0o644)
        if by is None:
            _put(target / AUTHORITY_KEY, _text(signer.key), 0o600)
        _put(target / HOST, _text(host.certificate), 0o644)
        _put(target / HOST_KEY, _text(host.key), 0o600)


def held(folder: Path, name: str = "cluster.security", now: datetime | None = None) -> Held:
    """The files of ``folder``, which belong together and hold now.

    Args:
        name: stands in front of complaints.
        now: None: what the clock says.

    Raises:
        UsageError: one is missing, unreadable, has ended, or is of another authority.
    """
    found = Held(*(folder.absolute() / name for name in (AUTHORITY, HOST, HOST_KEY)))
    now = now or datetime.now(UTC)
    issuer, certificate = _certificate(found.authority, name, now), _certificate(found.certificate, name, now)
    if not _signed_by(certificate, issuer):
        raise UsageError(f"{name}: '{found.authority}' didn't sign '{found.certificate}'. {_AGAIN}")
    if _key(found.key, name).public_key() != certificate.public_key():
        raise UsageError(f"{name}: '{found.key}' isn't the key of '{found.certificate}'. {_AGAIN}")
    return found


def _authority_of(folder: Path) -> authority.Pair:
    name = "certificates: --ca"
    return authority.Pair(_certificate(folder / AUTHORITY, name, datetime.now(UTC)), _key(folder / AUTHORITY_KEY, name))


def _signed_by(certificate: "Certificate", issuer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _certificate(path: Path, name: str, now: datetime) -> "Certificate":
    from cryptography.x509 import load_pem_x509_certificate

    data = _read(path, name)
    try:
        found = load_pem_x509_certificate(data)
    except ValueError:
        raise UsageError(f"{name}: '{path}' isn't a certificate (PEM). {_AGAIN}") from None
    first, last = found.not_valid_before_utc, found.not_valid_after_utc
    if not first <= now <= last:
        raise UsageError(
            f"{name}: '{path}' holds from {first:%Y-%m-%d} to {last:%Y-%m-%d}, and this machine's clock says "
            f"{now:%Y-%m-%d}. {_AGAIN}"
        )
    return found


def _key(path: Path, name: str) -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _read(path, name)
    try:
        return load_pem_private_key(data, None)  # type: ignore[return-value]  # others' keys may be RSA
    except (ValueError, TypeError):
        raise UsageError(f"{name}: '{path}' isn't a key without a passphrase (PEM). {_AGAIN}") from None


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: '{path}' cannot be read ({error.strerror}). {_AGAIN}") from None


def _text(part: "Certificate | EllipticCurvePrivateKey") -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    if isinstance(part, x509.Certificate):
        return part.public_bytes(Encoding.PEM)
    return part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _put(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)


@contextmanager
def _becoming(folder: Path) -> Iterator[Path]:
    """A folder for its owner alone, that gets the name ``folder`` when the block has filled it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as around:
        target = Path(around) / "made"
        target.mkdir(mode=0o700)
        yield target
        if folder.exists():
            folder.rmdir()  # empty; Windows renames over nothing
        target.rename(folder)
