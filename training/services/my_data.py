"""Everything that the portal holds of an officer, as the officer sees and takes it: one list of tables for page, JSON and XLSX."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.models import Role
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from training.models import AssessmentResult, Attendance, Certificate, Completion, Enrolment


class Column(NamedTuple):
    key: str
    label: str
    value: object  # of a row


class Table(NamedTuple):
    key: str
    title: str
    columns: list
    rows: object  # call of an officer


def _person(officer):
    return [officer]


def _posts(officer):
    return officer.postings.select_related("organisation", "cadre", "job_group", "county", "centre", "host").order_by("during")


def _enrolments(officer):
    found = Enrolment.objects.filter(officer=officer).select_related("cohort__course_version__course", "cohort__campus")
    return found.select_related("organisation").order_by("pk")


def _marks(officer):
    found = Attendance.objects.filter(enrolment__officer=officer).select_related("session__cohort")
    return found.order_by("session__starts_at", "pk")


def results(officer):
    """Released ones: what stands and what was corrected."""
    found = AssessmentResult.objects.filter(enrolment__officer=officer, state=AssessmentResult.State.RELEASED)
    return found.select_related("enrolment__cohort__course_version__course", "component").order_by("pk")


def completions(officer):
    found = Completion.objects.filter(officer=officer).select_related(
        "course_version__course", "prior", "enrolment__organisation"
    )
    return found.order_by("on", "pk")


def _certificates(officer):
    return Certificate.objects.filter(completion__officer=officer).order_by("pk")


def refs(officer):
    """{kind: references} of what the trail and the outbox say about the officer; worked out once for the object at hand."""
    if "said_as" not in officer.__dict__:
        officer.said_as = _refs(officer)
    return officer.said_as


def _refs(officer):
    pks = {
        "waiver": officer.waivers,
        "prior_training": officer.prior_training,
        "correction_request": officer.correction_requests,
        "excusal": officer.excusals,
        "seat_request": officer.seat_requests,
        "completion": officer.completions,
    }
    found = {kind: [str(pk) for pk in things.values_list("pk", flat=True)] for kind, things in pks.items()}
    found["result"] = [str(pk) for pk in results(officer).values_list("pk", flat=True)]
    found["enrolment"] = [
        f"{code}/{officer.ref}" for code in officer.enrolments.values_list("cohort__code", flat=True).distinct()
    ]
    found["certificate"] = list(_certificates(officer).values_list("number", flat=True))
    found["transfer"] = list(officer.transfers.values_list("ref", flat=True))
    found["officer"] = [officer.ref]
    if officer.user:
        found["user"] = [officer.user.email]
        found["membership"] = [str(pk) for pk in officer.user.memberships.values_list("pk", flat=True)]
    return {kind: those for kind, those in found.items() if those}


def _of(prefix, found):
    condition = Q(pk=None)
    for kind, those in found.items():
        condition |= Q(**{f"{prefix}kind": kind, f"{prefix}ref__in": those})
    return condition


def notices(officer):
    """What was sent to the officer, about the officer: not what others were told."""
    addresses = [a for a in {officer.email, officer.phone, officer.user.email if officer.user else ""} if a]
    return Notice.objects.filter(_of("about_", refs(officer)), to__in=addresses).defer("body", "calendar").order_by("pk")


def trail(officer):
    return Entry.objects.filter(_of("", refs(officer))).order_by("pk")


def _last(until):
    return until and until - dt.timedelta(days=1)


def _hat(entry):
    role = Role(entry.hat).label if entry.hat in Role.values else entry.hat
    return ", ".join(str(part) for part in (role, entry.hat_place) if part)


TABLES = [
    Table("officer", _("You"), [
        Column("reference", _("Reference"), lambda o: o.ref),
        Column("personal_number", _("Personal number"), lambda o: o.personal_no),
        Column("upn", _("UPN"), lambda o: o.upn),
        Column("first_name", _("First name"), lambda o: o.first_name),
        Column("other_names", _("Other names"), lambda o: o.other_names),
        Column("surname", _("Surname"), lambda o: o.surname),
        Column("gender", _("Gender"), lambda o: o.get_gender_display()),
        Column("email", _("Email"), lambda o: o.email),
        Column("phone", _("Phone"), lambda o: o.phone),
        Column("signs_in_with", _("Signs in with"), lambda o: o.user.email if o.user else ""),
        Column("language", _("Language"), lambda o: o.user and dict(settings.LANGUAGES).get(o.user.language)),
    ], _person),
    Table("posts", _("Posts"), [
        Column("first_day", _("First day"), lambda p: p.during.lower),
        Column("last_day", _("Last day"), lambda p: p.last_day),
        Column("mda", _("MDA"), lambda p: p.organisation.name),
        Column("designation", _("Designation"), lambda p: p.designation),
        Column("cadre", _("CSE cadre"), lambda p: p.cadre.name),
        Column("job_group", _("Job group"), lambda p: p.job_group and p.job_group.code),
        Column("terms", _("Terms"), lambda p: p.get_terms_display()),
        Column("county", _("County"), lambda p: p.county and p.county.name),
        Column("duty_station", _("Duty station"), lambda p: p.centre and p.centre.name),
        Column("seconded_to", _("Seconded to"), lambda p: p.host and p.host.name),
        Column("why_it_ended", _("Why it ended"), lambda p: p.end_words),
    ], _posts),
    Table("enrolments", _("Seats"), [
        Column("cohort", _("Cohort"), lambda e: e.cohort.code),
        Column("course", _("Course"), lambda e: e.cohort.course_version.course.title),
        Column("campus", _("Campus"), lambda e: e.cohort.campus.name),
        Column("starts", _("First day"), lambda e: e.cohort.starts_on),
        Column("ends", _("Last day"), lambda e: e.cohort.ends_on),
        Column("enrolled_by", _("Enrolled by"), lambda e: e.organisation.name),
        Column("enrolled_at", pgettext_lazy("when", "Enrolled"), lambda e: e.enrolled_at),
        Column("state", _("State"), lambda e: e.get_state_display()),
        Column("why", _("Why"), lambda e: e.outcome_reason or e.withdrawn_reason),
    ], _enrolments),
    Table("attendance", _("Attendance"), [
        Column("cohort", _("Cohort"), lambda m: m.session.cohort.code),
        Column("session", _("Session"), lambda m: m.session.number),
        Column("starts_at", _("Begins"), lambda m: m.session.starts_at),
        Column("mark", _("Mark"), lambda m: m.get_mark_display()),
        Column("source", _("Marked by way of"), lambda m: m.get_source_display()),
        Column("marked_at", pgettext_lazy("when", "Marked"), lambda m: m.marked_at),
    ], _marks),
    Table("results", _("Results"), [
        Column("cohort", _("Cohort"), lambda r: r.enrolment.cohort.code),
        Column("part", _("Part of the assessment"), lambda r: r.component.name if r.component else _("Final score")),
        Column("score", _("Score"), lambda r: float(r.score)),
        Column("released_at", _("Released"), lambda r: r.released_at or r.recorded_at),
        Column("replaced_at", _("Replaced"), lambda r: r.superseded_at),
        Column("reason", _("Why it was changed"), lambda r: r.reason),
    ], results),
    Table("completions", _("Completed courses"), [
        Column("course", _("Course"), lambda c: c.course_version.course.title),
        Column("version", _("Version"), lambda c: str(c.course_version)),
        Column("completed", _("Completed"), lambda c: c.on),
        Column("last_day", _("Last day valid"), lambda c: _last(c.until)),
        Column("withdrawn", _("Withdrawn"), lambda c: c.withdrawn_on),
        Column("with", _("Enrolled by"), lambda c: c.enrolment.organisation.name if c.enrolment else ""),
        Column("elsewhere", _("Training done elsewhere"), lambda c: c.prior.title if c.prior else ""),
    ], completions),
    Table("certificates", _("Certificates"), [
        Column("number", _("Number"), lambda c: c.number),
        Column("holder", _("Name printed"), lambda c: c.holder),
        Column("course", _("Course"), lambda c: c.course_title),
        Column("issued", _("Issued"), lambda c: c.issued_on),
        Column("last_day", _("Last day valid"), lambda c: c.last_day),
        Column("state", _("State"), lambda c: c.get_state_display()),
        Column("since", _("Since"), lambda c: c.state_on),
        Column("reason", _("Reason"), lambda c: c.state_reason),
        Column("code", _("Code to check it"), lambda c: c.code),
    ], _certificates),
    Table("training_elsewhere", _("Training done elsewhere"), [
        Column("title", _("Title"), lambda p: p.title),
        Column("provider", _("Provider"), lambda p: p.provider),
        Column("completed", _("Completed"), lambda p: p.on),
        Column("counts_as", _("Counts as"), lambda p: p.course_version.course.title),
        Column("state", _("State"), lambda p: p.get_state_display()),
        Column("reason", _("Reason"), lambda p: p.decision_reason),
    ], lambda o: o.prior_training.select_related("course_version__course").order_by("pk")),
    Table("waivers", _("Waivers"), [
        Column("first_day", _("First day"), lambda w: w.during.lower),
        Column("last_day", _("Last day"), lambda w: w.last_day),
        Column("reason", _("Reason"), lambda w: w.reason),
        Column("state", _("State"), lambda w: w.get_state_display()),
    ], lambda o: o.waivers.order_by("pk")),
    Table("excusals", _("Days excused"), [
        Column("first_day", _("First day"), lambda x: x.during.lower),
        Column("last_day", _("Last day"), lambda x: _last(x.during.upper)),
        Column("reason", _("Reason"), lambda x: x.get_reason_display()),
        Column("note", _("Note"), lambda x: x.note),
    ], lambda o: o.excusals.order_by("pk")),
    Table("corrections", _("Corrections asked for"), [
        Column("asked", _("Asked"), lambda c: c.asked_at),
        Column("fields", _("What is asked"), lambda c: "; ".join(f"{n}: {a} → {b}" for n, (a, b) in c.fields.items())),
        Column("state", _("State"), lambda c: c.get_state_display()),
        Column("reason", _("Reason"), lambda c: c.decision_reason),
    ], lambda o: o.correction_requests.order_by("pk")),
    Table("notices", _("Messages to you"), [
        Column("due", pgettext_lazy("message", "Due"), lambda n: n.due_at),
        Column("sent", _("Sent"), lambda n: n.sent_at),
        Column("by", pgettext_lazy("channel", "Sent by"), lambda n: n.get_channel_display()),
        Column("to", _("To"), lambda n: n.to),
        Column("subject", _("Subject"), str),
        Column("state", _("State"), lambda n: n.get_state_display()),
    ], notices),
    Table("changes", _("Who changed what"), [
        Column("at", _("When"), lambda e: e.at),
        Column("who", _("Who"), lambda e: e.who),
        Column("hat", _("As"), _hat),
        Column("what", _("What was done"), lambda e: e.done),
        Column("subject", _("To what"), lambda e: f"{e.kind} {e.ref}"),
        Column("changes", _("Old and new"), lambda e: "; ".join(f"{n}: {a} → {b}" for n, (a, b) in e.changes.items())),
        Column("note", _("Note"), lambda e: e.note),
    ], trail),
]  # fmt: skip


def values(table, officer):
    """Rows of plain values."""
    return ([column.value(row) for column in table.columns] for row in table.rows(officer))


def as_json(officer):
    """{table: [{column: value}]}, keys in English whatever the language."""
    tables = {}
    for table in TABLES:
        keys = [column.key for column in table.columns]
        tables[table.key] = [dict(zip(keys, row, strict=True)) for row in values(table, officer)]
    return {"taken_at": clock.now(), "of": officer.ref} | tables
