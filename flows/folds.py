"""folds: a prepared data set with folds in, the spread of a recipe's figures over them out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, fitting, places, progress
from flows.spread import spread
from flows.stage import stage
from tasks import files, folds, params

if TYPE_CHECKING:
    from distributed import Client

FOLDER = Path("out/folds")
RESULT = Path("out/folds.json")


@flow(name="folds", validate_parameters=False)
def cross_validate(
    params_file: str = "params.yaml", overrides: Sequence[str] = (), data: str = str(places.PREPARED)
) -> dict[str, Any]:
    """Train and judge a network per fold of ``data``; return each fold's figures, their mean and deviation.

    Folds that an earlier run of the same parameters and data has finished are not run again.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    prepared = Path(data).resolve()
    number = folds.count(prepared)
    key = folds.key(settings, prepared)
    folder = (FOLDER / key).resolve()
    done = [one for fold in range(number) if (one := folds.finished(folder, fold))]
    if len(done) < number:
        missing = sorted(set(range(number)) - {one.fold for one in done})
        with cluster.client(settings.cluster) as client:
            done += trained(client, missing, number, settings, prepared, folder)
    result = {"key": key, **folds.summary(done)}
    files.write_json(RESULT, result)
    log(settings, key, result)
    return result


@stage("train-folds")
def trained(
    client: "Client", missing: Sequence[int], number: int, settings: params.Params, data: Path, folder: Path
) -> list[folds.Fold]:
    """Spread the folds that are missing over the workers."""
    found: list[folds.Fold] = []
    before = number - len(missing)
    with progress.bar("folds", number, client.dashboard_link) as advance:
        advance(before)
        for _, one in spread(client, fitting.fit_fold, missing, settings, data, folder, str(Path.cwd()), in_flight=1):
            found.append(one)
            advance(before + len(found), number, f"fold {one.fold}: accuracy {one.accuracy:.3f}")
    return found


@stage("log-folds")
def log(settings: params.Params, key: str, result: dict[str, Any]) -> None:
    """One run for the cross-validation, with one below it per fold; a run that has them is left as it is."""
    from tasks.registry_address import uri
    from tasks.registry_trials import Trials

    trials = Trials(settings.tracking, uri(settings.tracking, Path.cwd()))
    parent = trials.parent(f"folds-{key[:8]}", key)
    logged = trials.below(parent)
    for one in result["folds"]:
        if (name := f"fold-{one['fold']}") not in logged:
            figures = {"accuracy": one["accuracy"], "macro_f1": one["macro_f1"]}
            trials.log(parent, name, {"train.fold": one["fold"], "images": one["images"]}, [], figures)
    spread = {f"{name}.{kind}": result[name][kind] for name in ("accuracy", "macro_f1") for kind in ("mean", "sd")}
    trials.end(parent, {"architecture": settings.model.architecture}, spread, {"kind": "folds"})
