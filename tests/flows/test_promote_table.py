from dataclasses import asdict
from typing import Any

from flows.cli.promote import table
from tasks.gate import Check

CHECKS = [
    Check("accuracy", 0.734, 0.7, ">=", 0.713, 0.021, (0.006, 0.036)),
    Check("recall.fear", 0.48, 0.5, ">=", 0.5, -0.02, None, False, "", "recall.fear is low"),
    Check("gain", 0.021, 0.0, ">=", 0.713, 0.021, (0.006, 0.036)),
    *(Check(f"slice class {name}", 0.7, 0.6, ">=", 0.7, gain, (-0.1, 0.1), note="60 images")
      for name, gain in (("angry", 0.01), ("sad", -0.04), ("happy", 0.0))),
    Check("slice class fear", 0.5, 0.65, ">=", 0.7, -0.2, (-0.3, -0.1), False, "60 images", "fear loses"),
    Check("latency_ms", None, 5.0, "<=", ok=False, note="not measured", reason="it could not be"),
    Check("dvc", note="not known: no dvc.lock"),
]  # fmt: skip


def _decision(**changes: Any) -> dict[str, Any]:
    made = {"version": "7", "champion": "4", "images": 3589, "split": "public", "digest": "9f3c0123456789"}
    return made | {"checks": [asdict(check) for check in CHECKS]} | changes


def test_the_table_reads_as_people_were_promised() -> None:
    lines = table(_decision(), 0.95, False, False)
    assert lines[0] == "version 7 against champion 4 on the same 3,589 images of public (digest 9f3c0123...)"
    assert lines[1].split() == [
        "accuracy",
        "0.734",
        ">=",
        "0.700",
        "+0.021",
        "(95",
        "%:",
        "+0.006",
        "..",
        "+0.036)",
        "ok",
    ]
    assert lines[2].endswith("falls short")
    assert lines[2].startswith("  recall fear ")


def test_groups_that_hold_are_counted_but_for_the_worst() -> None:
    text = "\n".join(table(_decision(), 0.95, False, False))
    assert "class sad" in text and "and 2 more groups that hold (--all)" in text
    assert "class angry" not in text and "class happy" not in text
    assert "class fear" in text  # it falls short
    whole = "\n".join(table(_decision(), 0.95, False, True))
    assert "class angry" in whole and "more groups" not in whole


def test_lines_without_figures_say_why() -> None:
    lines = table(_decision(), 0.95, False, False)
    assert next(line for line in lines if "latency_ms" in line).split()[-2:] == ["not", "measured"]
    assert next(line for line in lines if line.startswith("  dvc")).endswith("ok  not known: no dvc.lock")


def test_without_a_rival_it_says_so() -> None:
    for changes, anew in (({"champion": None}, False), ({"champion": "7"}, False), ({}, True)):
        assert table(_decision(**changes), 0.95, anew, False)[0].startswith("version 7 against no champion on")
