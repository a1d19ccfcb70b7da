"""write-reference: a model and labelled faces in, the profile that `monitor` holds runs against out."""

from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from flows import places
from flows.evaluate import answers
from tasks import files, params
from tasks.evaluation import verdict
from tasks.monitor import profile
from tasks.monitor.reference import reference


@flow(name="write-reference", validate_parameters=False)
def write_reference(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    model: str = str(places.MODEL),
    source: str = str(places.PREPARED),
    split: str | None = None,
) -> tuple[profile.Profile, Path]:
    """Ask ``model`` about one split of ``source``, and leave the profile beside its bundle.

    Args:
        model: a bundle's folder, one of its files, or models:/NAME@ALIAS, whose fetched copy gets the file.
        source: a prepared folder, or a raw data set of any kind.
        split: Fermata's word or the data set's own; None: the only one there is, or `evaluate.split`.

    Returns:
        The profile and its file.
    """
    off = ("evaluate.tta=0", "evaluate.robustness=false", "evaluate.sizes=false", "evaluate.mistakes=0")
    plain = (*overrides, *off)
    settings = params.load(Path(params_file), plain)
    folder, card, judged = answers(settings, overrides, model, source, split)
    reached = verdict.reach(judged.answers, card, settings.evaluate)
    found = reference(judged.answers, card, judged.split, reached.prior.shares)
    files.write_text(folder / profile.NAME, profile.text(found))
    return found, folder / profile.NAME
