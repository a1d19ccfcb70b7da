import shutil
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks import certificates
from tasks.certificates import AUTHORITY, AUTHORITY_KEY, HOST, HOST_KEY
from tasks.errors import OutputError, UsageError


@pytest.fixture
def made(tmp_path: Path) -> Path:
    certificates.write(tmp_path / "tls", 30)
    return tmp_path / "tls"


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_keys_are_for_their_owner_alone(made: Path) -> None:
    assert _modes(made) == {AUTHORITY: 0o644, AUTHORITY_KEY: 0o600, HOST: 0o644, HOST_KEY: 0o600}
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert [path.name for path in made.parent.iterdir()] == ["tls"]


def test_openssl_takes_them_for_both_ends(made: Path) -> None:
    """A handshake in memory, both sides asking for a certificate, as Dask does."""
    held = certificates.held(made)

    def context(purpose: ssl.Purpose) -> ssl.SSLContext:
        made = ssl.create_default_context(purpose, cafile=str(held.authority))
        made.check_hostname, made.verify_mode = False, ssl.CERT_REQUIRED
        made.load_cert_chain(held.certificate, held.key)
        return made

    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context(ssl.Purpose.SERVER_AUTH).wrap_bio(down, up)
    server = context(ssl.Purpose.CLIENT_AUTH).wrap_bio(up, down, server_side=True)
    done = set[ssl.SSLObject]()
    for _ in range(4):
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                continue
    assert done == {client, server}
    assert client.getpeercert() and server.getpeercert()


@pytest.mark.parametrize("name", ["tls", "tls/key.pem"])
def test_nothing_is_overwritten(made: Path, name: str) -> None:
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    with pytest.raises(OutputError, match=rf"'.*{name}' exists and isn't an empty folder"):
        certificates.write(made.parent / name, 30)
    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    certificates.write(tmp_path / "tls", 1)
    assert certificates.held(tmp_path / "tls").key == tmp_path / "tls" / HOST_KEY


def test_another_host_of_the_same_authority_ends_no_later(made: Path) -> None:
    other = made.with_name("other")
    certificates.write(other, 3650, made)
    assert sorted(_modes(other)) == [AUTHORITY, HOST, HOST_KEY]
    assert (other / AUTHORITY).read_bytes() == (made / AUTHORITY).read_bytes()
    assert (other / HOST_KEY).read_bytes() != (made / HOST_KEY).read_bytes()
    certificates.held(other)
    with pytest.raises(UsageError, match=r"certificates: --ca: '.*ca-key\.pem' cannot be read \(No such file"):
        certificates.write(made.with_name("third"), 30, other)
    assert not made.with_name("third").exists()


@pytest.mark.parametrize(
    ("name", "instead", "said"),
    [
        (AUTHORITY, None, r"cluster\.security: '.*/ca\.pem' cannot be read \(No such file or directory\)\. Make them"),
        (HOST_KEY, None, r"'.*/key\.pem' cannot be read"),
        (HOST, b"nonsense", r"'.*/cert\.pem' isn't a certificate \(PEM\)"),
        (HOST_KEY, b"nonsense", r"'.*/key\.pem' isn't a key without a passphrase"),
        (HOST, HOST, r"'.*/ca\.pem' didn't sign '.*/cert\.pem'"),
        (HOST_KEY, HOST_KEY, r"'.*/key\.pem' isn't the key of '.*/cert\.pem'"),
    ],
)
def test_what_does_not_serve_is_named(made: Path, name: str, instead: bytes | str | None, said: str) -> None:
    (made / name).unlink()
    if isinstance(instead, bytes):
        (made / name).write_bytes(instead)
    elif instead:  # of another cluster
        certificates.write(made.with_name("other"), 30)
        shutil.copy(made.with_name("other") / instead, made / name)
    with pytest.raises(UsageError, match=said) as raised:
        certificates.held(made)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("days", [-1, 31])
def test_what_has_ended_or_is_yet_to_begin_is_said_with_its_days(made: Path, days: int) -> None:
    with pytest.raises(
        UsageError, match=r"'.*/ca\.pem' holds from 20\d\d-.* to 20\d\d-.*, and this machine's clock says"
    ):
        certificates.held(made, now=datetime.now(UTC) + timedelta(days=days))
