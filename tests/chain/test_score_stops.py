"""fermata score that is stopped in the middle goes on later. Stops at other moments are in test_stops.py."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from commands import Cli
from noise import pictures

pytestmark = pytest.mark.chain


@pytest.mark.long
def test_ctrl_c_stops_cleanly_and_resume_goes_on(
    environment: dict[str, str], cli: Cli, bundle_folder: Path, tmp_path: Path
) -> None:
    pictures(tmp_path / "media", 160)
    arguments = ["media", "--out", "labels", "--model", str(bundle_folder), "--detector", "haar", "--allow-synthetic"]
    arguments += ["--set", "score.images_per_unit=4"]
    running = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "score", *arguments],
        cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    units = tmp_path / "labels" / "units"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (units.is_dir() and len(list(units.glob("[!.]*"))) >= 2):
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert "--resume" in said
    done = {unit.name: unit.stat().st_mtime_ns for unit in units.glob("[!.]*")}
    assert 2 <= len(done) < 40
    assert not (tmp_path / "labels" / "files").exists()
    assert json.loads((tmp_path / "labels" / "run.json").read_text())["state"] == "stopped"
    told = cli("status", "labels", cwd=tmp_path).stdout
    assert f"stopped: {len(done)} of 40 units, {4 * len(done)} frames, 0 faces" in told
    assert f"{4 * len(done)} no_face" in told
    assert "--resume" in told
    refused = cli("score", *arguments, cwd=tmp_path)
    assert refused.returncode == 2
    resumed = cli("score", *arguments, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    shutil.rmtree(tmp_path / "whole", ignore_errors=True)
    arguments[2] = "whole"
    assert cli("score", *arguments, cwd=tmp_path).returncode == 0
    left, right = (pd.read_parquet(tmp_path / name / "files").drop(columns="seconds") for name in ("labels", "whole"))
    pd.testing.assert_frame_equal(left, right)
    assert len(left) == 160
    told = cli("status", "labels", cwd=tmp_path).stdout
    assert "finished: 40 of 40 units, 160 frames, 0 faces" in told
    assert "predicted" in told
