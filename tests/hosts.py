"""Hosts of one's own on this machine: network namespaces on a switch, whose cables can be pulled.

Nothing of the machine's own network is touched: the switch is a bridge in a namespace as well.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

_SWITCH = "switch"


class Hosts:
    """A switch, and hosts by name; each has an address, a folder for temporary files, and processes."""

    def __init__(self, base: Path, stack: ExitStack) -> None:
        self._base, self._stack, self._prefix = base, stack, f"fermata-{os.getpid()}-{secrets.token_hex(2)}"
        self.addresses: dict[str, str] = {}
        self._namespace(_SWITCH)
        _ip("-n", self._name(_SWITCH), "link", "add", "br0", "type", "bridge")
        _ip("-n", self._name(_SWITCH), "link", "set", "br0", "up")

    def add(self, host: str) -> str:
        """Plug one in; its address."""
        self._namespace(host)
        address, port, switch = f"10.77.0.{len(self.addresses) + 1}", f"to-{host}", self._name(_SWITCH)
        _ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", self._name(host))
        _ip("-n", switch, "link", "set", port, "master", "br0")
        _ip("-n", self._name(host), "address", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", self._name(host), "link", "set", "eth0", "up")
        (self._base / host).mkdir()
        self.addresses[host] = address
        self.plug(host)
        return address

    def plug(self, host: str) -> None:
        """Put its cable in."""
        _ip("-n", self._name(_SWITCH), "link", "set", f"to-{host}", "up")

    def unplug(self, host: str) -> None:
        """Pull its cable: what runs there goes on, and nobody is told."""
        _ip("-n", self._name(_SWITCH), "link", "set", f"to-{host}", "down")

    def start(self, host: str, *arguments: str, environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
        """Run Python there until the block ends, with both outputs in ``log``."""
        with log.open("wb") as file:
            process = subprocess.Popen(
                self._command(host, arguments), env=self._environment(host, environment), cwd=self._base / host,
                stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
        self._stack.callback(_ended, process)
        return process

    def run(self, host: str, *arguments: str, environment: dict[str, str], timeout: float = 120) -> str:
        """Run Python there; what it prints."""
        done = subprocess.run(
            self._command(host, arguments), env=self._environment(host, environment), cwd=self._base / host,
            capture_output=True, text=True, check=False, timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def inside(self, host: str) -> list[str]:
        """The command that runs another one there."""
        return ["ip", "netns", "exec", self._name(host)]

    def _command(self, host: str, arguments: tuple[str, ...]) -> list[str]:
        return [*self.inside(host), sys.executable, *arguments]

    def _environment(self, host: str, environment: dict[str, str]) -> dict[str, str]:
        # Hosts share no temporary folder, as those with a kernel each.
        return environment | {"TMPDIR": str(self._base / host)}

    def _name(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def _namespace(self, host: str) -> None:
        _ip("netns", "add", self._name(host))
        self._stack.callback(_ip, "netns", "delete", self._name(host))  # its links go with it
        _ip("-n", self._name(host), "link", "set", "lo", "up")


@contextmanager
def hosts(base: Path) -> Iterator[Hosts]:
    """A switch without hosts; skips the test where this machine can't have any."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    if not shutil.which("ip"):
        pytest.skip("network namespaces need the command `ip` (Debian: iproute2)")
    with ExitStack() as stack:
        try:
            made = Hosts(base, stack)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine makes no network namespaces: {error.stderr.strip()}")
        yield made


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
