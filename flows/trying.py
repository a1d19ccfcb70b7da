"""A search's part on its workers, which get it by this module's name: so the module doesn't load Prefect."""

import os
from dataclasses import dataclass
from pathlib import Path

from tasks import search as tried
from tasks.params import Params
from tasks.study import Asked, Study
from tasks.trial import Outcome


@dataclass(frozen=True)
class Job:
    """What every trial of a search has in common; ``folder`` is the study's."""

    settings: Params
    space: tried.Space
    key: str
    data: Path
    folder: Path
    project: Path

    @property
    def journal(self) -> Path:
        """Where the study is kept."""
        return self.folder.with_suffix(".log")

    def study(self) -> Study:
        """The study, opened."""
        return Study(self.journal, self.settings.search, self.space, self.key)


def work(asked: Asked, job: Job) -> Outcome:
    """Train one trial as far as it is promising."""
    from tasks import quiet, trial

    os.chdir(job.project)  # a worker stands in a folder of its own
    study = job.study()
    with quiet.native_output():
        import keras

        try:
            return trial.run(
                tried.trial(job.settings, asked.values),
                job.data,
                job.folder / f"trial-{asked.began}",
                lambda step, value: study.follow(asked.number, step, value),
            )
        finally:
            keras.utils.clear_session()  # the next trial of this worker brings a network of its own
