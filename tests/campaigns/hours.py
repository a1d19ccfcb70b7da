"""Memory of `fermata score` over a film of two hours and over 100,000 pictures: under a limit, and flat."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import cv2

from benchmarks.repeat import repeated
from campaigns.budget import Budget
from campaigns.memory import Memory, Sample, follow
from campaigns.processes import Command
from campaigns.report import Report
from tasks.synthetic.archive import encoded
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still

PICTURES: Final = 100_000
SECONDS: Final = 7200.0  # of the film
DRAWN: Final = 40  # pictures; the others are these with other last bytes, which no decoder reads
CLIP: Final = 10.0  # seconds, over and over
LIMIT: Final = 1_200_000_000  # bytes of a worker
GROWTH: Final = (1.1, 50 << 20)  # most at the end: times that after a fifth, and bytes more
WORKERS: Final = 2
REFERENCE: Final = Path(__file__).parents[2] / "models" / "reference"
YUNET: Final = Path(__file__).parents[3] / "shared" / "data" / "detectors" / "face_detection_yunet_2023mar.onnx"

Samples = Sequence[Sample[int]]


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """Score ``budget.rounds`` pictures (100,000), and a film that is as long for them as two hours are for those."""
    pictures = budget.size(400 if budget.slice else PICTURES)
    home.mkdir(parents=True, exist_ok=True)
    for name, media in (
        ("film", _film(home / "film", report.seed, SECONDS * pictures / PICTURES)),
        ("pictures", _pictures(home / "pictures", report.seed, pictures)),
    ):
        memory = _scored(report, name, media, home, values)
        shutil.rmtree(media)
        if memory is not None:
            _tell(report, name, memory)


def _film(folder: Path, seed: int, seconds: float) -> Path:
    folder.mkdir()
    write_clip(folder.with_name("clip.mp4"), clip(seed, 1, CLIP, faces=2, width=640, height=360))
    repeated(folder.with_name("clip.mp4"), folder / "film.mp4", max(7, round(seconds / CLIP)))
    return folder


def _pictures(folder: Path, seed: int, count: int) -> Path:
    drawn = [encoded(cv2.resize(still(seed, number, 1 + number % 2)[0], (320, 240)), ".jpg") for number in range(DRAWN)]
    for number in range(count):
        place = folder / f"{number // 1000:03}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.jpg").write_bytes(drawn[number % DRAWN] + number.to_bytes(4, "big"))
    return folder


def _scored(report: Report, name: str, media: Path, home: Path, values: Mapping[str, str]) -> Memory[int] | None:
    out = home / f"{name}-labels"
    detector = [f"--detector-weights={YUNET}"] if YUNET.exists() else ["--detector=haar"]
    asked = ["score", str(media), f"--out={out}", f"--model={REFERENCE}", f"--workers={WORKERS}", *detector]
    command = Command(["-m", "flows.cli", *asked], home, values, home / f"{name}.log")
    memory = follow(command, lambda: sum(1 for _ in (out / "units").glob("[!.]*")) if (out / "units").is_dir() else 0)
    if command.code:
        report.fail(f"{name}: exit code {command.code}: {command.said.strip()[-500:]}")
        return None
    totals = json.loads((out / "run.json").read_text(encoding="utf-8"))
    said = totals["totals"]
    report.say(
        f"{name}: {said['files']:,} files, {said['frames_sampled']:,} frames, {said['faces']:,} faces "
        f"in {totals['seconds']:,.0f} s"
    )
    shutil.rmtree(out)
    return memory


def _tell(report: Report, name: str, memory: Memory[int]) -> None:
    peaks = "/".join(f"{size / 2**20:,.0f}" for size in memory.workers.values())
    report.say(f"{name}: peaks of the workers {peaks} MiB")
    report.check(memory.worker < LIMIT, f"{name}: a worker of {memory.worker / 2**20:,.0f} MiB")
    during = [sample for sample in memory.samples if sample.state and sample.workers]
    if not during:
        report.fail(f"{name}: over before it was looked at")
        return
    early = next(sample for sample in during if sample.state >= during[-1].state / 5)
    late = [sample for sample in during if all(sample.workers.get(pid) for pid in early.workers)][-1]
    for pid, before in early.workers.items():
        after = late.workers[pid]
        report.say(f"{name}: a worker had {before / 2**20:,.0f} MiB after a fifth, {after / 2**20:,.0f} at the end")
        report.check(after <= GROWTH[0] * before + GROWTH[1], f"{name}: a worker grew to {after / 2**20:,.0f} MiB")
