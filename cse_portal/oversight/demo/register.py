"""The register of the cohorts of this week: how each mark came about, one pair in conflict, one correction that waits."""

import datetime as dt
import uuid

from django.db import connection

from training.models import Attendance, AttendanceEntry, Cohort, Correction

# Marks by code on the screen on the first day, from paper on the second, then from a phone or the page.
ENTRIES = """
INSERT INTO training_attendanceentry
       (client_id, session_id, enrolment_id, mark, source, state, device, reason, marked_by_id, marked_at, received_at)
SELECT md5('demonstration:' || a.id)::uuid, a.session_id, a.enrolment_id, a.mark, how.source, 'applied',
       CASE how.source WHEN 'device' THEN 'Android Chrome 4f1a' ELSE '' END,
       CASE how.source WHEN 'paper' THEN 'Sheet signed in the hall' ELSE '' END,
       a.marked_by_id, a.marked_at, a.marked_at
  FROM training_attendance a
  JOIN training_cohortsession s ON s.id = a.session_id
  JOIN training_cohort c ON c.id = s.cohort_id
  CROSS JOIN LATERAL (SELECT CASE WHEN s.number = 1 AND a.mark = 'present' THEN 'qr' WHEN s.number = 2 THEN 'paper'
                                  WHEN s.number % 2 = 1 THEN 'device' ELSE 'page' END AS source) how
 WHERE c.state = 'running'
 ORDER BY a.id;
UPDATE training_attendance a SET entry_id = e.id, source = e.source
  FROM training_attendanceentry e WHERE e.session_id = a.session_id AND e.enrolment_id = a.enrolment_id;
"""


def make(world):
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES)
    _conflict(world)
    _correction(world)


def _conflict(world):
    """The coordinator helped in the hall without network and saw it otherwise than the trainer."""
    theirs = Attendance.objects.filter(mark="present", session__cohort__trainers__user=world.trainers[0], entry__isnull=False)
    theirs = theirs.filter(session__cohort__ends_on__gte=world.on).order_by(
        "-session__starts_at", "enrolment__officer__surname", "id"
    )
    for stands, mark in zip(theirs[:1], ["absent"], strict=False):
        AttendanceEntry.objects.create(
            client_id=uuid.UUID(int=world.seed), session=stands.session, enrolment=stands.enrolment, mark=mark, source="device",
            state="conflict", device="Android Firefox 90c2", marked_by=world.users["coordinator@demo.example"],
            marked_at=stands.marked_at + dt.timedelta(minutes=4), received_at=stands.marked_at + dt.timedelta(hours=2),
        )  # fmt: skip


def _correction(world):
    """A trainer asks that an absence of a closed cohort becomes excused; a coordinator decides."""
    missed = Attendance.objects.filter(mark="absent", session__cohort__state=Cohort.State.CLOSED)
    missed = missed.filter(enrolment__state="not_completed", session__cohort__trainers__user=world.trainers[0])
    for stands in missed.order_by("-session__starts_at", "id")[:1]:
        Correction.objects.create(
            enrolment=stands.enrolment, session=stands.session, mark="excused", was="absent", asked_by=world.trainers[0],
            reason="The hospital's letter came after the cohort was closed", asked_at=world.at(world.day(1), 15),
        )  # fmt: skip
