"""A certificate authority of one cluster's own, and the certificates that it signs."""

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, KeyUsage, Name

_SLACK = timedelta(minutes=5)  # clocks of other machines that are slow


class Pair(NamedTuple):
    """A certificate and its key."""

    certificate: "Certificate"
    key: "EllipticCurvePrivateKey"


def authority(days: int) -> Pair:
    """A new authority that signs hosts and nothing below them."""
    from cryptography import x509

    key, name = _key(), _named("fermata cluster")
    builder = (
        _builder(name, name, key, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_uses(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(_signed(builder, key), key)


def host(by: Pair, days: int) -> Pair:
    """What a machine shows, to those that it calls and to those that call it; it ends no later than ``by``."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key, name = _key(), socket.gethostname()[:64] or "localhost"
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]  # workers serve each other
    builder = (
        _builder(_named(name), by.certificate.subject, key, days, by.certificate.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_uses(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False)
    )
    return Pair(_signed(builder, by.key), key)


def _key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _named(name: str) -> "Name":
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])


def _builder(
    subject: "Name", issuer: "Name", key: "EllipticCurvePrivateKey", days: int, last: datetime | None = None
) -> "CertificateBuilder":
    from cryptography import x509

    now = datetime.now(UTC)
    end = now + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(min(end, last) if last else end)
    )


def _uses(signs: bool) -> "KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _signed(builder: "CertificateBuilder", by: "EllipticCurvePrivateKey") -> "Certificate":
    from cryptography.hazmat.primitives import hashes

    return builder.sign(by, hashes.SHA256())
