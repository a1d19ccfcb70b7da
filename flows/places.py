"""Where the stages leave things, below the project's folder; dvc.yaml names the same paths."""

from pathlib import Path
from typing import Final

RAW: Final = Path("data/raw.json")
PREPARED: Final = Path("data/prepared")
EXPLORED: Final = Path("out/explore")
MODEL: Final = Path("out/model")
HISTORY: Final = Path("out/history.csv")
REGISTERED: Final = Path("out/registered.json")
UNREGISTERED: Final = Path("out/unregistered")
EVALUATION: Final = Path("out/evaluation")
MONITOR: Final = Path("out/monitor")
PROMOTION: Final = Path("out/promotion.json")
FETCHED: Final = Path("out/models")
