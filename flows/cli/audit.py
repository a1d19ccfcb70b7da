"""fermata audit."""

import json
from typing import Any

import click


@click.command(
    epilog="""\b
Examples:
  fermata audit labels
  fermata audit s3://bucket/labels
"""
)
@click.argument("out", metavar="OUT")
@click.option("--json", "as_json", is_flag=True, help="The records as they stand.")
@click.option("--source", metavar="NAME", help="Only records that were about this source, whose name they don't hold.")
def command(out: str, as_json: bool, source: str | None) -> int:
    """Print who labelled or forgot what in OUT, and check that no record was changed, removed or added between others.

    Exit code 3 says that the log is not whole. Keep the digest of its end elsewhere to be sure of all of it.
    """
    from tasks.score import audit, store, versions
    from tasks.score.folder import need, read

    place = store.at(out)
    need(place)
    lines = audit.read(place)
    runs = [read(place), *(run for _, run in versions.told(place))]
    for line in lines:
        if source is None or _about(line, source):
            click.echo(line.decode("utf-8", "replace") if as_json else _said(line))
    wrong = list(audit.problems(lines, [run["audit"] for run in runs if run and "audit" in run]))
    for problem in wrong:
        click.echo(f"audit: {problem}", err=True)
    if not wrong and not as_json:
        end = audit.head(lines)
        click.echo(f"{end.records:,} records, none changed or missing; the end is {end.sha256}")
    return 3 if wrong else 0


def _about(line: bytes, source: str) -> bool:
    from tasks.score.audit import named

    record = _parsed(line)
    told = record.get("sources") or {}
    return bool(told) and named(str(told.get("salt")), source) in told.get("sha256", ())


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _said(line: bytes) -> str:
    record = _parsed(line)
    if not record:
        return f"? {line[:80].decode('utf-8', 'replace')!r}"
    who, model = record.get("who", {}), record.get("model", {})
    name = f"{who.get('user', '?')}@{who.get('host', '?')}"
    if deployment := who.get("deployment"):
        name += f" by deployment {deployment}"
    counts = ", ".join(f"{count:,} {what}" for what, count in record.get("counts", {}).items() if count)
    version = f" v{model['version']}" if model.get("version") else ""
    purpose = f"for: {record['purpose']}" if record.get("purpose") else "no purpose given"
    return (
        f"{record.get('number'):>4}  {record.get('time')}  {name}  {record.get('action')} {record.get('state', '')}"
        f"  {model.get('name')}{version} {str(model.get('digest'))[:12]}  {counts or 'nothing'}  {purpose}"
    )
