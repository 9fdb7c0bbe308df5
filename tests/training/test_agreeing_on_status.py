"""The database's status of officers is the pure rule's, on random histories and on many days of them."""

import datetime as dt
from collections import Counter
from random import Random

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from centres.models import Excusal, Officer, Organisation, Posting, ReportingLine
from tests import factories as make
from training.compliance import facts, rules, spans, status
from training.models import Completion, Course, CourseEquivalence, CourseVersion, Requirement

START = dt.date(2025, 1, 1)
DAYS = 500
OFFICERS = 60


def day(n):
    return START + n * rules.DAY


def some_range(rng, first=DAYS, longest=200, open_end=0.3):
    start = rng.randint(0, first)
    return DateRange(day(start), None if rng.random() < open_end else day(start + rng.randint(1, longest)))


def framework(rng):
    """Organisations whose tree changes, and rules of which some follow each other for the same course."""
    organisations = [Organisation.objects.create(code=code, name=code, kind="ministry", during=make.EVER) for code in "ABCD"]
    for below, above in ((1, 0), (2, rng.choice([0, 1, 3]))):
        ReportingLine.objects.create(
            organisation=organisations[below], parent=organisations[above], during=some_range(rng, 100, 300)
        )
    cadres = [make.cadre(code) for code in ("FRT", "TEC", "SNR")]
    versions = []
    for n in range(3):
        course = Course.objects.create(code=f"C{n}", title=f"C{n}", cadre=cadres[0])
        versions.append(CourseVersion.objects.create(course=course, mode="virtual", days=1, validity_months=12))
    if rng.random() < 0.5:
        CourseEquivalence.objects.create(course=versions[0].course, accepted=versions[1].course)
    graces = [0, 1, 30, 90, 120]
    for cadre in cadres[:2]:
        change = rng.randint(50, 300)
        course = rng.choice(versions).course
        for in_force in (DateRange(day(0), day(change)), DateRange(day(change), None)):  # the next edition of the same rule
            Requirement.objects.create(cadre=cadre, course=course, in_force=in_force, due_within_days=rng.choice(graces))
    for _n in range(rng.randint(0, 3)):
        place = rng.choice([None, *organisations])
        Requirement.objects.create(
            cadre=rng.choice(cadres),
            course=rng.choice(versions).course,
            organisation=place,
            in_force=some_range(rng),
            due_within_days=rng.choice(graces),
        )
    return organisations, cadres, versions


def populate(rng, organisations, cadres, versions):
    officers = Officer.objects.bulk_create(
        Officer(ref=f"OF-{n}", personal_no=str(n), personal_key=str(n), number_series="x", surname="S", first_name="F")
        for n in range(1, OFFICERS + 1)
    )
    postings, held, excused = [], [], []
    for officer in officers:
        start = rng.randint(0, 100)
        for last in [False] * rng.randint(0, 3) + [True]:
            end = None if last and rng.random() < 0.7 else start + rng.randint(1, 200)
            during = DateRange(day(start), end and day(end))
            postings.append(
                Posting(officer=officer, organisation=rng.choice(organisations), cadre=rng.choice(cadres), during=during)
            )
            start = (end or 0) + rng.choice([0, 0, 0, 1, 20])
        for _n in range(rng.choice([0, 0, 1, 2])):
            on = rng.randint(0, DAYS)
            until = rng.choice([None, day(on + rng.randint(1, 150))])
            withdrawn = rng.choice([None, None, None, day(on + rng.randint(0, 100))])
            held.append(
                Completion(officer=officer, course_version=rng.choice(versions), on=day(on), until=until, withdrawn_on=withdrawn)
            )
        excused += [
            Excusal(officer=officer, reason="study_leave", during=some_range(rng, 300, 60, 0.1))
            for _n in range(rng.choice([0, 0, 1]))
        ]
    Posting.objects.bulk_create(postings)
    Completion.objects.bulk_create(held)
    Excusal.objects.bulk_create(excused)
    return [officer.pk for officer in officers]


class Agreement(TestCase):
    @settings(max_examples=settings.default.max_examples // 8, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def test_rule_and_database_agree(self, seed):
        rng = Random(seed)
        ids = populate(rng, *framework(rng))
        spans.refresh(ids)
        histories = facts.of_officers(ids)
        for on in [day(rng.randint(0, DAYS)) for _n in range(20)]:
            found = status.of_officers(ids, on)
            for pk in ids:
                said = histories[pk].status(on)
                if said is None:
                    assert pk not in found
                else:
                    assert (found[pk].status, found[pk].due_on, found[pk].lacking) == (
                        said.code,
                        said.due_on,
                        said.lacking,
                    ), (on, said.why)
            counted = Counter()
            for _organisation, _cadre, code, n in status.counts(on):
                counted[code] += n
            assert counted == Counter(state.status for state in found.values())


@pytest.mark.django_db
def test_an_empty_country_has_no_counts():
    assert status.counts(START) == []
