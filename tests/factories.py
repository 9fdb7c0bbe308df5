"""Makes things for tests: plain functions with sensible defaults. Names are invented."""

import datetime as dt
from itertools import count

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import timezone

from centres.models import (
    Cadre,
    Centre,
    County,
    JobGroup,
    Membership,
    NameGrant,
    Officer,
    Organisation,
    Posting,
    ReportingLine,
    Standing,
    TransferRequest,
)
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.oversight.models import QuarterlyReturn, Target
from cse_portal.oversight.services.returns import last_ended
from standards.models import Auditor
from training.compliance import spans
from training.models import (
    Cohort,
    CohortSession,
    CohortTrainer,
    Completion,
    Course,
    CourseVersion,
    Enrolment,
    Requirement,
    Room,
    TrainerAccreditation,
)

EVER = DateRange(None, None)
number = count(23000001)
ref = count(100001)


def since(day):
    return DateRange(day, None)


def days_ago(n):
    return clock.today() - dt.timedelta(days=n)


def days_ahead(n):
    return clock.today() + dt.timedelta(days=n)


CADRES = [("EXE", "Executive Leaders"), ("SNR", "Senior Managers"), ("TEC", "Technical Officers"), ("FRT", "Frontline Staff"), ("SQA", "Service Quality Assessors")]


def cadre(code):
    names = dict(CADRES)
    return Cadre.objects.get_or_create(code=code, defaults={"name": names[code], "sequence": list(names).index(code) + 1})[0]


def county(code="047", name="Nairobi City"):
    return County.objects.get_or_create(code=code, defaults={"name": name})[0]


def job_group(code="K"):
    return JobGroup.objects.get_or_create(code=code)[0]


def organisation(code, name, kind="state_department", parent=None, standing="obliged"):
    made = Organisation.objects.create(code=code, name=name, kind=kind, county=county(), during=EVER)
    Standing.objects.create(organisation=made, kind=standing, during=EVER)
    if parent:
        ReportingLine.objects.create(organisation=made, parent=parent, during=EVER)
    return made


def huduma_centre(code="HC-047-01", name="GPO Huduma Centre", organisation=None):
    return Centre.objects.create(code=code, name=name, kind="huduma_centre", county=county(), town="Nairobi", organisation=organisation)


def campus(code="KSG-EMB", name="KSG Embu"):
    return Centre.objects.create(code=code, name=name, kind="campus", county=county("014", "Embu"), town="Embu")


def officer(organisation, first_name="Wanjiru", surname="Kamau", cadre_code="FRT", posted=None, personal_no=None, **fields):
    personal_no = personal_no or str(next(number))
    made = Officer.objects.create(
        ref=f"OF-{next(ref)}",  # random ones of thousands would meet one another now and then
        personal_no=personal_no,
        personal_key=personal_no.lstrip("0"),
        number_series=organisation.number_series,
        first_name=first_name,
        surname=surname,
        **{"gender": "F", "email": f"{first_name}.{personal_no}@example.org".lower().replace("'", "")} | fields,
    )
    posting(made, organisation, posted, cadre_code)
    spans.refresh([made.pk])
    return made


def posting(officer, organisation, first=None, cadre_code="FRT", until=None, centre=None):
    """From 400 days ago for good, unless said. The officer's compliance is not refreshed."""
    return Posting.objects.create(
        officer=officer,
        organisation=organisation,
        centre=centre,
        cadre=cadre(cadre_code),
        job_group=job_group(),
        designation="Clerical Officer",
        terms="permanent",
        county=county(),
        during=DateRange(first or days_ago(400), until),
    )


def transfer(officer, to, on=None, **fields):
    """Asked for today by the gaining MDA."""
    said = {"on": on or clock.today(), "answer_by": days_ahead(14), "requested_at": timezone.now()} | fields
    return TransferRequest.objects.create(officer=officer, from_organisation=officer.postings.get().organisation, to_organisation=to, **said)


def user(email, name, password="correct horse battery"):
    return User.objects.create_user(email, password, name=name)


def member(role, email, name, organisation=None, centre=None, of_user=None):
    """The membership (hat) of a new user, or of `of_user`."""
    return Membership.objects.create(
        user=of_user or user(email, name), role=role, organisation=organisation, centre=centre, during=since(days_ago(200))
    )


def at(day, hour=8, minute=0):
    """An instant of that Nairobi day."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def name_grant(hat, organisation, reason="To answer a question", over=False):
    """From yesterday for a week, or a week that is over."""
    since = timezone.now() - dt.timedelta(days=9 if over else 1)
    return NameGrant.objects.create(
        user=hat.user, organisation=organisation, reason=reason, during=DateTimeTZRange(since, since + dt.timedelta(days=7))
    )


# Training.
def course(code="CSE-FRT-01", title="Frontline Service Excellence", cadre_code="FRT"):
    return Course.objects.get_or_create(code=code, defaults={"title": title, "cadre": cadre(cadre_code)})[0]


def version(code="CSE-FRT-01", cadre_code="FRT", **fields):
    """The first version of a course: 5 days, pass mark 60, 80% of sessions, 24 months, results need no second person."""
    said = {"mode": "in-person", "days": 5, "validity_months": 24, "capacity": 35, "moderated": False} | fields
    return CourseVersion.objects.get_or_create(course=course(code, cadre_code=cadre_code), number=1, defaults=said)[0]


def requirement(cadre_code="FRT", code="CSE-FRT-01", **fields):
    said = {"in_force": since(dt.date(2024, 6, 13)), "due_within_days": 90} | fields
    made = Requirement.objects.create(cadre=cadre(cadre_code), course=course(code, cadre_code=cadre_code), **said)
    spans.rebuild()
    return made


def cohort(code="EMB-26-001", starts_on=None, days=5, capacity=35, at_campus=None, of=None, trainer=None, **fields):
    """A cohort open for enrolment, 20 days ahead unless said, with a morning session a day."""
    starts_on = starts_on or days_ahead(20)
    place = at_campus or Centre.objects.filter(kind="campus").first() or campus()
    made = Cohort.objects.create(
        code=code, course_version=of or version(), campus=place, starts_on=starts_on, ends_on=starts_on + dt.timedelta(days=days - 1), capacity=capacity, **fields
    )
    for n in range(days):
        day = starts_on + dt.timedelta(days=n)
        CohortSession.objects.create(cohort=made, number=n + 1, starts_at=at(day, 8, 30), ends_at=at(day, 12, 30))
    if trainer:
        CohortTrainer.objects.create(cohort=made, user=trainer.user)
    return made


def accreditation(trainer, of=None, first=None, until=None):
    """The trainer may teach the course of a version, for the last 400 days and for good unless said."""
    during = DateRange(first or days_ago(400), until)
    return TrainerAccreditation.objects.create(user=trainer.user, course=(of or version()).course, during=during, granted_at=timezone.now())


def room(at_campus, name="Hall 1", capacity=40, **fields):
    return Room.objects.create(centre=at_campus, name=name, capacity=capacity, **fields)


def seat(cohort, officer, state="confirmed"):
    """An enrolment by the MDA in which the officer serves."""
    return Enrolment.objects.create(cohort=cohort, officer=officer, organisation=officer.postings.first().organisation, state=state, enrolled_at=timezone.now())


def completion(officer, of=None, on=None, until=None):
    """Completed 100 days ago, valid as long as the version says."""
    of, on = of or version(), on or days_ago(100)
    made = Completion.objects.create(officer=officer, course_version=of, on=on, until=until or clock.add_months(on, of.validity_months))
    spans.refresh([officer.pk])
    return made


# Auditors.
ASSESSOR_COURSES = {"CSE-SQA-01": "Service Quality Assessor", "CSE-SQA-02": "Lead Assessor"}


def assessor_version(code):
    course(code, ASSESSOR_COURSES[code], "SQA")
    return version(code, "SQA", days=3, validity_months=36)


def assessor(hat, courses=tuple(ASSESSOR_COURSES), on=None, until=None):
    """An auditor's hat in the register, an officer without a posting, with these certificates: for the last 100 days unless said."""
    first_name, _space, surname = hat.user.name.partition(" ")
    personal_no, on = str(next(number)), on or days_ago(100)
    made = Officer.objects.create(
        personal_no=personal_no, personal_key=personal_no, number_series="national", first_name=first_name, surname=surname, user=hat.user
    )
    Completion.objects.bulk_create(
        Completion(officer=made, course_version=assessor_version(code), on=on, until=until or clock.add_months(on, 36)) for code in courses
    )
    Auditor.objects.create(user=hat.user, entered_on=days_ago(100))
    return hat


# Oversight.
def target(value=80, quarter_ends=None, **fields):
    """Coverage of all cadres by the end of this quarter, unless said."""
    said = {"measure": "coverage", "cadre": None, "authority": "Circular OP/CAB 1 of 1 July 2026", "entered_at": timezone.now()}
    return Target.objects.create(value=value, quarter_ends=quarter_ends or clock.quarter_end(clock.today()), **said | fields)


def quarterly_return(organisation, quarter_ends=None, **fields):
    """An open return of the quarter that ended last."""
    return QuarterlyReturn.objects.create(organisation=organisation, quarter_ends=quarter_ends or last_ended(clock.today()), **fields)
