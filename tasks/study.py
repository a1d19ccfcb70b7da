"""A search's trials, kept in a journal that any process can go on from: the only place that knows Optuna.

Values come from a tree-structured Parzen estimator (Bergstra et al., Algorithms for Hyper-Parameter Optimization,
NeurIPS 2011); trials are pruned by the median of the others, or by Hyperband (Li et al., JMLR 2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import ParamsError
from tasks.params import Search
from tasks.search import Choice, Range, Space, values
from tasks.trial import Outcome

WARM_UP = 5  # finished trials before the median is asked, and before importance is told
_KEY, _BEGAN, _ERROR = "key", "began", "error"  # attributes of the study and of its trials


@dataclass(frozen=True)
class Asked:
    """A trial that is to be run.

    Attributes:
        number: in the study.
        began: number of the killed trial that it goes on from; its own where there is none.
        values: dotted parameter -> value.
    """

    number: int
    began: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """A trial that has ended."""

    number: int
    state: str
    value: float | None
    epochs: int
    values: dict[str, Any]


class Study:
    """One study; holds a connection to its journal."""

    def __init__(self, path: Path, params: Search, space: Space, key: str) -> None:
        """Open the study in the journal ``path``, or begin it there.

        Args:
            key: names data, space and everything that trials have in common.

        Raises:
            ParamsError: the journal is of a study with another key, or no journal.
        """
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._params, self._space = params, space
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._study = optuna.create_study(
                storage=JournalStorage(JournalFileBackend(str(path))),
                study_name=params.study,
                pruner=_pruner(params),
                direction="maximize",
                load_if_exists=True,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ParamsError(f"{path}: damaged ({error}). Remove it, or give search.study another name") from None
        if self._study.user_attrs.get(_KEY, key) != key:
            raise ParamsError(
                f"search.study: '{params.study}' in {path} searched other data, another space or other parameters. "
                f"Give this one another name: --set search.study={params.study}-2"
            )
        self._study.set_user_attr(_KEY, key)

    def rescue(self) -> int:
        """Mark trials that a killed search left running as failed, and put them in line again; how many."""
        from optuna.trial import TrialState

        left = self._study.get_trials(states=(TrialState.RUNNING,))
        for trial in left:
            self._study.tell(trial.number, state=TrialState.FAIL)
            began = trial.user_attrs.get(_BEGAN, trial.number)
            self._study.enqueue_trial(trial.params, user_attrs={_BEGAN: began})
        return len(left)

    def ask(self) -> Asked:
        """The next trial. Its values depend on the seed, its number and what earlier trials told."""
        from optuna.samplers import TPESampler

        # By its number, so that a search that goes on doesn't draw its first values again.
        seed = self._params.seed * 1_000_003 + len(self._study.trials)
        self._study.sampler = TPESampler(seed=seed % 2**32)
        trial = self._study.ask(_distributions(self._space))
        return Asked(trial.number, trial.user_attrs.get(_BEGAN, trial.number), values(self._space, trial.params))

    def follow(self, number: int, step: int, value: float) -> bool:
        """Keep that trial ``number`` reached ``value`` after ``step`` epochs; whether it is to be pruned."""
        import optuna

        found = self._study.trials[number]
        if found.state.is_finished():
            return False
        trial = optuna.trial.Trial(self._study, found._trial_id)  # as Study.ask makes it; there is no public way
        if step not in found.intermediate_values:
            trial.report(value, step)
        return bool(trial.should_prune())

    def tell(self, number: int, outcome: Outcome) -> None:
        """Keep how trial ``number`` ended."""
        import optuna
        from optuna.trial import TrialState

        state = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        if outcome.state == "failed":
            trial = optuna.trial.Trial(self._study, self._study.trials[number]._trial_id)
            trial.set_user_attr(_ERROR, outcome.error)
        value = outcome.value if outcome.state == "complete" else None
        self._study.tell(number, value, state=state[outcome.state])

    def tried(self) -> list[Tried]:
        """Trials that have ended by themselves, in their order."""
        return [
            Tried(
                one.number,
                "failed" if one.state.name == "FAIL" else one.state.name.lower(),
                one.value if one.state.name != "FAIL" else None,
                len(one.intermediate_values),
                values(self._space, one.params),
            )
            for one in self._study.trials
            if one.state.name in ("COMPLETE", "PRUNED") or (one.state.name == "FAIL" and _ERROR in one.user_attrs)
        ]

    def importance(self) -> Mapping[str, float]:
        """Parameter -> share of the accuracy's variance that it explains (fANOVA); empty after too few trials."""
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances
        from optuna.trial import TrialState

        complete = self._study.get_trials(states=(TrialState.COMPLETE,))
        if len(complete) < WARM_UP or len({one.value for one in complete}) < 2:
            return {}
        evaluator = FanovaImportanceEvaluator(seed=self._params.seed)
        return {name: float(share) for name, share in get_param_importances(self._study, evaluator=evaluator).items()}


def best(tried: list[Tried]) -> list[Tried]:
    """Complete trials, best first; of equal ones the earlier."""
    complete = [(one.value, one) for one in tried if one.state == "complete" and one.value is not None]
    return [one for _, one in sorted(complete, key=lambda pair: (-pair[0], pair[1].number))]


def _pruner(params: Search) -> Any:
    from optuna import pruners

    if params.pruner == "median":
        # Steps are epochs, counted from 1: the first says too little.
        return pruners.MedianPruner(n_startup_trials=WARM_UP, n_warmup_steps=2)
    if params.pruner == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, max_resource=params.epochs)
    return pruners.NopPruner()


def _distributions(space: Space) -> dict[str, Any]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    def made(dimension: Range | Choice) -> Any:
        if isinstance(dimension, Choice):
            return CategoricalDistribution(dimension.choices)
        if dimension.whole:
            return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
        return FloatDistribution(dimension.low, dimension.high, log=dimension.log)

    return {name: made(dimension) for name, dimension in space.items()}
