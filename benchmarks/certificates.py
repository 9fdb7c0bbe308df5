"""A cohort closed with its certificates (P5), and certificates drawn by workers and on demand (P12)."""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks.measure import Line, median_ms, queries_of, rows, undone
from cse_portal.lib import clock

COHORT, BATCH, WORKERS = 35, 10_000, 2
WORKER = """
import os, django
django.setup()
from training.services import awards
while awards.draw_waiting(500): pass
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
OFFICERS = """
SELECT p.officer_id, p.organisation_id FROM centres_posting p JOIN centres_cadre c ON c.id = p.cadre_id
 WHERE upper_inf(p.during) AND c.code = 'FRT'
   AND NOT EXISTS (SELECT 1 FROM training_enrolment e WHERE e.officer_id = p.officer_id
                   AND e.state IN ('nominated', 'approved', 'offered', 'confirmed', 'waitlisted'))
 ORDER BY hashint8(p.officer_id) LIMIT %s
"""
UNDRAWN = """
UPDATE training_certificate SET drawn_at = NULL, document = '' WHERE id IN (SELECT id FROM training_certificate ORDER BY id LIMIT %s)
"""


def closing(_officers):
    from training.services import awards

    taken, queries = [], 0
    for n in range(6):
        with undone():
            actor, cohort = hall(n)
            run = partial(awards.close_cohort, actor, cohort=cohort)
            if n == 0:
                queries = queries_of(run)
            else:
                began = time.perf_counter()
                run()
                taken.append(1000 * (time.perf_counter() - began))
    ms = sorted(taken)[len(taken) // 2]
    work = f"Close a cohort of {COHORT}: outcomes, certificates, statuses, notices"
    return [Line("P5", work, f"{ms:.0f} ms", ms, 300, "ms", queries, 60)]


def hall(n):
    """(a coordinator, a cohort of 35 that ended today, marked and scored)."""
    from centres.access import Scope
    from centres.models import Centre, Membership
    from training.models import AssessmentResult, Attendance, Cohort, CohortSession, CourseVersion, Enrolment
    from training.services.sessions import usual_sessions

    version = CourseVersion.objects.filter(course__code="CSE-FRT-01", state="published").latest("number")
    today = clock.today()
    first = clock.add_months(today, -1)
    cohort = Cohort.objects.create(
        code=f"BENCH-P5-{n}", course_version=version, campus=Centre.objects.filter(kind="campus").first(), starts_on=first,
        ends_on=today, capacity=COHORT, state=Cohort.State.RUNNING,
    )  # fmt: skip
    times = usual_sessions(first, today)[:10]
    sessions = CohortSession.objects.bulk_create(
        CohortSession(cohort=cohort, number=k, starts_at=a, ends_at=b) for k, (a, b) in enumerate(times, 1)
    )
    seats = Enrolment.objects.bulk_create(
        Enrolment(cohort=cohort, officer_id=officer, organisation_id=mda, enrolled_at=clock.now(), clash_reason="measured")
        for officer, mda in rows(OFFICERS, [COHORT])
    )
    Attendance.objects.bulk_create(
        Attendance(session=s, enrolment=seat, mark="present", marked_at=clock.now()) for s in sessions for seat in seats
    )
    parts = [c for c in version.components.all() if c.weight] or [None]
    AssessmentResult.objects.bulk_create(
        AssessmentResult(enrolment=seat, component=part, score=80, recorded_at=clock.now(), released_at=clock.now())
        for seat in seats
        for part in parts
    )
    held = Membership.objects.select_related("user").get(user__email="coordinator@demo.example")
    return Scope(user=held.user, membership=held), cohort


def drawing(_officers):
    from training.models import Certificate
    from training.services import awards, drawing

    some = list(Certificate.objects.select_related(*drawing.DRAWN_WITH).order_by("-pk")[:20])
    asked = iter(some)
    one = median_ms(lambda: awards.document_of(next(asked)), times=15, warm=3)
    rows(UNDRAWN, [BATCH])
    n = Certificate.objects.filter(drawn_at=None).count()
    with tempfile.TemporaryDirectory() as place:
        env = os.environ | {"STORAGE_ROOT": place}
        began = time.perf_counter()
        workers = [subprocess.Popen([sys.executable, "-c", WORKER], env=env, stdout=subprocess.PIPE, text=True) for _ in range(WORKERS)]
        used = [os.wait4(worker.pid, 0) for worker in workers]
        took = time.perf_counter() - began
        kept = sum(len(files) for _folder, _folders, files in os.walk(place))
    failed = [status for _pid, status, _usage in used if status]
    if failed or kept != n or Certificate.objects.filter(drawn_at=None).exists():
        raise RuntimeError(f"{kept} documents of {n}; workers that failed: {len(failed)}")
    cpu = 1000 * sum(usage.ru_utime + usage.ru_stime for _pid, _status, usage in used) / n
    # Its own account of it: what wait4 tells begins with the memory of who started it.
    memory = max(int(worker.stdout.read()) for worker in workers) / 1024
    return [
        Line("P12", f"{n:,} certificates drawn by {WORKERS} workers", f"{took:.0f} s", took, 150 * n / BATCH, "s"),
        Line("P12", "CPU of one in bulk, signature, QR code and font within", f"{cpu:.1f} ms", cpu, 25, "ms"),
        Line("P12", "Memory of a worker at its most", f"{memory:.0f} MB", memory, 200, "MB"),
        Line("P12", "One on demand", f"{one:.0f} ms", one, 60, "ms"),
    ]
