"""A PostgreSQL of the stack's own: its data in a folder, never run as root, a user whose password nobody typed."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

USER: Final = "fermata"
DATABASES: Final = ("prefect", "mlflow")


def programs(asked: str) -> Path | None:
    """The folder of initdb and postgres: ``asked``, the newest of Debian's, or the PATH's; None: there is none.

    Raises:
        SystemExit: there is none where ``asked`` says.
    """
    if asked:
        if not (Path(asked) / "initdb").is_file():
            raise SystemExit(f"stack: POSTGRES_BIN: no initdb in '{asked}'")
        return Path(asked)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = shutil.which("initdb")
    return debian[-1].parent if debian else Path(found).resolve().parent if found else None


def as_user() -> dict[str, Any]:
    """Whose processes PostgreSQL's are, for `subprocess`: of root's, those of the user that its package makes.

    Raises:
        SystemExit: there is no such user.
    """
    if os.geteuid():
        return {}
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise SystemExit(
            "stack: PostgreSQL never runs as root, and there is no user 'postgres'. Install Debian's package, start "
            "the stack as another user, or say POSTGRES=off"
        ) from None
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def place(asked: str, stack: Path) -> Path:
    """Where its data lie: ``asked``, or below ``stack`` where its user can enter that, or in its own home."""
    if asked:
        return Path(asked).absolute()
    if not as_user() or _enters(stack):
        return stack / "postgres"
    return Path(pwd.getpwnam("postgres").pw_dir) / f"fermata-{sha256(str(stack).encode()).hexdigest()[:8]}"


def _enters(folder: Path) -> bool:
    asked = ["/usr/bin/env", "test", "-x", str(folder)]
    return not subprocess.run(asked, cwd="/", check=False, **as_user()).returncode


def make(data: Path, binaries: Path, word: Path) -> None:
    """Make the data folder, and ``word``, a file with the user's password; what is there stays.

    Raises:
        SystemExit: initdb failed.
    """
    if not word.exists():
        word.touch(0o600)
        word.write_text(secrets.token_urlsafe(24))
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    if who := as_user():
        shutil.chown(data, who["user"], who["group"])
    # A copy that its user can read, gone again at once: `word` is for who starts the stack.
    with tempfile.NamedTemporaryFile("w", prefix="fermata-") as lent:
        lent.write(word.read_text())
        lent.flush()
        if who:
            shutil.chown(lent.name, who["user"])
        options = ["-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", f"--pwfile={lent.name}"]
        made = subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), *options], cwd="/", env=environment(),
            capture_output=True, text=True, check=False, **who,
        )  # fmt: skip
    if made.returncode:
        raise SystemExit(f"stack: initdb in '{data}' failed: {made.stderr.strip().splitlines()[-1]}")


def databases(binaries: Path, word: Path, host: str, port: str) -> None:
    """Make the databases that are not there.

    Raises:
        SystemExit: psql failed.
    """
    for name in DATABASES:
        there = f"EXISTS (SELECT FROM pg_database WHERE datname = '{name}')"
        asked = f"SELECT 'CREATE DATABASE {name}' WHERE NOT {there}\\gexec"
        told = subprocess.run(
            [str(binaries / "psql"), "-X", "-q", "-h", host, "-p", port, "-U", USER, "postgres"], input=asked, cwd="/",
            env=environment() | {"PGPASSWORD": word.read_text()}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if told.returncode or "ERROR" in told.stderr:
            raise SystemExit(f"stack: database '{name}': {told.stderr.strip().splitlines()[-1]}")


def url(database: str, values: Mapping[str, str], word: Path, driver: str = "") -> str:
    """The address of a database, password included: for an environment, never for a command line."""
    scheme = f"postgresql+{driver}" if driver else "postgresql"
    return f"{scheme}://{USER}:{word.read_text()}@{values['STACK_HOST']}:{values['POSTGRES_PORT']}/{database}"


def environment() -> dict[str, str]:
    """What PostgreSQL's programs see."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
