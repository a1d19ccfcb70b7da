"""infra's files are valid, what breaks them is found, and nothing in the sources opens pickles."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import validate
import yaml

ROOT = Path(__file__).parents[1]
INFRA = ROOT / "infra"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The project, with infra/ as a copy that can be broken."""
    for path in ROOT.iterdir():
        if path.name not in {"infra", ".git", ".venv", "out", "data"}:
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(INFRA, tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__", "tls", ".env"))
    return tmp_path


def test_all_files_are_valid() -> None:
    assert list(validate.problems(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("compose.yaml", "restart: unless-stopped", "restarts: unless-stopped", r"services\..*restarts"),
        ("compose.yaml", "condition: service_healthy", "condition: healthy", "healthy"),
        ("compose.yaml", '"127.0.0.1:${S3_PORT:-7070}:7070"', '"${S3_PORT:-7070}:7070"', "s3: port .* open"),
        ("compose.yaml", '"127.0.0.1:${S3_PORT:-7070}:7070"', '"0.0.0.0:7070:7070"', "s3: port .* open"),
        (
            "compose.yaml",
            "${POSTGRES_PASSWORD:?see infra/.env.example}",
            "hunter2",
            "POSTGRES_PASSWORD is written down",
        ),
        ("compose.yaml", "${MLFLOW_PASSWORD:?see infra/.env.example}", "${MLFLOW_PASSWORD:-admin}", "written down"),
        ("compose.yaml", "//prefect@postgres", "//prefect:hunter2@postgres", "password in an address"),
        (".env.example", "S3_SECRET_KEY=change-me", "S3_SECRET_KEY=wJalrXUtnFEMI", "S3_SECRET_KEY is written down"),
        ("kubernetes/mlflow.yaml", "replicas: 1", "replica: 1", "Deployment mlflow: .*replica"),
        ("kubernetes/mlflow.yaml", "apiVersion: apps/v1", "apiVersion: apps/v7", "Deployment mlflow: .*apps/v7"),
        ("kubernetes/network.yaml", "port: 4200", "port: [4200]", "NetworkPolicy prefect"),
        ("kubernetes/dask.yaml", "containerPort: 8790", "containerPort: 8790, node: 1", "DaskCluster dask: .*node"),
        ("kubernetes/dask.yaml", "type: ClusterIP", "typ0: ClusterIP", "DaskCluster dask: .*typ0"),
        ("kubernetes/dask.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "DaskCluster dask: securityContext"),
        ("kubernetes/prefect.yaml", "drop: [ALL]", "drop: []", "prefect can get more rights"),
        ("kubernetes/config.yaml", "kind: ConfigMap", "kind: Secret", "made by hand"),
        ("kubernetes/kustomization.yaml", "  - dask.yaml\n", "", "differ in dask.yaml"),
        ("prefect.yaml", "concurrency_limit:", "concurency_limit:", "Prefect knows no concurency_limit"),
        ("prefect.yaml", "tags: [fermata, nightly]", "tags: 7", r"deployments\.0\.tags"),
        ("docker/Dockerfile", "COPY flows flows", "COPY flow flow", "COPY flow: not there"),
        ("docker/Dockerfile", "COPY flows flows", "COPY .dvc/tmp tmp", "COPY .dvc/tmp"),
        ("docker/Dockerfile", "=requirements.lock", "=requirements.txt", "COPY requirements.txt: not there"),
        ("docker/Dockerfile", "3.13.14-slim", "slim", "no version"),
        ("docker/Dockerfile", "USER fermata", "USER root", "ends as root"),
        ("docker/Dockerfile", "--require-hashes ", "", "without --require-hashes"),
        ("docker/Dockerfile.gpu", "gpu.lock ./", "tpu.lock ./", "COPY infra/locks/tpu.lock: not there"),
        ("docker/Dockerfile.gpu", "ENV PIP", "ENV API_TOKEN=abc PIP", "API_TOKEN=abc is written down"),
    ],
)
def test_what_is_broken_is_found(copied: Path, file: str, old: str, new: str, found: str) -> None:
    place = copied / "infra" / file
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new))
    problems = list(validate.problems(copied, "infra/kubernetes" if file.startswith("kub") else f"infra/{file}"))
    assert any(re.search(found, problem) for problem in problems), problems


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("prefect: prefect server start\nmlflow: mlflow server\n# a word\n", []),
        ("prefect: one\nprefect: two\n", ["line 2: a second prefect"]),
        ("prefect one\n", ["line 1: not NAME: COMMAND"]),
        ('prefect: sh -c "one\n', ["line 1: No closing quotation"]),
    ],
)
def test_procfile(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "Procfile").write_text(text)
    assert list(validate.procfile(tmp_path / "Procfile")) == found


def test_lint_says_it_in_a_line_and_fails(copied: Path) -> None:
    place = copied / "infra" / "compose.yaml"
    place.write_text(place.read_text().replace("image: postgres:17.10", "imag: postgres:17.10"))
    ran = subprocess.run(
        [sys.executable, INFRA / "validate.py", copied], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert "infra/compose.yaml: services.postgres: Unevaluated properties are not allowed ('imag'" in ran.stdout
    assert not ran.stderr


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
    return read


def test_each_server_is_checked_and_waited_for() -> None:
    services = _compose()["services"]
    once = {name for name, service in services.items() if service.get("restart") == "no"}
    assert once == {"buckets", "deployments"}
    for name, service in services.items():
        assert name in once or service["healthcheck"]["test"][0] == "CMD"
        for other, how in service.get("depends_on", {}).items():
            expected = "service_completed_successfully" if other in once else "service_healthy"
            assert how["condition"] == expected, (name, other)


def test_the_example_names_each_variable_and_no_other() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (INFRA / "compose.yaml").read_text()))
    named = set(re.findall(r"^(\w+)=", (INFRA / ".env.example").read_text(), re.MULTILINE))
    assert used == named


def test_kubernetes_runs_what_compose_runs() -> None:
    services = _compose()["services"]
    documents = [
        document for path in (INFRA / "kubernetes").glob("*.yaml") for document in yaml.safe_load_all(path.read_text())
    ]
    containers = {
        f"{document['metadata']['name']}/{container['name']}": container.get("command") or container["args"]
        for document in documents
        if document["kind"] in {"Deployment", "DaskCluster"}
        for pod in validate.pods(document)
        for container in [*pod["containers"], *pod.get("initContainers", [])]
    }
    same = {
        "prefect/prefect": "prefect", "prefect-worker/worker": "worker", "prefect-worker/deployments": "deployments",
        "dask/scheduler": "dask-scheduler",
    }  # fmt: skip
    for name, service in same.items():
        assert containers[name] == services[service]["command"], name
    # Kubernetes asks from outside of the pod, and its operator names workers.
    worker = [word for word in containers["dask/worker"] if not word.startswith("--name=")]
    assert worker == [word.replace("127.0.0.1:8790", "0.0.0.0:8790") for word in services["dask-worker"]["command"]]
    plain = validate.filled((INFRA / "compose.yaml").read_text(), {})
    assert containers["mlflow/mlflow"] == yaml.safe_load(plain)["services"]["mlflow"]["command"]
    maps = {document["metadata"]["name"]: document for document in documents if document["kind"] == "ConfigMap"}
    assert maps["postgres-databases"]["data"]["databases.sh"] == (INFRA / "docker/databases.sh").read_text()


def test_all_keys_of_kubernetes_secrets_are_told() -> None:
    texts = [path.read_text() for path in (INFRA / "kubernetes").glob("*.yaml")]
    keys = {key for text in texts for key in re.findall(r"secretKeyRef: \{name: fermata, key: ([\w-]+)\}", text)}
    told = (INFRA / "machines.md").read_text()
    assert len(keys) > 5
    assert [key for key in sorted(keys) if f"`{key}`" not in told] == []


def _opened(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls and imports that run code out of a file: unpickling in its many shapes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            first = called.split(".")[0]
            last = called.rsplit(".", 1)[-1]
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if last in {"load", "loads", "Unpickler"} and first in {"pickle", "joblib", "torch", "dill", "cloudpickle"}:
                yield node.lineno, called
            if last in {"read_pickle", "pyfunc"} or called.startswith(
                ("mlflow.pyfunc", "mlflow.sklearn", "mlflow.keras.load")
            ):
                yield node.lineno, called
            if given.get("allow_pickle", "False") != "False" or given.get("safe_mode", "True") != "True":
                yield node.lineno, f"{called} with {given}"
            if called in {"yaml.load", "yaml.unsafe_load", "eval", "exec", "marshal.loads", "shelve.open"}:
                yield node.lineno, called
        if isinstance(node, ast.Attribute) and node.attr == "enable_unsafe_deserialization":
            yield node.lineno, node.attr


@pytest.mark.parametrize(
    "line",
    [
        "pickle.load(file)", "joblib.load('a')", "torch.load('a')", "np.load('a', allow_pickle=True)",
        "keras.models.load_model('a', safe_mode=False)", "mlflow.pyfunc.load_model('a')",
        "yaml.load(text)", "pandas.read_pickle('a')", "keras.config.enable_unsafe_deserialization()",
    ],
)  # fmt: skip
def test_openers_of_pickles_are_seen(line: str) -> None:
    assert list(_opened(ast.parse(line)))


def test_nothing_opens_pickles_but_dask_workers_their_own_units() -> None:
    found = [
        (path.relative_to(ROOT).as_posix(), what)
        for folder in ("flows", "tasks", "infra")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for _, what in _opened(ast.parse(path.read_text()))
    ]
    # A unit of work, packed by spread() a moment before: who can send one can send code to Dask anyway.
    assert found == [("flows/spread.py", "pickle.loads")]
