"""The database's status of officers is the pure rule's, on random histories and on every day of them."""

import datetime as dt

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from centres.models import Excusal, Officer, Organisation, Posting, ReportingLine
from tests import factories as make
from training.compliance import facts, rules, status
from training.models import Completion, Course, CourseEquivalence, CourseVersion, Requirement

START = dt.date(2025, 1, 1)
DAYS = 400
ORGANISATIONS, CADRES, COURSES = ["A", "B", "C", "D"], ["FRT", "TEC", "SNR"], ["C1", "C2", "C3"]


def day(n):
    return START + n * rules.DAY


days = st.integers(0, DAYS).map(day)
ranges = st.tuples(st.integers(0, DAYS), st.one_of(st.none(), st.integers(1, 200))).map(
    lambda pair: (day(pair[0]), None if pair[1] is None else day(pair[0] + pair[1]))
)
requirements = st.lists(st.tuples(st.sampled_from(CADRES), st.sampled_from(COURSES), st.sampled_from([None, *ORGANISATIONS]), ranges, st.sampled_from([0, 1, 30, 90])), max_size=5)
# Successive posts: the gaps are what breaks a stretch, a change on the very day what does not.
posts = st.lists(st.tuples(st.sampled_from([0, 0, 0, 1, 20]), st.integers(1, 150), st.sampled_from(ORGANISATIONS), st.sampled_from(CADRES)), min_size=1, max_size=4)
completions = st.lists(st.tuples(st.sampled_from(COURSES), st.integers(0, DAYS), st.one_of(st.none(), st.integers(1, 200)), st.one_of(st.none(), st.integers(0, 100))), max_size=4)
histories = st.lists(st.tuples(st.integers(0, 60), posts, st.booleans(), completions, st.lists(ranges, max_size=2)), min_size=1, max_size=4)
moves = st.lists(st.tuples(st.sampled_from(["B", "C"]), st.sampled_from(["A", "D"]), st.integers(0, DAYS)), max_size=2, unique_by=lambda m: m[0])


class Agreement(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requirements, histories, moves, st.lists(days, min_size=6, max_size=6), st.booleans())
    def test_rule_and_database_agree(self, wanted, people, lines, asked, equivalent):
        organisations = {code: Organisation.objects.create(code=code, name=code, kind="ministry", during=make.EVER) for code in ORGANISATIONS}
        for below, above, n in lines:
            ReportingLine.objects.create(organisation=organisations[below], parent=organisations[above], during=DateRange(day(n), None))
        cadres = {code: make.cadre(code) for code in CADRES}
        courses = {code: Course.objects.create(code=code, title=code, cadre=cadres["FRT"]) for code in COURSES}
        versions = {code: CourseVersion.objects.create(course=course, mode="virtual", days=1, validity_months=12) for code, course in courses.items()}
        if equivalent:
            CourseEquivalence.objects.create(course=courses["C1"], accepted=courses["C2"])
        for cadre, course, place, during, grace in wanted:
            Requirement.objects.create(cadre=cadres[cadre], course=courses[course], organisation=organisations.get(place), in_force=DateRange(*during), due_within_days=grace)
        for i, (first, served, leaves, held, excused) in enumerate(people):
            officer = Officer.objects.create(personal_no=str(i + 1), personal_key=str(i + 1), number_series="x", surname="S", first_name="F")
            start = day(first)
            for n, (gap, length, place, cadre) in enumerate(served):
                start += gap * rules.DAY
                end = None if n == len(served) - 1 and not leaves else start + length * rules.DAY
                Posting.objects.create(officer=officer, organisation=organisations[place], cadre=cadres[cadre], during=DateRange(start, end))
                start = end
            for course, n, lasts, withdrawn in held:
                until = None if lasts is None else day(n + lasts)
                Completion.objects.create(officer=officer, course_version=versions[course], on=day(n), until=until, withdrawn_on=None if withdrawn is None else day(n + withdrawn))
            for during in excused:
                Excusal.objects.create(officer=officer, reason="study_leave", during=DateRange(*during))
        ids = list(Officer.objects.values_list("pk", flat=True))
        histories = facts.of_officers(ids)
        for on in asked:
            found = status.of_officers(ids, on)
            for pk in ids:
                said = histories[pk].status(on)
                if said is None:
                    assert pk not in found
                    continue
                assert (found[pk].status, found[pk].due_on, found[pk].lacking) == (said.code, said.due_on, sorted(said.lacking)), (on, said.why)
            tally = {}
            for state in found.values():
                tally[state.status] = tally.get(state.status, 0) + 1
            counted = {}
            for _organisation, _cadre, code, n in status.counts(on):
                counted[code] = counted.get(code, 0) + n
            assert counted == tally


@pytest.mark.django_db
def test_an_empty_country_has_no_counts():
    assert status.counts(START) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM training_status(%s)", [START])
        assert cursor.fetchone() == (0,)
