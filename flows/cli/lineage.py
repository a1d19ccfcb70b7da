"""fermata lineage."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from flows.cli.options import checked, params_options
from tasks.errors import UsageError

if TYPE_CHECKING:
    from tasks.lineage.labels import Given
    from tasks.params import Params
    from tasks.registry import Version
    from tasks.registry_lineage import Lineage, Training

WIDTH: Final = 110  # columns; longer links have a line for each part


@click.command(
    epilog="""\b
Examples:
  fermata lineage labels:media/clip.mp4#120/0     one label: frame 120, face 0
  fermata lineage labels:media/box.zip::a.png     a file's labels
  fermata lineage models:/emotion@champion
  fermata lineage puny-eggs                       an experiment of DVC's, or the id of an MLflow run
"""
)
@params_options
@click.argument("what", metavar="OUT[:SOURCE[#FRAME[/FACE]]]|MODEL|EXPERIMENT")
@click.option("--images", is_flag=True, help="Name each source image that it was trained on, too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(params_file: str, overrides: tuple[str, ...], what: str, images: bool, as_json: bool) -> None:
    """Say where a label, a file's labels or a model come from, back to the source images."""
    settings = checked(params_file, overrides)
    told = chain(what, settings, images)
    if as_json:
        click.echo(json.dumps(told, default=str, indent=2, ensure_ascii=False))
        return
    for name, value in told.items():
        for at, line in enumerate(_lines(name, value)):
            click.echo(f"{name if not at else '':<10} {line}".rstrip())


def chain(what: str, settings: "Params", images: bool) -> dict[str, Any]:
    """The links from ``what`` back, in their order; those that aren't known say so."""
    from tasks import bundle
    from tasks.lineage import asked, labels
    from tasks.registry_address import uri
    from tasks.registry_lineage import Lineage

    wanted = asked.read(what)
    store = Lineage(settings.tracking, uri(settings.tracking, Path.cwd()))
    told: dict[str, Any] = {}
    if isinstance(wanted, asked.Named):
        runs = [one] if (one := store.training(wanted.name)) else store.experiment(wanted.name)
        if not runs:
            raise UsageError(
                f"lineage: '{wanted.name}' is no scored folder, no model, and no run or experiment that the store "
                "knows. See: fermata models history, dvc exp show"
            )
        version: Version | None = runs[0].version
        training: Training | None = runs[0]
    else:
        if isinstance(wanted, asked.Registered):
            version = store.resolve(wanted.uri)
        elif isinstance(wanted, asked.Bundle):
            card = bundle.read_card(wanted.folder)
            told["bundle"] = {"folder": str(wanted.folder), "digest": card.digest, "data_digest": card.data_digest}
            version = store.of_digest(card.digest)
        else:
            given = labels.read(wanted)
            told["label"] = _label(given)
            told["run"] = {name: given.run.get(name) for name in ("run_id", "started")} | {"out": str(wanted.out)}
            version = _model(store, given, told)
        training = store.training(version.run_id) if version else None
    told["model"] = _version(version, store) if version else "not in the registry"
    return told | _training(training, images)


def _label(given: "Given") -> dict[str, Any] | str:
    if given.first is None:
        return f"{given.count:,} labels"
    return given.first | {"labels": given.count}


def _model(store: "Lineage", given: "Given", told: dict[str, Any]) -> "Version | None":
    """The version that gave the labels: by the digest in run.json, which outlives another store's numbers."""
    model = given.run.get("model") or {}
    told["scored by"] = {"model": given.version or model.get("name"), "digest": model.get("digest")}
    found = store.of_digest(str(model.get("digest")))
    if found is not None or model.get("version") is None:
        return found
    version = store.resolve(f"models:/{model['name']}/{model['version']}")
    return version if version.tags.get("digest") == model.get("digest") else None


def _version(version: "Version", store: "Lineage") -> dict[str, Any]:
    from tasks.registry_names import CANDIDATE, CHAMPION, PREVIOUS

    aliases = [
        alias for alias in (CANDIDATE, CHAMPION, PREVIOUS)
        if (found := store.find(alias)) and (found.name, found.number) == (version.name, version.number)
    ]  # fmt: skip
    told = {"version": version.label, "digest": version.tags.get("digest"), "aliases": aliases}
    return told | {key: value for key in ("decision", "when", "by") if (value := version.tags.get(f"promotion.{key}"))}


def _training(training: "Training | None", images: bool) -> dict[str, Any]:
    if training is None:
        return {"training": "not known"}
    told: dict[str, Any] = {
        "training": {"mlflow run": training.run_id, "stage": training.tags.get("dvc_stage"),
                     "git": training.tags.get("git_revision")}
    }  # fmt: skip
    origin = training.origin
    if origin is None:
        told["data"] = {
            "digest": training.tags.get("data_digest"),
            "more": "not known: trained elsewhere, or by an older Fermata",
        }
        return told
    dvc, data = origin["dvc"], origin["data"]
    if dvc["experiment"]:
        told["experiment"] = {"dvc": dvc["experiment"], "baseline": dvc["baseline"]}
    splits = tuple(dict.fromkeys(training.params.get(f"train.{key}", key) for key in ("split", "validation")))
    told["data"] = {
        "folder": dvc["path"], "dvc md5": dvc["md5"] or "not in DVC", "digest": data["digest"],
        **{f"{split} digest": digest for split, digest in data["split_digests"].items() if split in splits},
        "source": data["source"], "fingerprint": data["fingerprint"],
    }  # fmt: skip
    told["shards"] = [one for one in data["shards"] if one["split"] in splits]
    return told | _images(origin, splits, images)


def _images(origin: dict[str, Any], splits: tuple[str, ...], named: bool) -> dict[str, Any]:
    from tasks.errors import SourceError
    from tasks.lineage import sources

    try:
        keys, place = sources.images(origin, Path.cwd(), splits)
    except SourceError as error:
        return {"images": f"not to be had: {error}"}
    return {"images": keys if named else f"{len(keys):,} of {', '.join(splits)}, read from {place} (--images)"}


def _lines(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if name == "shards":
        return [f"{one['file']}  {one['rows']:,} rows  sha256 {one['sha256']}" for one in value]
    if isinstance(value, list):
        return [str(one) for one in value]
    parts = [f"{key} {_shown(one)}" for key, one in value.items() if one not in (None, [], "")]
    line = "  ".join(parts)
    return [line] if len(line) <= WIDTH else parts


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
