"""The rule (rules.py) and its set-based twin in SQL agree on random histories."""

import datetime as dt
import os

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from centres.models import Excusal, Posting
from tests import factories as make
from training.compliance import rules, status
from training.models import Completion, Course, CourseEquivalence, CourseVersion, Requirement

ZERO = dt.date(2025, 1, 1)
SPAN = 400
CADRES = ["FRT", "TEC"]
COURSES = ["CSE-FRT-01", "CSE-FRT-02", "CSE-TEC-01"]
ACCEPTS = {"CSE-FRT-01": ("CSE-FRT-02",)}


def day(n):
    return ZERO + dt.timedelta(days=n)


cuts = st.lists(st.integers(0, SPAN), min_size=2, max_size=7, unique=True).map(sorted)
history = st.fixed_dictionaries(
    {
        # Successive posts: (organisation, cadre) between cuts; None is a gap in service.
        "cuts": cuts,
        "posts": st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 2), st.sampled_from(CADRES))), min_size=6, max_size=6),
        "completions": st.lists(
            st.tuples(
                st.sampled_from(COURSES),
                st.integers(-50, SPAN),
                st.one_of(st.none(), st.integers(1, 300)),
                st.one_of(st.none(), st.integers(0, 200)),
            ),
            max_size=3,
        ),
        "excusals": st.lists(st.tuples(st.integers(0, SPAN), st.integers(1, 120)), max_size=2),
    }
)
rule = st.tuples(
    st.sampled_from(CADRES),
    st.sampled_from(COURSES),
    st.one_of(st.none(), st.integers(0, 2)),
    st.integers(-100, SPAN),
    st.one_of(st.none(), st.integers(1, 300)),
    st.sampled_from([0, 30, 90]),
)


@pytest.fixture
def nation(db):
    ministry = make.organisation("MIN", "Ministry of Trials", "ministry")
    below = make.organisation("SDT", "State Department for Trials", parent=ministry)
    apart = make.organisation("SDX", "State Department for Others")
    courses = {c: Course.objects.create(code=c, title=c, cadre=make.cadre("FRT")) for c in COURSES}
    versions = {c: CourseVersion.objects.create(course=courses[c], mode="in-person", days=5, validity_months=24) for c in COURSES}
    for course, accepted in ACCEPTS.items():
        for other in accepted:
            CourseEquivalence.objects.create(course=courses[course], accepted=courses[other])
    return {
        "organisations": [ministry, below, apart],
        "covers": {0: {0, 1}, 1: {1}, 2: {2}},
        "courses": courses,
        "versions": versions,
    }


def bindings_of(posts, rules_, covers):
    """The days each requirement binds: worked out by hand here, by ranges in SQL there."""
    for first, end, organisation, cadre in posts:
        for r_cadre, course, scope, start, length, days in rules_:
            if r_cadre == cadre and (scope is None or organisation in covers[scope]):
                a, b = max(first, start), min(end, start + length if length else end)
                if a < b:
                    yield rules.Binding(course, (day(a), day(b)), days)


@settings(
    max_examples=int(os.environ.get("HISTORIES", 40)), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    histories=st.lists(history, min_size=8, max_size=16),
    rules_=st.lists(rule, min_size=1, max_size=4),
    asked=st.lists(st.integers(0, SPAN), min_size=4, max_size=4),
)
def test_sql_and_rule_agree_on_random_histories(nation, histories, rules_, asked):
    (
        Completion.objects.all().delete(),
        Excusal.objects.all().delete(),
        Posting.objects.all().delete(),
        Requirement.objects.all().delete(),
    )
    for cadre, course, scope, start, length, days in rules_:
        Requirement.objects.create(
            cadre=make.cadre(cadre), course=nation["courses"][course], due_within_days=days,
            organisation=None if scope is None else nation["organisations"][scope], in_force=DateRange(day(start), day(start + length) if length else None),
        )  # fmt: skip
    people = []
    for facts in histories:
        officer = make.officer(nation["organisations"][0])
        officer.postings.all().delete()
        posts = [(a, b, *p) for a, b, p in zip(facts["cuts"], facts["cuts"][1:], facts["posts"]) if p]
        Posting.objects.bulk_create(
            Posting(
                officer=officer, organisation=nation["organisations"][o], cadre=make.cadre(c), during=DateRange(day(a), day(b))
            )
            for a, b, o, c in posts
        )
        Excusal.objects.bulk_create(
            Excusal(officer=officer, reason="study_leave", during=DateRange(day(a), day(a + n))) for a, n in facts["excusals"]
        )
        held = []
        for course, on, valid, withdrawn in facts["completions"]:
            until = day(on + valid) if valid else None
            gone = day(on + withdrawn) if withdrawn is not None else None
            Completion.objects.create(
                officer=officer, course_version=nation["versions"][course], on=day(on), until=until, withdrawn_on=gone
            )
            held.append(rules.Held(course, day(on), min([d for d in (until, gone) if d], default=None)))
        people.append(
            (
                officer.pk,
                posts,
                list(bindings_of(posts, rules_, nation["covers"])),
                held,
                [(day(a), day(a + n)) for a, n in facts["excusals"]],
            )
        )
    for n in asked:
        found = status.of_officers([p[0] for p in people], day(n))
        for pk, posts, bindings, held, excusals in people:
            if not any(a <= n < b for a, b, *_ in posts):
                assert pk not in found
                continue
            expected = rules.status(day(n), bindings, held, excusals, ACCEPTS)
            assert (found[pk].status, found[pk].due_on) == (expected.code, expected.due_on), (n, bindings, held, excusals)
        assert sum(row[3] for row in status.counts(day(n))) == len(found)
