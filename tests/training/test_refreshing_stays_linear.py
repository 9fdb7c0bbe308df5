"""Refreshing ten times as many officers costs about ten times as much: a plan that joins what it has no statistics of is quadratic,
and a hundred times slower at ten thousand."""

from time import perf_counter

import pytest
from django.db import connection

from tests import factories as make
from training.compliance import spans, verify
from training.models import CourseVersion

FILL = """
INSERT INTO centres_officer (ref, personal_no, personal_key, number_series, surname, first_name, other_names, gender, email, phone)
SELECT 'OF-' || n, n, n, 'linear', 'S', 'F', '', 'F', '', '' FROM generate_series(1, %(n)s) n;
INSERT INTO centres_posting (officer_id, organisation_id, cadre_id, designation, terms, during, end_reason)
SELECT o.id, (%(places)s::bigint[])[1 + o.id %% 300], (%(cadres)s::bigint[])[1 + (o.id + half) %% 2], '', '',
       CASE half WHEN 0 THEN daterange('2023-01-01', '2024-06-01') ELSE daterange('2024-06-01', NULL) END, ''
FROM centres_officer o, generate_series(0, 1) half WHERE o.number_series = 'linear';
INSERT INTO training_completion (officer_id, course_version_id, "on", until)
SELECT o.id, %(version)s, '2024-01-01'::date + (o.id %% 300)::int, '2026-01-01'::date + (o.id %% 300)::int FROM centres_officer o
WHERE o.number_series = 'linear' AND o.id %% 3 > 0;
INSERT INTO training_requirement (cadre_id, course_id, organisation_id, in_force, due_within_days, authority, assumed)
SELECT (%(cadres)s::bigint[])[1], %(course)s, unnest(%(places)s::bigint[]), daterange('2023-06-01', NULL), 60, '', '{}';
"""


@pytest.mark.slow
@pytest.mark.django_db
def test_ten_times_as_many_officers():
    places = [make.organisation(f"P{n}", f"P{n}").pk for n in range(300)]
    version = CourseVersion.objects.create(course=make.course(), mode="virtual", days=1, validity_months=24)
    make.requirement("TEC", "CSE-FRT-01")
    given = {"n": 11_000, "places": places, "cadres": [make.cadre("FRT").pk, make.cadre("TEC").pk]}
    with connection.cursor() as cursor:
        cursor.execute(FILL, given | {"version": version.pk, "course": version.course_id})
    everyone = spans.everyone()

    def seconds(ids):
        started = perf_counter()
        spans.refresh(ids)
        return perf_counter() - started

    few, many = seconds(everyone[:1000]), seconds(everyone[1000:])
    assert many <= 15 * few, f"1,000 officers {few:.2f} s, 10,000 officers {many:.2f} s"
    assert verify.differences(sample=100) == []
