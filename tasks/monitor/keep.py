"""Profiles below a run's folder: `profiles/RUN_ID.json`, one per run that added something."""

from pathlib import Path
from typing import Final

from tasks import files
from tasks.monitor.profile import FOLDER, Profile, parse, text
from tasks.score import store

_ENDING: Final = ".json"


def write(target: store.Store, desk: Path, profile: Profile) -> None:
    """Write the profile of a run; one that added nothing leaves none."""
    if profile.files:
        name = f"{FOLDER}/{profile.run_id}{_ENDING}"
        files.write_text(desk / name, text(profile))
        target.send(desk, [name])


def read(out: str | Path | store.Store) -> list[Profile]:
    """The profiles below ``out``, oldest first.

    Raises:
        OutputError: one of them is none of this version's.
    """
    place = store.at(out)
    names = sorted(name for name in place.names(FOLDER) if name.endswith(_ENDING))

    def one(name: str) -> Profile:
        with place.open(f"{FOLDER}/{name}") as stream:
            return parse(stream.read(), f"{place.name}/{FOLDER}/{name}")

    return sorted(place.each(one, names), key=lambda found: (found.time, found.run_id))
