"""Five thousand officers given seats in cohorts at once: P4."""

import datetime as dt
import statistics
from functools import partial

from benchmarks.measure import Line, queries_of, rows, seconds, undone
from cse_portal.lib import clock

SEATS = 500  # of a cohort, the most there may be
LARGEST = """
SELECT organisation_id, array_agg(officer_id) FROM (
    SELECT p.organisation_id, p.officer_id, row_number() OVER (PARTITION BY p.organisation_id ORDER BY hashint8(p.officer_id)) AS n
    FROM centres_posting p JOIN centres_cadre c ON c.id = p.cadre_id
    WHERE upper_inf(p.during) AND c.code IN ('FRT', 'TEC')
      AND NOT EXISTS (SELECT 1 FROM training_enrolment e WHERE e.officer_id = p.officer_id
                      AND e.state IN ('nominated', 'approved', 'offered', 'confirmed', 'waitlisted'))
) ranked WHERE n <= 5000 GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
"""


def measure(_officers):
    """Officers of the largest MDA into as many cohorts as they need, eligibility, clashes, seats and notices included."""
    from training.services import placing

    [(mda, officers)] = rows(LARGEST)
    taken, queries = [], 0
    for n in range(3):
        with undone():
            hat, cohorts = hr_of(mda), halls(len(officers) // SEATS + 2)
            run = partial(placing.enrol_many, hat, cohorts=cohorts, officers=officers)
            if n == 0:
                queries = queries_of(run)
            else:
                taken.append(seconds(run))
    took = statistics.median(taken)
    allowed = 1.0 * len(officers) / 5000
    return [
        Line(
            "P4", f"{len(officers):,} officers given seats at once, with notices", f"{took:.2f} s", took, round(allowed, 2), "s",
            queries, 25,
        )
    ]  # fmt: skip


def hr_of(organisation_id):
    """The scope of an HR officer of that MDA."""
    from centres.access import Scope
    from centres.models import Membership

    held = Membership.objects.select_related("user").get(user__email="hr@demo.example")
    hat = Membership.objects.create(user=held.user, role=held.role, organisation_id=organisation_id, during=held.during)
    return Scope(user=held.user, membership=hat)


def halls(n):
    """`n` open cohorts of the frontline and technical courses, weeks ahead, half of each."""
    from centres.models import Centre
    from training.models import Cohort, CohortSession, CourseVersion
    from training.services.sessions import usual_sessions

    campus, made = Centre.objects.filter(kind="campus").first(), []
    for i in range(2 * n):
        version = CourseVersion.objects.taught().filter(course__code=("CSE-FRT-01", "CSE-TEC-01")[i % 2]).latest("number")
        first = clock.today() + dt.timedelta(days=180 + 7 * i)
        cohort = Cohort.objects.create(
            code=f"BENCH-{i}", course_version=version, campus=campus, starts_on=first, ends_on=first + dt.timedelta(days=4),
            capacity=SEATS, state=Cohort.State.OPEN,
        )  # fmt: skip
        times = usual_sessions(cohort.starts_on, cohort.ends_on)
        CohortSession.objects.bulk_create(
            CohortSession(cohort=cohort, number=k, starts_at=a, ends_at=b) for k, (a, b) in enumerate(times, 1)
        )
        made.append(cohort)
    return made
