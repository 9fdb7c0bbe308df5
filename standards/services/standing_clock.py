"""What the timetable does for certifications, once a day. Every step may run again, or after days on which none ran."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.lib import clock
from standards.models import Audit, Certification, CertificationAct, CertificationEvent, Decision, Finding, Surveillance
from training.certificates import long_day
from training.compliance import ledger

from . import certifying, editions, levels, standing, standing_notices
from .standing import Ground, Kind, State

REMINDERS = (180, 90, 30)  # days before a certification expires
CURRENT, BOUND = "current", ("current", "due", "overdue")  # those of whom a course is required
BEGUN = (Audit.State.STAGE_2, *Audit.SUBMITTED)


def keep(actor, today):
    """Everything that is due on the day."""
    lapse(actor, today)
    end_suspensions(actor, today)
    watch_over(today)
    miss(today)
    propose_suspensions(today)
    propose_levels(today)
    remind(today)


def lapse(actor, today):
    """Expired certifications get their event, dated with the day on the certificate."""
    due = Certification.objects.expired(today).exclude(events__kind=CertificationEvent.Kind.EXPIRED).order_by("expires_on", "pk")
    for certification in due:
        with transaction.atomic():
            standing.expire(actor, certification, today)


def end_suspensions(actor, today):
    """A suspension that was not restored in time ends in withdrawal. A restoration asked for in time and still to be decided, or an
    appeal, holds it up: whoever decides late is not the MDA."""
    for certification in Certification.objects.filter(state=State.SUSPENDED, suspended_until__lte=today, expires_on__gt=today):
        with transaction.atomic():
            held = standing.locked(certification)
            if held.state != State.SUSPENDED or held.suspended_until is None or today < held.suspended_until or _waits(held):
                continue
            for act in held.acts.filter(state=CertificationAct.State.ASKED):
                standing.drop(actor, act, _("The suspension ended in withdrawal."))
            reason = _("Not restored before %(day)s.") % {"day": long_day(held.suspended_until)}
            standing.by_the_clock(held, Kind.WITHDRAW, Ground.NOT_CURED, reason, today)


def _waits(held):
    asked = held.acts.filter(
        state=CertificationAct.State.ASKED, kind=Kind.RESTORE, asked_at__lt=clock.instant(held.suspended_until)
    )
    return asked.exists() or held.acts.filter(kind=Kind.SUSPEND, appeals__state="lodged").exists()


def watch_over(today):
    """Certifications from before surveillance was kept get what is still to come."""
    for certification in (
        Certification.objects.in_force(today).filter(surveillances=None).select_related("decision__audit__edition")
    ):
        with transaction.atomic():
            held = standing.locked(certification)
            if not held.surveillances.exists():
                certifying.watch(held, held.decision.audit.edition, after=today)


def miss(today):
    """A surveillance is missed when its day has passed and no audit of it was begun, or is still to be."""
    late = Surveillance.objects.filter(
        state__in=["due", "planned"], due_on__lt=today, certification__state__in=Certification.STANDING
    )
    to_come = Q(audit__state__in=BEGUN) | Q(audit__state__in=Audit.OPEN, audit__ends_on__gte=today)
    late.filter(certification__expires_on__gt=today).exclude(to_come).update(state=Surveillance.State.MISSED)


def propose_suspensions(today):
    """Suspensions that what is on record asks for, each once for what it rests on."""
    held = Certification.objects.in_force(today).select_related("organisation", "centre", "decision__audit__edition")
    held = held.exclude(acts__state=CertificationAct.State.ASKED)
    low = _below_floor([c for c in held if c.centre_id is None], today)
    for certification in held:
        found = next(
            filter(
                None,
                (_missed(certification), _not_passed(certification), _overdue(certification, today), low.get(certification.pk)),
            ),
            None,
        )
        if found:
            ground, reason, since = found
            with transaction.atomic():
                locked = standing.locked(certification)
                if locked.state == State.IN_FORCE and not _asked_since(locked, ground, since):
                    standing.propose(locked, Kind.SUSPEND, ground, reason)


def propose_levels(today):
    """Where something else waited for the panel when an audit found less than the level: asked once, as soon as nothing waits, with the
    figures of the day on which that audit was decided."""
    watching = Audit.objects.filter(kind__in=levels.WATCHING, decisions__outcome=Decision.Outcome.CERTIFY)
    held = Certification.objects.standing().filter(expires_on__gt=today, audits_after__in=watching).distinct()
    for certification in held.exclude(acts__state=CertificationAct.State.ASKED):
        with transaction.atomic():
            locked = standing.locked(certification)
            last = watching.filter(certification=locked).order_by("decisions__decided_at").last()
            decided = clock.civil(last.decisions.latest("decided_at").decided_at)
            asked = locked.acts.filter(audit=last).exists() or _asked_since(locked, Ground.NOT_PASSED, decided)
            if locked.state in Certification.STANDING and not asked:
                standing.propose_level(locked, last, decided)


def _asked_since(certification, ground, since):
    """Whether it was asked, whatever came of it."""
    return certification.acts.filter(kind=Kind.SUSPEND, ground=ground, asked_at__gte=clock.instant(since)).exists()


def _missed(certification):
    row = certification.surveillances.filter(state=Surveillance.State.MISSED).order_by("-due_on").first()
    if row and not _asked_since(certification, Ground.REFUSED_SURVEILLANCE, row.due_on):
        return (
            Ground.REFUSED_SURVEILLANCE,
            _("The surveillance due on %(day)s did not take place.") % {"day": long_day(row.due_on)},
            row.due_on,
        )
    return None


def _not_passed(certification):
    refused = Decision.objects.filter(
        audit__certification=certification, audit__kind__in=levels.WATCHING, outcome=Decision.Outcome.REFUSE
    )
    row = refused.select_related("audit").order_by("-decided_at").first()
    if row is None:
        return None
    decided = clock.civil(row.decided_at)
    if _asked_since(certification, Ground.NOT_PASSED, decided):
        return None
    return Ground.NOT_PASSED, _("Surveillance audit %(ref)s was not passed.") % {"ref": row.audit.ref}, decided


def _overdue(certification, today):
    """A major of an audit that watched over it, open after its limit."""
    late = Finding.objects.open_majors().filter(audit__certification=certification, limit_on__lt=today).select_related("audit")
    first = late.order_by("limit_on").first()
    if first is None or _asked_since(certification, Ground.OVERDUE_MAJOR, first.limit_on):
        return None
    return (
        Ground.OVERDUE_MAJOR,
        _("%(finding)s was to be closed by %(day)s.") % {"finding": first, "day": long_day(first.limit_on)},
        first.limit_on,
    )


def _below_floor(certifications, today):
    """{certification id: finding} of MDAs whose training coverage was below the edition's floor at the end of the last two quarters."""
    last = clock.quarter_end(clock.add_months(today.replace(day=1), -3))
    ends = [clock.quarter_end(clock.add_months(last.replace(day=1), -3)), last]
    shares = [coverage([c.organisation_id for c in certifications], day) for day in ends]
    found = {}
    for certification in certifications:
        floor = editions.process_of(certification.decision.audit.edition).coverage_floor
        if ends[0] < certification.issued_on:
            continue
        both = [share.get(certification.organisation_id) for share in shares]
        since = last + clock.DAY
        if all(share is not None and share < floor for share in both) and not _asked_since(certification, Ground.COVERAGE, since):
            reason = _(
                "Training coverage was %(first)s %% and %(second)s %% at the end of the last two quarters; the floor is %(floor)s %%."
            )
            shown = {"first": f"{100 * both[0]:.1f}", "second": f"{100 * both[1]:.1f}", "floor": f"{100 * floor:.0f}"}
            found[certification.pk] = (Ground.COVERAGE, reason % shown, since)
    return found


def coverage(organisation_ids, on):
    """{MDA id: share up to date of those of whom a course is required that day}, as the ledger has it; nobody required: left out."""
    held = {}
    for organisation, _cadre, status, n in ledger.of_organisations(list(organisation_ids), on):
        counts = held.setdefault(organisation, [0, 0])
        counts[0] += n if status == CURRENT else 0
        counts[1] += n if status in BOUND else 0
    return {pk: Decimal(current) / bound for pk, (current, bound) in held.items() if bound}


def remind(today):
    """The MDA, 180, 90 and 30 days before a certification expires: once each; after skipped days only the nearest."""
    soon = Certification.objects.standing().filter(
        expires_on__gt=today, expires_on__lte=today + dt.timedelta(days=max(REMINDERS)), renewed_by=None
    )
    for certification in soon.select_related("organisation", "centre"):
        left = (certification.expires_on - today).days
        mark = min(n for n in REMINDERS if n >= left)
        roles = (*standing_notices.TOLD, Role.SERVICE_CHAMPION)
        with transaction.atomic():
            standing_notices.remind(certification, standing_notices.of_the_holder(certification, roles), mark, left)
