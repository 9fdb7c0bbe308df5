"""Makes things for tests: plain functions with sensible defaults. Names are invented."""

import datetime as dt
from itertools import count

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from cse_portal.accounts.models import User
from cse_portal.lib import clock
from centres.models import Cadre, Centre, County, JobGroup, Membership, Officer, Organisation, Posting, ReportingLine, Standing

EVER = DateRange(None, None)
number = count(23000001)


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
        personal_no=personal_no,
        personal_key=personal_no.lstrip("0"),
        number_series=organisation.number_series,
        first_name=first_name,
        surname=surname,
        **{"gender": "F", "email": f"{first_name}.{personal_no}@example.org".lower().replace("'", "")} | fields,
    )
    Posting.objects.create(
        officer=made,
        organisation=organisation,
        cadre=cadre(cadre_code),
        job_group=job_group(),
        designation="Clerical Officer",
        terms="permanent",
        county=county(),
        during=since(posted or days_ago(400)),
    )
    return made


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
