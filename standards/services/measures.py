"""Figures that ratings do not give: recorded by quarter, corrected by new rows, read by the decision and by the year's programme."""

from django.db import transaction
from django.utils.translation import gettext as _

from centres.models import Organisation
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, scoring
from standards.models import MeasuredFigure

Kind = MeasuredFigure.Kind
SHARES = (Kind.CSI, Kind.TIMELINESS)
QUARTERS = 4
LATE = 2  # quarters: the latest figure is not older than the one that ended before last


def quarter_before(day):
    """The last day of the quarter before the one that holds the day."""
    return clock.quarter_end(clock.add_months(day.replace(day=1), -3))


def last_quarters(on, n):
    """The last days of the `n` quarters that had ended by that day, latest first."""
    days, day = [], quarter_before(on) if clock.quarter_end(on) > on else on
    while len(days) < n:
        days.append(day)
        day = quarter_before(day)
    return days


@transaction.atomic
def record(actor, *, organisation, kind, quarter_end, value, n, source, centre=None):
    """Records a figure of one quarter. `value`: a share from 0 to 1; of complaints, how many. The same quarter again is a
    correction: a new row, which the old one points to."""
    if not policies.may_record_measures(actor):
        raise Refused(_("The certification secretariat records figures."), code="not_yours")
    _check(actor, organisation, centre, kind, quarter_end, value, n, source)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)  # two who record the same quarter take turns
    subject = {"organisation": organisation, "centre": centre, "kind": kind, "quarter_end": quarter_end}
    before = MeasuredFigure.objects.standing().select_for_update(of=["self"]).filter(**subject).first()
    if before and (before.value, before.n, before.source) == (value, n, source.strip()):
        return before
    if before:  # out of the way of the one that takes its place; pointed to it below
        before.replaced_by = before
        before.save(update_fields=["replaced_by"])
    made = MeasuredFigure.objects.create(
        **subject, value=value, n=n, source=source.strip(), recorded_by=actor.user, recorded_at=clock.now()
    )
    if before:
        before.replaced_by = made
        before.save(update_fields=["replaced_by"])
    changes = {
        "value": (before and before.value, made.value),
        "n": (before and before.n, n),
        "source": (before and before.source, made.source),
    }
    trail.record(actor, "corrected" if before else "recorded", made, changes)
    return made


def _check(actor, organisation, centre, kind, quarter_end, value, n, source):
    if centre and centre.organisation_id and centre.organisation_id != organisation.pk:
        raise Refused.of("centre", _("%(centre)s is not run by %(mda)s.") % {"centre": centre, "mda": organisation})
    if kind not in Kind.values:
        raise Refused.of("kind", _("Choose a figure."))
    if clock.quarter_end(quarter_end) != quarter_end or quarter_end > actor.today:
        raise Refused.of("quarter_end", _("Choose a quarter that has ended."))
    if value < 0 or (kind in SHARES and value > 1):
        raise Refused.of("value", _("A share lies between 0 and 100 per cent."))
    if kind in SHARES and not n:
        raise Refused.of("n", _("Say of how many: a share of nothing says nothing."))
    if not source.strip():
        raise Refused.of("source", _("Say where the figure is from."))


def for_decision(audit, on):
    """{"csi": scoring.Measure, "timeliness": scoring.Measure} of the audit's subject: the quarters without a gap, four at most, up to
    the latest recorded, which ended in one of the last two quarters before `on`. What is not known is left out."""
    subject = MeasuredFigure.objects.standing().filter(organisation=audit.organisation_id, centre=audit.centre_id)
    asked = last_quarters(on, QUARTERS + LATE - 1)
    found = {}
    for row in subject.filter(kind__in=SHARES, quarter_end__in=asked):
        found.setdefault(row.kind, {})[row.quarter_end] = row
    return {kind: measure for kind, rows in found.items() if (measure := _measure(rows, asked))}


def _measure(rows, asked):
    latest = next((i for i, day in enumerate(asked[:LATE]) if day in rows), None)
    if latest is None:
        return None
    run = []
    for day in asked[latest : latest + QUARTERS]:
        if day not in rows:
            break
        run.insert(0, rows[day])
    first, last = clock.quarter_name(run[0].quarter_end), clock.quarter_name(run[-1].quarter_end)
    sources = list(dict.fromkeys(row.source for row in run))
    period = first if first == last else f"{first} – {last}"
    return scoring.Measure(tuple(row.value for row in run), period, sum(row.n for row in run), "; ".join(sources))
