"""Group `explore`: how much of a prepared data set its report shows."""

from pydantic import Field

from tasks.params.model import Model


class Explore(Model):
    """How many pictures stand in the report; figures are always those of all images."""

    samples: int = Field(24, ge=1, le=1000)  # images per class
    gallery: int = Field(200, ge=0, le=10_000)  # left-out images per reason
    pairs: int = Field(100, ge=0, le=10_000)  # sets of copies per reason
