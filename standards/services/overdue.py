"""What the clocks do at night: silence acknowledges, overdue findings climb the ladder, audits over a late major lapse, reminders.

Every step is asked by range, so a night that was missed is caught up, and written once, so a second run does nothing."""

import datetime as dt
from itertools import groupby

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Organisation, Role
from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.notices import outbox
from standards.models import Audit, Escalation, Finding

from . import corrective, editions, finding_notices
from .finding_notices import long_day
from .telling import letter

State, Step = Finding.State, Escalation.Step
LADDER = {"mda": Step.MDA, "authorised_officer": Step.AUTHORISED_OFFICER, "hops": Step.HOPS}
OWED = (State.PLAN_DUE, State.REOPENED, State.PLAN_ACCEPTED)
WORDS = ("audit__organisation", "audit__centre", "audit__edition", "site__centre")


def run(actor, on):
    """All of it, in this order: {what: how many}."""
    return {
        "acknowledged": acknowledge_silent(actor, on),
        "lapsed": lapse(actor, on),
        "escalated": escalate(actor, on),
        "reminded": remind(on),
    }


# Silence.


@transaction.atomic
def acknowledge_silent(actor, on):
    """Not answered in time: acknowledged by the clock. The plan's clock has run from the day that passed."""
    silent = Finding.objects.answered().filter(state=State.RAISED, answer_by__lt=on)
    made = []
    for finding in silent.select_related(*WORDS).select_for_update(of=["self"], skip_locked=True).order_by("pk"):
        plan_by = working_days.later(finding.answer_by, editions.process_of(finding.audit.edition).plan_working_days)
        corrective.move(
            actor, finding, "acknowledged by the clock", State.PLAN_DUE, acknowledged_at=clock.now(), plan_by=plan_by,
            note=_("Not answered by %(day)s.") % {"day": long_day(finding.answer_by)},
        )  # fmt: skip
        made.append((finding, Step.MDA, "answer", finding.answer_by))
    _tell(_written(made), on)
    return len(made)


# The ladder.


def missed(finding, on):
    """(what, the day) that the MDA let pass, or None; evidence before the plan, as it holds more."""
    if finding.due_on and finding.due_on < on:
        return "evidence", finding.due_on
    if finding.state != State.PLAN_ACCEPTED and finding.plan_by and finding.plan_by < on:
        return "plan", finding.plan_by
    return None


@transaction.atomic
def escalate(actor, on):
    """Each overdue finding is told one step higher as the edition's days pass; it stops once plan or evidence is sent."""
    late = Finding.objects.overdue(on).select_related(*WORDS).select_for_update(of=["self"]).order_by("pk")
    steps = []
    for finding in late:
        what, day = missed(finding, on)
        ladder = editions.process_of(finding.audit.edition).escalation_days
        steps += [(finding, LADDER[name], what, day) for name, days in ladder.items() if day + dt.timedelta(days=days) <= on]
    made = _written(steps)
    trail.record_many([trail.entry(actor, "escalated finding", e.finding, {"told": (None, e.get_step_display())}, note=e.get_missed_display()) for e in made])
    _tell(made, on)
    return len(made)


def _written(steps):
    """The Escalations among these that were not there yet, saved; each once for ever."""
    findings = {finding.pk for finding, *_rest in steps}
    held = set(Escalation.objects.filter(finding__in=findings).values_list("finding_id", "step", "missed", "missed_on"))
    now = clock.now()
    made = [
        Escalation(finding=finding, step=step, missed=what, missed_on=day, made_at=now)
        for finding, step, what, day in steps
        if (finding.pk, int(step), what, day) not in held
    ]
    return Escalation.objects.bulk_create(made)


def told(finding, step, on):
    """Users who hear of a step."""
    hats = Membership.objects.on(on)
    if step == Step.HOPS:
        return finding_notices.users_of(hats.filter(role=Role.HOPS))
    if step == Step.AUTHORISED_OFFICER:
        return finding_notices.users_of(hats.filter(role=Role.AUTHORISED_OFFICER, organisation=finding.audit.organisation_id))
    found = hats.filter(role=Role.SERVICE_CHAMPION, organisation=finding.audit.organisation_id)
    if finding.site.centre_id:
        found = found | hats.filter(role=Role.CENTRE_MANAGER, centre=finding.site.centre_id)
    users = finding_notices.users_of(found)
    return users or finding_notices.users_of(hats.filter(role=Role.HR_OFFICER, organisation=finding.audit.organisation_id))


def _tell(made, on):
    """One message to each reader, however many findings climbed; to the HOPS office in counts."""
    digests, readers = {}, {}
    for one in made:
        place = (one.step, one.finding.audit.organisation_id, one.finding.site.centre_id)
        if place not in readers:
            readers[place] = told(one.finding, one.step, on)
        for user in readers[place]:
            digests.setdefault((user.pk, one.step), (user, []))[1].append(one)
    notices = []
    for (pk, step), (user, ones) in digests.items():
        with translation.override(user.language):
            subject = ngettext("%(n)s finding is overdue", "%(n)s findings are overdue", len(ones)) % {"n": len(ones)}
            lines = _in_counts(ones) if step == Step.HOPS else [_line(one) for one in ones]
            address = finding_notices.overdue_link() if step == Step.HOPS else finding_notices.list_link(only="overdue")
            notices.append(letter(f"findings-overdue:{pk}:{step}:{min(e.pk for e in ones)}", user, subject, [*lines, address]))
    outbox.queue_many(notices)


def _line(one):
    words = {"finding": str(one.finding), "day": long_day(one.missed_on)}
    if one.missed == "answer":
        return _("%(finding)s: not answered by %(day)s, so it counts as acknowledged. The plan is the next step.") % words
    if one.missed == "plan":
        return _("%(finding)s: the plan was due by %(day)s.") % words
    return _("%(finding)s: the evidence of correction was due by %(day)s.") % words


def _in_counts(ones):
    by_mda = sorted(ones, key=lambda e: str(e.finding.audit.organisation))
    return [f"{mda}: {len(list(rows))}" for mda, rows in groupby(by_mda, key=lambda e: str(e.finding.audit.organisation))]


# The final limit.


@transaction.atomic
def lapse(actor, on):
    """An audit that is not decided lapses over a major whose final limit has passed, unless the auditors or a dispute hold it up."""
    held_up = [*Finding.CLOSED, State.EVIDENCE_SUBMITTED, State.PLAN_SUBMITTED, State.DISPUTED]
    before_decision = [Audit.State.SUBMITTED, Audit.State.REPORT]
    over = Finding.objects.filter(grade=Finding.Grade.MAJOR, limit_on__lt=on, audit__state__in=before_decision).exclude(state__in=held_up)
    audits = Audit.objects.select_for_update(of=["self"], no_key=True).select_related("organisation", "centre").filter(pk__in=over.values("audit"), state__in=before_decision)
    n = 0
    for audit in audits:
        late = list(over.filter(audit=audit).select_related("site"))
        if not late:
            continue
        reason = _("Major nonconformities were not closed within the final limit: %(labels)s.") % {"labels": ", ".join(f.label for f in late)}
        before, audit.state, audit.ended_on, audit.ended_reason = audit.state, Audit.State.LAPSED, on, reason[:300]
        audit.save(update_fields=["state", "ended_on", "ended_reason"])
        trail.record(actor, "lapsed", audit, {"state": (before, audit.state)}, note=reason)
        _tell_lapsed(audit, late, on)
        n += 1
    return n


def _tell_lapsed(audit, late, on):
    users = {u.pk: u for f in late for u in finding_notices.auditee(_of(f, audit), on)}
    users |= {u.pk: u for u in [*finding_notices.secretariat(on), *finding_notices.team(_of(late[0], audit))]}
    notices = []
    for user in users.values():
        with translation.override(user.language):
            subject = _("Audit %(ref)s has lapsed") % {"ref": audit.ref}
            body = _("A major nonconformity of %(place)s was not closed within its final limit. A new audit may be applied for.") % {"place": audit.subject}
            notices.append(letter(f"audit-lapsed:{audit.pk}:{user.pk}", user, subject, [body, finding_notices.audit_link(audit)], audit))
    outbox.queue_many(notices)


def _of(finding, audit):
    finding.audit = audit
    return finding


# Reminders.


def remind(on):
    """Each who owes a step hears of it as many days before as the edition says: one message a reader and deadline."""
    owed = Finding.objects.answered().filter(state__in=[State.RAISED, *OWED]).with_next_due().filter(next_due__gte=on)
    digests, readers = {}, {}
    for finding in owed.filter(next_due__lte=on + dt.timedelta(days=100)).select_related(*WORDS):
        days = (finding.next_due - on).days
        stage = min((n for n in editions.process_of(finding.audit.edition).reminder_days if days <= n), default=None)
        if stage is None:
            continue
        place = (finding.audit.organisation_id, finding.site.centre_id)
        if place not in readers:
            readers[place] = finding_notices.auditee(finding, on)
        for user in readers[place]:
            digests.setdefault((user.pk, finding.next_due, stage), (user, []))[1].append(finding)
    notices = []
    for (pk, day, stage), (user, rows) in digests.items():
        with translation.override(user.language):
            subject = ngettext("%(n)s finding waits for you until %(day)s", "%(n)s findings wait for you until %(day)s", len(rows))
            lines = [f"{f}: {f.get_state_display()}" for f in rows]
            subject %= {"n": len(rows), "day": long_day(day)}
            notices.append(letter(f"findings-due:{pk}:{day}:{stage}", user, subject, [*lines, finding_notices.list_link(only="mine")]))
    outbox.queue_many(notices)
    return len(notices)


# Who is late, in counts.


def overdue_mdas(on):
    """MDAs with `majors`, `minors` overdue, `told` of them on the HOPS office's list, `since` the earliest day that passed."""
    told = Escalation.objects.filter(finding=OuterRef("pk"), step=Escalation.Step.HOPS)
    late = Finding.objects.overdue(on).annotate(told=Exists(told))
    ids = dict(late.values_list("pk", "told"))
    on_list = [pk for pk, listed in ids.items() if listed]
    counted = Q(audits__findings__in=list(ids))
    return (
        Organisation.objects.filter(counted)
        .annotate(
            majors=Count("audits__findings", filter=counted & Q(audits__findings__grade=Finding.Grade.MAJOR), distinct=True),
            minors=Count("audits__findings", filter=counted & Q(audits__findings__grade=Finding.Grade.MINOR), distinct=True),
            told=Count("audits__findings", filter=Q(audits__findings__in=on_list), distinct=True),
            since=Min(F("audits__findings__due_on"), filter=counted & Q(audits__findings__due_on__lt=on)),
            plan_since=Min(F("audits__findings__plan_by"), filter=counted & Q(audits__findings__plan_by__lt=on)),
        )
        .order_by("-told", "-majors", "-minors", "name")
    )
