"""The status of officers on a day, read from their spans; when due and what is lacking, worked out for those asked only."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from training.models import ComplianceSpan

from . import facts
from .rules import STATUSES

LABELS = {
    "current": _("Up to date"),
    "due": pgettext_lazy("training", "Due"),
    "overdue": pgettext_lazy("training", "Overdue"),
    "waived": _("Waived"),
    "excused": _("Excused"),
    "not_required": _("Not required"),
}
DUE, OVERDUE = STATUSES.index("due"), STATUSES.index("overdue")


@dataclass(frozen=True)
class OfficerStatus:
    status: str
    due_on: object = None  # the first day that counts as overdue; None unless due or overdue
    lacking: tuple = ()  # ids of the courses required and not held


def rows(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def on_day(on):
    """Spans in force on the day."""
    return ComplianceSpan.objects.filter(starts__lte=on, ends__gt=on)


COUNTS = """
SELECT organisation_id, cadre_id, status, count(*)::integer FROM training_compliancespan
WHERE starts <= %s AND ends > %s GROUP BY 1, 2, 3
"""


def counts(on):
    """[(organisation_id, cadre_id, status, number of officers)] of those in post on the day, span by span: what the ledger is
    checked against. Pages ask the ledger."""
    return [(place, cadre, STATUSES[code], n) for place, cadre, code, n in rows(COUNTS, [on, on])]


def of_officers(officer_ids, on):
    """{officer_id: OfficerStatus} of those in post on the day."""
    found = dict(on_day(on).filter(officer__in=list(officer_ids)).values_list("officer_id", "status"))
    histories = facts.of_officers(pk for pk, code in found.items() if code in (DUE, OVERDUE))
    return {pk: _status(STATUSES[code], histories.get(pk), on) for pk, code in found.items()}


def _status(code, history, on):
    said = history and history.status(on)
    return OfficerStatus(code, said.due_on, said.lacking) if said else OfficerStatus(code)
