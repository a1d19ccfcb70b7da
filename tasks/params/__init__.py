"""params.yaml as frozen models.

Each default is also what params.yaml ships with, so an empty file trains on the synthetic faces.
"""

from tasks.params.data import Columns, Data, Synthetic, Votes
from tasks.params.explore import Explore
from tasks.params.load import load, parse
from tasks.params.model import Model
from tasks.params.monitor import Monitor
from tasks.params.params import Cluster, Params, Tracking
from tasks.params.prepare import Clean, Fill, Normalise, Prepare, Split
from tasks.params.promoting import Ceilings, Floors, Losses, Promote, Require
from tasks.params.scoring import Abstain, Detector, Limits, Score
from tasks.params.search import Search
from tasks.params.training import (
    Augment,
    Distil,
    Evaluate,
    Loss,
    Mixing,
    ModelParams,
    Negatives,
    Optimiser,
    Slices,
    Train,
    Views,
    Warping,
)

__all__ = [
    "Abstain", "Augment", "Ceilings", "Clean", "Cluster", "Columns", "Data", "Detector", "Distil", "Evaluate",
    "Explore", "Fill", "Floors", "Limits", "Loss", "Losses", "Mixing", "Model", "ModelParams", "Monitor", "Negatives",
    "Normalise", "Optimiser", "Params", "Prepare", "Promote", "Require", "Score", "Search", "Slices", "Split",
    "Synthetic", "Tracking", "Train", "Views", "Votes", "Warping", "load", "parse",
]  # fmt: skip
