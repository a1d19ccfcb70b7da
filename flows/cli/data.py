"""fermata data: versions of the prepared data set."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pyarrow as pa

    from tasks.diff import Changes
    from tasks.versions import Version

# manifest.json's account of how it was prepared
SETTINGS = ("source", "clean", "normalise", "split", "fill")
# title of a list, its place in the account, its line, and what is said of an image that lies on the other side too
LISTS = (
    ("added", "images", "added", "{key}  {split}  {label}", "was rejected: {reason}"),
    ("removed", "images", "removed", "{key}  {split}  {label}", "now rejected: {reason}"),
    ("relabelled", "images", "relabelled", "{key}  {split}  {label_before} -> {label}", ""),
    ("moved to another split", "images", "moved", "{key}  {label}  {split_before} -> {split}", ""),
    ("with other pixels", "images", "changed", "{key}  {split}  {label}", ""),
    ("renamed", "images", "renamed", "{key_before} -> {key}", ""),
    ("newly rejected", "rejects", "rejected", "{key}  {split}  {label}  {reason}", "was kept"),
    ("no longer rejected", "rejects", "accepted", "{key}  {split}  {label}  {reason}", "now kept"),
    ("rejected for another reason", "rejects", "otherwise", "{key}  {reason_before} -> {reason}", ""),
    ("warped copies added", "copies", "added", "{key}  {label}", ""),
    ("warped copies removed", "copies", "removed", "{key}  {label}", ""),
    ("warped copies with other pixels", "copies", "changed", "{key}  {label}", ""),
)


@click.group()
def command() -> None:
    """Compare versions of the prepared data set."""


@command.command(
    "diff",
    short_help="Say what changed since a git revision.",
    epilog="""\b
Examples:
  fermata data diff HEAD
  fermata data diff v1 --to v2 --limit 20
  fermata data diff v1 --json
""",
)
@click.argument("revision", metavar="REV")
@click.option("--to", metavar="REV", help="Another revision; default: the workspace.")
@click.option(
    "--limit", metavar="N", default=5, show_default=True, type=click.IntRange(0), help="Examples of each kind."
)
@click.option("--json", "as_json", is_flag=True, help="Everything that is said, for machines.")
def diff(revision: str, to: str | None, limit: int, as_json: bool) -> None:
    """Say what changed in data/prepared between the git revision REV and the workspace.

    REV is a tag, branch or commit; its dvc.lock names its version of the data, which is read from DVC's cache or
    remote. The workspace stays as it is. Images are the same when their pixels are, whatever they are called now.
    """
    from flows import places
    from tasks import versions

    before = versions.at(revision, places.PREPARED)
    after = versions.at(to, places.PREPARED) if to is not None else versions.here(places.PREPARED)
    found = account(before, after, limit)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, str(places.PREPARED))))


def account(before: "Version", after: "Version", limit: int) -> dict[str, Any]:
    """All differences as JSON has them, with at most ``limit`` examples of each kind."""
    from tasks.diff import diff as compared
    from tasks.diff import parameters

    found = compared(before.images, after.images, before.rejects, after.rejects)
    old, new = ({name: one.manifest.get(name) for name in SETTINGS} for one in (before, after))
    return {
        "before": _described(before),
        "after": _described(after),
        "parameters": {name: values._asdict() for name, values in parameters(old, new).items()},
        "images": _changes(found.images, limit),
        "copies": _changes(found.copies, limit),
        "rejects": {
            "reasons": {reason: count._asdict() for reason, count in found.reasons.items()},
            **{name: _listed(getattr(found, name), limit) for name in ("rejected", "accepted", "otherwise")},
        },
    }


def _described(version: "Version") -> dict[str, Any]:
    told = {name: version.manifest[name] for name in ("digest", "fingerprint", "rejected")}
    return {"name": version.name, "images": version.manifest["kept"], **told}


def _changes(changes: "Changes", limit: int) -> dict[str, Any]:
    lists = {name: _listed(table, limit) for name, table in vars(changes).items() if name != "counts"}
    return {
        "counts": {split: {e: n._asdict() for e, n in row.items()} for split, row in changes.counts.items()},
        **lists,
    }


def _listed(table: "pa.Table", limit: int) -> dict[str, Any]:
    from tasks.schema import EMOTIONS

    def named(row: dict[str, Any]) -> dict[str, Any]:
        labels = {name: EMOTIONS[row[name]] if row[name] >= 0 else None for name in row if name.startswith("label")}
        return row | labels

    return {"count": len(table), "examples": [named(row) for row in table.slice(0, limit).to_pylist()]}


def _lines(found: dict[str, Any], folder: str) -> Iterator[str]:
    before, after = found["before"], found["after"]
    yield f"{folder}: {before['name']} ({before['digest'][:8]}) -> {after['name']} ({after['digest'][:8]})"
    if before["fingerprint"] != after["fingerprint"]:
        yield f"raw data: {before['fingerprint'][:8]} -> {after['fingerprint'][:8]}"
    if found["parameters"]:
        yield "parameters"
    for name, values in found["parameters"].items():
        yield f"  {name:<24} {_value(values['before'])} -> {_value(values['after'])}"
    yield f"{'':<26} {'before':>11} {'after':>11} {'change':>11}"
    yield from _table("images", found["images"]["counts"])
    if found["copies"]["counts"]:
        yield from _table("warped copies", found["copies"]["counts"])
    yield from _table("rejects", {"": found["rejects"]["reasons"]})
    lists = [(title, found[group][name], line, note) for title, group, name, line, note in LISTS]
    if not any(listed["count"] for _, listed, _, _ in lists):
        yield "the same images, labels, splits and rejects"
    for title, listed, line, note in lists:
        if listed["count"]:
            yield f"{listed['count']:,} {title}"
            yield from (f"  {_example(row, line, note)}" for row in listed["examples"])
        if 0 < len(listed["examples"]) < listed["count"]:
            yield f"  and {listed['count'] - len(listed['examples']):,} more (--limit {listed['count']})"


def _example(row: dict[str, Any], line: str, note: str) -> str:
    shown = {name: "-" if value is None else _printable(str(value)) for name, value in row.items()}
    elsewhere = note and row.get("kept", row.get("reason"))
    return line.format(**shown) + (f"  ({note.format(**shown)})" if elsewhere else "")


def _printable(text: str) -> str:
    """File names may hold anything, such as what moves a terminal's cursor."""
    return text if text.isprintable() else repr(text)


def _table(title: str, counts: dict[str, dict[str, dict[str, int]]]) -> Iterator[str]:
    """Totals, those of each group, and the members of a group that changed."""
    yield _row(title, [count for row in counts.values() for count in row.values()])
    for group, row in counts.items():
        if group:
            yield _row(f"  {group}", list(row.values()))
        yield from (_row(f"    {name}", [count]) for name, count in row.items() if count["before"] != count["after"])


def _row(title: str, counts: Sequence[dict[str, int]]) -> str:
    before, after = (sum(count[side] for count in counts) for side in ("before", "after"))
    change = f"{after - before:+,}" if after != before else ""
    return f"{title:<26} {before:>11,} {after:>11,} {change:>11}".rstrip()


def _value(value: Any) -> str:
    """Long texts, such as digests, by their first letters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:12] + "..."
