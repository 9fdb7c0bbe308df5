"""Words for the inputs of a risk, in the reader's language: what each counts, and what is known."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.lib.templatetags.cse import day

from . import risk

LABELS = {
    "last_score": gettext_lazy("Score of the last audit"),
    "csi": gettext_lazy("Customer satisfaction"),
    "complaints": gettext_lazy("Complaints"),
    "overdue": gettext_lazy("Corrective action overdue"),
    "never_audited": gettext_lazy("Time since the last audit"),
    "expiring": gettext_lazy("Certificate about to expire"),
}


def _percent(value):
    return f"{Decimal(value) * 100:.1f}%"


def _last_score(value):
    return _("%(score)s; the lowest of its sites") % {"score": _percent(value)}


def _csi(value):
    return _("%(share)s in the latest quarter recorded") % {"share": _percent(value)}


def _complaints(value):
    many, of = value
    words = ngettext("%(n)s complaint of %(of)s customers in a year", "%(n)s complaints of %(of)s customers in a year", many)
    return words % {"n": f"{many:,}", "of": f"{of:,}"}


def _overdue(value):
    return (
        ngettext("%(n)s finding is overdue", "%(n)s findings are overdue", value) % {"n": value}
        if value
        else _("Nothing is overdue")
    )


def _since(value):
    if value is None:
        return _("Never audited")
    return ngettext("Last audited %(n)s month ago", "Last audited %(n)s months ago", value) % {"n": value}


def _expiring(value):
    return _("Certified until %(day)s") % {"day": day(dt.date.fromisoformat(value) - dt.timedelta(days=1))}


WORDS = {
    "last_score": _last_score,
    "csi": _csi,
    "complaints": _complaints,
    "overdue": _overdue,
    "never_audited": _since,
    "expiring": _expiring,
}
ABSENT = {risk.UNKNOWN: gettext_lazy("Not known"), risk.NONE: gettext_lazy("Not certified")}


def of_risk(stored):
    """The parts of a stored risk for a table: {label, words, known, points, of}."""
    rows = []
    for part in stored["parts"]:
        known = part["state"] == risk.KNOWN
        words = WORDS[part["key"]](part["value"]) if known else ABSENT[part["state"]]
        rows.append(
            {
                "label": LABELS[part["key"]],
                "words": words,
                "known": part["state"] != risk.UNKNOWN,
                "points": part["points"],
                "of": part["of"],
            }
        )
    return rows


def in_short(stored):
    """The two inputs that count most, as one line; what is unknown is named at the end."""
    counting = sorted((p for p in stored["parts"] if Decimal(p["points"])), key=lambda p: -Decimal(p["points"]))[:2]
    said = [WORDS[p["key"]](p["value"]) for p in counting]
    unknown = sum(p["state"] == risk.UNKNOWN for p in stored["parts"])
    if unknown:
        said.append(ngettext("%(n)s input is not known", "%(n)s inputs are not known", unknown) % {"n": unknown})
    return "; ".join(said)
