"""The auditor register: who is in it, whom its people worked for. Competence is read from the portal's own training."""

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, DateField, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Organisation
from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Audit, Auditor, Calibration, CalibrationAnswer, Engagement, TeamMember
from standards.process import Process
from training.models import Completion

from . import editions, programme

FOR_GOOD = dt.date(9999, 12, 31)
SOON_DAYS = 90


def process_now(on):
    """Of the edition in force that day: which courses make an assessor."""
    edition = editions.in_force(on)
    return editions.process_of(edition) if edition else Process()


def with_competence(lines, on):
    """Adds `assessor_until` and `lead_until` (the day from which no certificate is valid; None: none on record, FOR_GOOD: no end),
    `audits_now` (teams of the financial year), `audits_done`, `calibrated_on`."""
    process = process_now(on)
    first = clock.financial_year_begins(clock.financial_year(on))
    teams = TeamMember.objects.filter(user=OuterRef("user")).exclude(interest=True).exclude(audit__state=Audit.State.CANCELLED)
    answers = CalibrationAnswer.objects.filter(user=OuterRef("user"), item__calibration__state=Calibration.State.CLOSED)
    return lines.select_related("user").annotate(
        assessor_until=_until(process.member_courses, on),
        lead_until=_until(process.lead_courses, on),
        audits_now=_count(teams.filter(audit__starts_on__gte=first, audit__starts_on__lt=clock.add_months(first, 12))),
        audits_done=_count(teams.filter(audit__state__in=Audit.SUBMITTED)),
        calibrated_on=Subquery(answers.order_by().values("user").annotate(last=Max("at__date")).values("last")),
    )


def _until(courses, on):
    held = Completion.objects.filter(officer__user=OuterRef("user"), course_version__course__code__in=courses, on__lte=on)
    end = Coalesce(Least(F("until"), F("withdrawn_on")), FOR_GOOD, output_field=DateField())
    return Subquery(held.annotate(end=end).order_by("-end").values("end")[:1])


def _count(rows):
    return Coalesce(Subquery(rows.order_by().values("user").annotate(n=Count("pk")).values("n")), 0)


STANDINGS = {
    "valid": lambda on: Q(assessor_until__gt=on + dt.timedelta(days=SOON_DAYS)),
    "soon": lambda on: Q(assessor_until__gt=on, assessor_until__lte=on + dt.timedelta(days=SOON_DAYS)),
    "expired": lambda on: Q(assessor_until__lte=on),
    "none": lambda on: Q(assessor_until=None),
}


def standing(until, on):
    """One of STANDINGS, for a day from which no certificate is valid."""
    if until is None:
        return "none"
    if until <= on:
        return "expired"
    return "soon" if until <= on + dt.timedelta(days=SOON_DAYS) else "valid"


def not_entered(on):
    """Users with the auditor's role who are not in the register."""
    return programme.auditors(on).filter(auditor=None)


def _keep(actor):
    if not policies.may_keep_register(actor):
        raise Refused(_("The secretariat keeps the auditor register."), code="not_yours")


@transaction.atomic
def enter(actor, *, user, sectors="", languages="", audits_a_year=12):
    """Enters a user with the auditor's role, once."""
    _keep(actor)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not programme.auditors(clock.today()).filter(pk=user.pk).exists():
        raise Refused(_("%(name)s does not have the auditor's role.") % {"name": user}, code="not_an_auditor")
    if Auditor.objects.filter(user=user).exists():
        raise Refused(_("%(name)s is in the register already.") % {"name": user}, code="entered")
    line = Auditor.objects.create(
        user=user, sectors=sectors.strip(), languages=languages.strip(), audits_a_year=audits_a_year, entered_by=actor.user, entered_on=clock.today()
    )
    trail.record(actor, "entered auditor", line, {"audits a year": (None, audits_a_year)})
    return line


@transaction.atomic
def change(actor, line, *, sectors, languages, audits_a_year):
    _keep(actor)
    line = Auditor.objects.select_for_update(of=["self"]).select_related("user").get(pk=line.pk)
    said = {"sectors": sectors.strip(), "languages": languages.strip(), "audits_a_year": audits_a_year}
    changes = {name.replace("_", " "): (getattr(line, name), value) for name, value in said.items() if getattr(line, name) != value}
    if changes:
        for name, value in said.items():
            setattr(line, name, value)
        line.save(update_fields=list(said))
        trail.record(actor, "changed auditor", line, changes)
    return line


@transaction.atomic
def pause(actor, line, *, on, reason):
    """Takes no audits from that day; teams that are named already stay as they are until the audit's days move."""
    _keep(actor)
    line = Auditor.objects.select_for_update(of=["self"]).select_related("user").get(pk=line.pk)
    if not reason.strip():
        raise Refused.of("reason", _("Give the reason."))
    if line.paused_on:
        raise Refused(_("%(name)s is paused already.") % {"name": line}, code="paused")
    line.paused_on, line.paused_reason = on, reason.strip()
    line.save(update_fields=["paused_on", "paused_reason"])
    trail.record(actor, "paused auditor", line, {"from": (None, on)}, note=line.paused_reason)
    return line


@transaction.atomic
def resume(actor, line):
    _keep(actor)
    line = Auditor.objects.select_for_update(of=["self"]).select_related("user").get(pk=line.pk)
    if line.paused_on:
        was, line.paused_on, line.paused_reason = line.paused_on, None, ""
        line.save(update_fields=["paused_on", "paused_reason"])
        trail.record(actor, "took auditor back", line, {"from": (was, None)})
    return line


@transaction.atomic
def engage(actor, line, *, organisation, kind, since, note, until=None, centre=None):
    """Records for whom an auditor worked: by the auditor, or the secretariat. `until`: the last day; None: it goes on."""
    if not policies.may_record_engagement(actor, line):
        raise Refused(_("Auditors declare their own engagements; the secretariat records any."), code="not_yours")
    _check_days(since, until)
    if centre and centre.organisation_id and centre.organisation_id not in organisations_below(organisation.pk, clock.today()):
        sentence = _("%(centre)s is not run by %(mda)s.") % {"centre": centre, "mda": organisation}
        raise Refused.of("centre", sentence)
    made = Engagement.objects.create(
        user=line.user, organisation=organisation, centre=centre, kind=kind, during=_days(since, until), note=note.strip(),
        recorded_by=actor.user, recorded_at=clock.now(),
    )  # fmt: skip
    trail.record(actor, "recorded engagement", made, {"from": (None, since), "to": (None, until)}, note=made.note)
    return made


@transaction.atomic
def change_engagement(actor, engagement, *, since, until, reason):
    """The days were wrong, or it has ended: the secretariat writes that down, with why."""
    _keep(actor)
    held = Engagement.objects.select_for_update(of=["self"]).get(pk=engagement.pk)
    if not reason.strip():
        raise Refused.of("reason", _("Give the reason."))
    _check_days(since, until)
    before, held.during = held.during, _days(since, until)
    held.save(update_fields=["during"])
    trail.record(actor, "changed engagement", held, {"from": (before.lower, since), "to": (last_day(before), until)}, note=reason.strip())
    return held


def _check_days(since, until):
    if until and until < since:
        raise Refused.of("until", _("It ends before it starts."))


def _days(since, until):
    return DateRange(since, until + dt.timedelta(days=1) if until else None)


def last_day(during):
    return during.upper - dt.timedelta(days=1) if during.upper else None


def certificates(line, on):
    """Completions of the assessor courses, latest first: what the certificates rest on."""
    process = process_now(on)
    codes = {*process.member_courses, *process.lead_courses}
    held = Completion.objects.filter(officer__user=line.user_id, course_version__course__code__in=codes)
    return held.select_related("course_version__course").order_by("-on", "-pk")


def teams(line):
    """The audits with the auditor on the team, latest first."""
    held = TeamMember.objects.filter(user=line.user_id).select_related("audit__organisation", "audit__centre")
    return held.order_by("-audit__starts_on", "-pk")


def organisations(scope):
    return Organisation.objects.visible_to(scope).in_being(scope.today)


def last_valid(until):
    """The last day on which a certificate is valid; None where it has no end or there is none."""
    return until - dt.timedelta(days=1) if until and until != FOR_GOOD else None
