"""What differs between two documents of editions, field by field. Pure."""

from dataclasses import dataclass, field
from typing import NamedTuple

from standards import rulebook

PARTS = ("principles", "criteria", "elements")


class Change(NamedTuple):
    """`field` as the document calls it; None where there was, or is, nothing."""

    field: str
    old: object
    new: object


class Changed(NamedTuple):
    """A row that both have under one code."""

    code: str
    name: str
    changes: list


@dataclass
class Part:
    """Rows of one part: `added` and `dropped` as they stand, `changed` field by field."""

    name: str
    added: list = field(default_factory=list)
    dropped: list = field(default_factory=list)
    changed: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.added or self.dropped or self.changed)


@dataclass
class Difference:
    parts: list
    rules: list  # of Change, by path
    facts: list  # of Change: the edition's name, its source
    moved: bool = False  # the elements that both have stand in another order
    mapping: bool = False

    def __bool__(self):
        return bool(any(self.parts) or self.rules or any(f.field != "edition" for f in self.facts) or self.moved or self.mapping)

    @property
    def elements(self):
        return next(part for part in self.parts if part.name == "elements")

    def counts(self):
        return {
            f"{part.name} {what}": len(getattr(part, what))
            for part in self.parts
            for what in ("added", "dropped", "changed")
            if getattr(part, what)
        } | ({"rules changed": len(self.rules)} if self.rules else {})


def between(old, new):
    """From `old` to `new`; `old` None: everything is added."""
    old = old or {"edition": None, "source": None, "rules": {}, **{part: [] for part in PARTS}, "mapping": []}
    shared = {row["code"] for row in old["elements"]} & {row["code"] for row in new["elements"]}
    order = lambda document: [row["code"] for row in document["elements"] if row["code"] in shared]  # noqa: E731
    return Difference(
        parts=[_part(part, old[part], new[part]) for part in PARTS],
        rules=_rules(old["rules"], new["rules"]),
        facts=[
            Change(name, old[name], new[name]) for name in ("edition", "source") if (old[name] or None) != (new[name] or None)
        ],
        moved=order(old) != order(new),
        mapping="mapping" in new and _plain(old.get("mapping", [])) != _plain(new["mapping"]),
    )


def _plain(mapping):
    return sorted((row["edition"], row["old"], row["new"] or "", row["note"]) for row in mapping)


def _part(name, old, new):
    held, part = {row["code"]: row for row in old}, Part(name)
    for row in new:
        was = held.pop(row["code"], None)
        if was is None:
            part.added.append(row)
        elif changes := [Change(f, was[f], row[f]) for f in row if was[f] != row[f]]:
            part.changed.append(Changed(row["code"], row.get("title") or row["name"], changes))
    part.dropped = list(held.values())
    return part


def _rules(old, new):
    was, now = rulebook.flat(old) if old else {}, rulebook.flat(new)
    return [
        Change(path, was.get(path), now.get(path))
        for path in [*now, *(p for p in was if p not in now)]
        if was.get(path) != now.get(path)
    ]
