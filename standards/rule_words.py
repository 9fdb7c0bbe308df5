"""An edition's rules in the reader's words: each setting's name and value, the levels, what raises a finding."""

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from standards import reasons
from standards.process import Process
from standards.rulebook import FLAG, GROUPS, SETTINGS, SHARE, flat

RAISED = {
    "critical_not_met": gettext_lazy("Critical element not met"),
    "criterion_not_met": gettext_lazy("Several elements of a criterion not met"),
    "principle_short": gettext_lazy("Too few elements of a principle in place"),
    "not_met": gettext_lazy("Element not met"),
    "partly_met": gettext_lazy("Element partly met"),
}
GRADE_WORDS = {"major": gettext_lazy("Major"), "minor": gettext_lazy("Minor"), "observation": gettext_lazy("Observation")}


def label(path):
    """What a setting is called, with its level or finding rule before it."""
    setting = SETTINGS.get(path)
    if setting is None:
        return path
    part, name = path.split(".")[:2] if "." in path else ("", "")
    if part == "levels":
        return f"{reasons.level_word(name)}: {setting.words}"
    return f"{RAISED[name]}: {setting.words}" if part == "findings" else str(setting.words)


def in_words(path, value):
    """A setting's value as people read it."""
    setting = SETTINGS.get(path)
    if value is None or setting is None:
        return "–" if value is None else str(value)
    if setting.kind == SHARE:
        return str(value) if path.startswith("points.") else reasons.percent(value)
    if setting.kind == FLAG:
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if setting.unit == "days":
        return ngettext("%(n)s day", "%(n)s days", value) % {"n": value}
    if setting.unit == "working days":
        return ngettext("%(n)s working day", "%(n)s working days", value) % {"n": value}
    if setting.unit == "months":
        return ngettext("%(n)s month", "%(n)s months", value) % {"n": value}
    return GRADE_WORDS.get(value, str(value)) if path.endswith(".grade") else str(value)


def told(rules):
    """[(group, [(words, value)])] of the rules beside levels and findings; what an edition does not say is told as it holds."""
    held, process = flat(rules), Process.read(rules)
    for group, settings in GROUPS:
        yield (
            group,
            [(s.words, in_words(s.path, held[s.path] if s.path in held else _standing(process, s.path))) for s in settings],
        )


def _standing(process, path):
    """What holds where an edition is silent (`process.Process`)."""
    special = {
        "assessors.member": "member_courses",
        "assessors.lead": "lead_courses",
        "surveillance.months": "surveillance_months",
    }
    value = getattr(process, special.get(path, path.rsplit(".", 1)[-1]), None)
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, (Decimal, Fraction)) else value


def findings_told(rules):
    """[(what raises it, the grade, the condition)] in the order of the rules."""
    for row in rules["findings"]:
        condition = ""
        if "count" in row:
            condition = ngettext("from %(n)s element", "from %(n)s elements", row["count"]) % {"n": row["count"]}
        if "below" in row:
            condition = _("below %(share)s") % {"share": reasons.percent(row["below"])}
        yield RAISED.get(row["rule"], row["rule"]), GRADE_WORDS.get(row["grade"], row["grade"]), condition
