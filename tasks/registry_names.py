"""The aliases that a version can carry; to be named where MLflow, which takes seconds to import, isn't wanted."""

from typing import Final

CANDIDATE: Final = "candidate"  # trained last; the gate has yet to decide
CHAMPION: Final = "champion"  # scores
PREVIOUS: Final = "previous"  # what scored before
