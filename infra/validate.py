"""Are infra's files what their readers take? Against real schemas, offline: no container engine is needed.

python infra/validate.py [FOLDER]     one line for each thing that is wrong, exit code 1; nothing where all is well
"""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

KUBERNETES: Final = "1.34"
_SECRET: Final = re.compile(r"(PASSWORD|SECRET|_KEY|_KEY_ID|AUTH|AUTH_STRING|TOKEN)$")
_IN_ADDRESS: Final = re.compile(r"\w+://[^\s:/@]+:[^\s/@${}]+@")
_VARIABLE: Final = re.compile(r"(?<!\$)\$\{(\w+)(?::?[-?]([^}]*))?\}")
_POLICY: Final = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def problems(root: Path, only: str = "") -> Iterator[str]:
    """What is wrong with those files of ``root``'s infra/ that ``only`` is the beginning of, a line each."""
    for path, check in _checks(root / "infra"):
        name = path.relative_to(root).as_posix()
        if path.exists() and name.startswith(only):
            for problem in check(path):
                yield f"{name}: {problem}"


def _checks(infra: Path) -> list[tuple[Path, Callable[[Path], Iterator[str]]]]:
    return [
        (infra / "compose.yaml", compose),
        (infra / "kubernetes", kubernetes),
        (infra / "prefect.yaml", prefect),
        (infra / "Procfile", procfile),
        *((path, dockerfile) for path in sorted((infra / "docker").glob("Dockerfile*"))),
        *((path, addresses) for path in sorted(infra.rglob("*")) if path.suffix in {".yaml", ".ini", ".example"}),
    ]


def filled(text: str, values: dict[str, str]) -> str:
    """``text`` of a compose file with ``${NAME:-default}`` and ``${NAME:?error}`` replaced, as Compose does."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[2] or ""), text).replace("$$", "$")


def compose(path: Path) -> Iterator[str]:
    """Against the Compose specification; ports on loopback only; no secret but from the environment."""
    text = path.read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    yield from _broken(yaml.safe_load(filled(text, {})), _compose_schema())
    for name, service in raw.get("services", {}).items():
        for port in service.get("ports", []):
            if not str(port.get("host_ip") if isinstance(port, dict) else port).startswith("127.0.0.1"):
                yield f"{name}: port {port} is open to other machines; begin with 127.0.0.1:"
        environment = service.get("environment", {})
        if isinstance(environment, list):
            environment = dict(entry.partition("=")[::2] for entry in environment)
        for variable, value in environment.items():
            if _SECRET.search(variable) and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)):
                yield f"{name}: {variable} is written down; use ${{NAME:?where it comes from}}"


def kubernetes(folder: Path) -> Iterator[str]:
    """Against Kubernetes' own schemas, unknown fields refused; pods of operators' kinds as pods."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    if files != (named := set(kustomization["resources"])):
        yield f"kustomization.yaml and the folder differ in {', '.join(sorted(files ^ named))}"
    for name in sorted(files):
        for document in yaml.safe_load_all((folder / name).read_text(encoding="utf-8")):
            label = f"{name}: {document.get('kind')} {document.get('metadata', {}).get('name')}"
            if document.get("kind") == "Secret":
                yield f"{label}: secrets are made by hand, not kept here"
            for part in _known(document):
                for problem in _against_kubernetes(part):
                    yield f"{label}: {problem}"
            for pod in pods(document):
                for problem in _pod(pod):
                    yield f"{label}: {problem}"


def _known(document: dict[str, Any]) -> list[dict[str, Any]]:
    """``document``, or what it holds that Kubernetes has schemas for."""
    if not document["apiVersion"].startswith("kubernetes.dask.org/"):
        return [document]
    about = {"apiVersion": "v1", "metadata": document["metadata"]}
    spec = document["spec"]
    pods = [about | {"kind": "Pod", "spec": spec[role]["spec"]} for role in ("scheduler", "worker")]
    return [*pods, about | {"kind": "Service", "spec": spec["scheduler"]["service"]}]


def pods(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Specs of the pods that ``document`` leads to."""
    if document["kind"] in {"Deployment", "StatefulSet"}:
        return [document["spec"]["template"]["spec"]]
    return [part["spec"] for part in _known(document) if part["kind"] == "Pod"]


def _pod(pod: dict[str, Any]) -> Iterator[str]:
    """What Kubernetes would take and we don't."""
    context = pod.get("securityContext", {})
    if any(context.get(key) != value for key, value in _POLICY.items()):
        yield f"securityContext lacks {json.dumps(_POLICY)}"
    for container in pod["containers"] + pod.get("initContainers", []):
        name, own = container["name"], container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{name} can get more rights than it has"
        if not {"requests", "limits"} <= set(container.get("resources", {})):
            yield f"{name} doesn't say what it needs (resources)"
        if container in pod["containers"] and "livenessProbe" not in container:
            yield f"{name} has no livenessProbe"
        for variable in container.get("env", []):
            if _SECRET.search(variable["name"]) and "value" in variable:
                yield f"{name}: {variable['name']} is written down; use valueFrom: secretKeyRef"


def _against_kubernetes(document: dict[str, Any]) -> Iterator[str]:
    import kubernetes_validate

    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        yield f"Kubernetes {KUBERNETES} has no such kind of {document['apiVersion']}"
    except kubernetes_validate.ValidationError as error:
        yield str(error).splitlines()[0]


def prefect(path: Path) -> Iterator[str]:
    """Against Prefect's own models, which let unknown keys pass; we don't."""
    from prefect.cli.deploy._models import DeploymentConfig, PrefectYamlModel, RawScheduleConfig
    from pydantic import ValidationError

    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        PrefectYamlModel.model_validate(read)
        for deployment in read["deployments"]:
            name = deployment.get("name")
            fields = {field.alias or key for key, field in DeploymentConfig.model_fields.items()}
            if unknown := sorted(set(deployment) - fields - set(DeploymentConfig.model_fields)):
                yield f"{name}: Prefect knows no {', '.join(unknown)}"
            for schedule in [*deployment.get("schedules", []), *filter(None, [deployment.get("schedule")])]:
                RawScheduleConfig.model_validate(schedule)
    except ValidationError as error:
        yield from (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


def procfile(path: Path) -> Iterator[str]:
    """NAME: COMMAND, each name once; the format has no schema."""
    seen = set[str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"([A-Za-z0-9_-]+):\s*(\S.*)", line)
        if not found or found[1] in seen:
            yield f"line {number}: {'a second ' + found[1] if found else 'not NAME: COMMAND'}"
            continue
        seen.add(found[1])
        try:
            shlex.split(found[2])
        except ValueError as error:
            yield f"line {number}: {error}"


def dockerfile(path: Path) -> Iterator[str]:
    """What is copied is there and let in by .dockerignore, bases have versions, and it doesn't end as root."""
    root = path.parents[2]
    allowed = [line[1:] for line in (root / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"]
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    values = dict(words[1].partition("=")[::2] for words in lines if words[0] == "ARG")
    for words in lines:
        if words[0] == "COPY" and not words[1].startswith("--from"):
            for source in (filled(word, values) for word in words[1:-1]):
                if source != "install.lock" and not (root / source).exists():
                    yield f"COPY {source}: not there"
                elif not any(source == entry or source.startswith(f"{entry}/") for entry in allowed):
                    yield f"COPY {source}: .dockerignore keeps it out"
        if words[0] == "FROM" and not re.search(r":\d+\.\d+\.\d+", filled(words[1], values)):
            yield f"FROM {words[1]}: no version"
        if words[0] in {"ENV", "ARG"}:
            yield from (f"{word} is written down" for word in words[1:] if _SECRET.search(word.partition("=")[0]))
        if words[0] == "RUN":
            yield from _unhashed(" ".join(words))
    if next((words[1] for words in reversed(lines) if words[0] == "USER"), "root") == "root":
        yield "ends as root; add USER"


def _unhashed(run: str) -> Iterator[str]:
    for install in re.findall(r"pip install ([^&]*)", run):
        if "--require-hashes" not in install and "dist/*.whl" not in install:
            yield f"pip install {install.strip()}: without --require-hashes"


def addresses(path: Path) -> Iterator[str]:
    """No password in an address, and none in the example of the environment."""
    text = path.read_text(encoding="utf-8")
    yield from (f"{found[0]}: a password in an address" for found in _IN_ADDRESS.finditer(text))
    if path.suffix == ".example":
        for line in text.splitlines():
            name, _, value = line.partition("=")
            if _SECRET.search(name) and value != "change-me":
                yield f"{name} is written down; the example says change-me"


def _broken(document: Any, schema: dict[str, Any]) -> Iterator[str]:
    from jsonschema.validators import validator_for

    for error in validator_for(schema)(schema).iter_errors(document):
        yield f"{'.'.join(map(str, error.absolute_path)) or 'top'}: {error.message[:200]}"


@lru_cache
def _compose_schema() -> dict[str, Any]:
    place = resources.files("check_jsonschema.builtin_schemas.vendor") / "compose-spec.json"
    return dict(json.loads(place.read_text(encoding="utf-8")))


if __name__ == "__main__":
    found = list(problems(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print(*found, sep="\n", end="\n" if found else "")  # noqa: T201
    sys.exit(1 if found else 0)
