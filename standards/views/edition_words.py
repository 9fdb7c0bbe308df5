"""A difference between two editions as a page shows it."""

from django.utils.translation import gettext as _

from standards import rule_words
from standards.models import Element

FIELDS = {
    "edition": lambda: _("Edition"),
    "source": lambda: _("Source"),
    "name": lambda: _("Name"),
    "principle": lambda: _("Principle"),
    "criterion": lambda: _("Criterion"),
    "title": lambda: _("Title"),
    "requirement": lambda: _("What is required"),
    "guidance": lambda: _("What to look at"),
    "evidence_types": lambda: _("Kinds of evidence"),
    "critical": lambda: _("Critical"),
    "applies_to": lambda: _("Rated at"),
    "weight": lambda: _("Weight"),
}
PARTS = {"principles": lambda: _("Principles"), "criteria": lambda: _("Criteria"), "elements": lambda: _("Elements")}


def _value(field, value):
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return Element.AppliesTo(value).label if field == "applies_to" and value else "–" if value in (None, "") else value


def changes(rows):
    """[(field, before, after)] in words."""
    return [(FIELDS[c.field](), _value(c.field, c.old), _value(c.field, c.new)) for c in rows]


def shown(difference):
    """What the template of a difference needs."""
    parts = []
    for part in difference.parts:
        added, dropped = ([(row["code"], row.get("title") or row["name"]) for row in rows] for rows in (part.added, part.dropped))
        changed = [(row.code, row.name, changes(row.changes)) for row in part.changed]
        if part:
            parts.append({"words": PARTS[part.name](), "added": added, "dropped": dropped, "changed": changed})
    return {
        "parts": parts,
        "rules": [
            (rule_words.label(c.field), rule_words.in_words(c.field, c.old), rule_words.in_words(c.field, c.new))
            for c in difference.rules
        ],
        "facts": changes(difference.facts),
        "moved": difference.moved,
        "mapping": difference.mapping,
        "same": not difference,
        "counts": {
            name: sum(len(part[name]) for part in parts if part["words"] == PARTS["elements"]())
            for name in ("added", "dropped", "changed")
        },
    }
