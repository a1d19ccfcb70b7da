"""Score from a bucket into a bucket while one request in ten fails: the tables are those of a run on disk."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import fsspec
import pandas as pd
from s3_server import ENVIRONMENT

from campaigns.budget import Budget
from campaigns.processes import Command
from campaigns.proxy import spoiling
from campaigns.report import Report
from tasks import files
from tasks.synthetic.archive import write_archive

ROOT: Final = Path(__file__).parents[2]
SHARE: Final = 0.1  # of the requests fail
TABLES: Final = {
    "files": ("source", "member"),
    "frames": ("source", "member", "frame"),
    "faces": ("source", "member", "frame", "face"),
    "tracks": ("source", "member", "track"),
}
OWN: Final = ("seconds", "run_id", "unit")  # of one run, not of what it found
UNITS: Final = 4  # after which a run is killed
LONGEST: Final = 400.0  # seconds of a run


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Score ``budget.rounds`` (5) times with other faults each; every other run is killed once and resumed."""
    from moto.server import ThreadedMotoServer

    home.mkdir(parents=True, exist_ok=True)
    write_archive(home / "media", home / "truth.parquet", report.seed, *((6, 1) if budget.slice else (60, 6)))
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    store = fsspec.filesystem("s3", key="testing", secret="testing", endpoint_url=address)
    try:
        store.mkdir("archive")
        for path in sorted(path for path in (home / "media").rglob("*") if path.is_file()):
            store.put_file(str(path), f"archive/media/{path.relative_to(home / 'media').as_posix()}")
        _score(home, values, "media", "labels")
        near = {name: _table(pd.read_parquet(home / "labels" / name), name) for name in TABLES}
        report.say(", ".join(f"{len(table)} {name}" for name, table in near.items()))
        for number in budget.turns(1 if budget.slice else 5):
            with spoiling(address, SHARE, report.seed + number) as proxy:
                seen = dict(values) | ENVIRONMENT | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.server_port}"}
                out = f"s3://archive/labels-{number}"
                if number % 2:
                    _killed(home, seen, store, out)
                said = _score(home, seen, "s3://archive/media", out, *(["--resume"] if number % 2 else []))
            faults = ", ".join(f"{count} {fault}" for fault, count in sorted(proxy.spoilt.items()))
            report.say(f"{proxy.asked.total()} requests, of which failed: {faults}")
            report.check(proxy.spoilt.total() > 0, "no request failed")
            report.check("Traceback" not in said, f"a traceback: {said[-500:]}")
            _compare(report, near, home / f"far-{number}", store, out)
    finally:
        server.stop()


def _score(home: Path, values: Mapping[str, str], source: str, out: str, *more: str) -> str:
    command = _begin(home, values, source, out, *more)
    code = command.wait(LONGEST)
    if code:
        raise RuntimeError(f"score {source} ended with {code}: {command.said[-1000:]}")
    return command.said


def _killed(home: Path, values: Mapping[str, str], store: Any, out: str) -> None:
    """Kill all processes of a run after its first units; the lock that it leaves is of a process that is gone."""
    command = _begin(home, values, "s3://archive/media", out)
    try:
        while command.code is None and len(store.glob(f"{out}/units/*")) < UNITS:
            store.invalidate_cache()
            time.sleep(0.2)
    finally:
        command.kill()


def _begin(home: Path, values: Mapping[str, str], source: str, out: str, *more: str) -> Command:
    words = ["score", source, "--out", out, "--model", str(ROOT / "models/reference"), "--detector", "haar", *more]
    sets = ("score.part_seconds=1.0", "score.images_per_unit=4", "cluster.workers=2")
    arguments = ["-m", "flows.cli", *words, *(f"--set={one}" for one in sets)]
    return Command(arguments, home, dict(values) | {"PYTHONPATH": str(ROOT)}, home / f"{Path(out).name}.log")


def _table(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Without what is one run's own."""
    kept = table.drop(columns=[column for column in OWN if column in table])
    return kept.sort_values(list(TABLES[name]), ignore_index=True)


def _compare(report: Report, near: Mapping[str, pd.DataFrame], desk: Path, store: Any, out: str) -> None:
    store.get(f"{out}/", f"{desk}/", recursive=True)
    left = sorted(path.name for path in desk.iterdir())
    others = ("audit.jsonl", "plan.parquet", "profiles", "report.html", "run.json", "thumbs.parquet")
    wanted = sorted([*TABLES, *others])
    report.check(left == wanted, f"{out} holds {left}")
    report.check(files.read_json(desk / "run.json")["state"] == "finished", f"{out} is not finished")
    for name, expected in near.items():
        found = pd.read_parquet(desk / name)
        found["source"] = found["source"].str.removeprefix("s3://archive/")
        if "duplicate_of" in found:
            found["duplicate_of"] = found["duplicate_of"].str.removeprefix("s3://archive/")
        twice = int(found.duplicated(list(TABLES[name])).sum())
        report.check(not twice, f"{out}: {twice} rows of {name} stand there twice")
        try:
            pd.testing.assert_frame_equal(_table(found, name), expected)
        except AssertionError as error:
            report.fail(f"{out}: {name} differs: {' '.join(str(error).split())[:300]}")
