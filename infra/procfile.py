"""A Procfile and the environment that its lines name: `name: command with ${NAMES}`."""

import shlex
import socket
from collections.abc import Mapping
from pathlib import Path
from string import Template


def commands(text: str, values: Mapping[str, str]) -> dict[str, list[str]]:
    """Name -> command, in the file's order.

    Raises:
        SystemExit: a name that no value is there for, or a line that is none.
    """
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, command = line.partition(":")
        if not colon:
            raise SystemExit(f"stack: '{line}' in the Procfile is no `name: command`")
        try:
            found[name.strip()] = [Template(word).substitute(values) for word in shlex.split(command)]
        except KeyError as error:
            raise SystemExit(f"stack: ${{{error.args[0]}}} of '{name}' is not in the environment file") from None
    return found


def environment(file: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What ``file`` says, one `NAME=value` a line, quoted as for a shell; ``given`` wins.

    Raises:
        SystemExit: a quote without its end.
    """
    pairs = [line.partition("=") for line in file.read_text().splitlines() if "=" in line and not line.startswith("#")]
    try:
        found = {name.strip(): " ".join(shlex.split(value)) for name, _, value in pairs}
    except ValueError as error:
        raise SystemExit(f"stack: '{file}' has a value that no shell takes: {error}") from None
    return {name: given.get(name, value) for name, value in found.items()}


def ports(values: Mapping[str, str]) -> dict[str, str]:
    """``values`` with a free port for each one that is 0."""
    wanted = [name for name, value in values.items() if name.endswith("_PORT") and value == "0"]
    taken = [socket.create_server((values["STACK_HOST"], 0)) for _ in wanted]  # all at once: none is given twice
    found = {name: str(held.getsockname()[1]) for name, held in zip(wanted, taken, strict=True)}
    for held in taken:
        held.close()
    return {**values, **found}
