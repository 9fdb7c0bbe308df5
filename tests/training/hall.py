"""Cohorts ready to be closed, and closed: marks and scores as they stand, without the pages that take them."""

from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from centres.access import Scope
from tests import factories as make
from training.compliance.rules import STATUSES
from training.models import AssessmentResult, Attendance, Completion
from training.services import awards

SYSTEM = Scope.system_task("test")


def held(organisation, people, days=3, of=None, code="EMB-26-001", trainer=None, **fields):
    """A cohort that ended today. `people`: {first name: (marks, one letter a day: P L E A, score or None)}."""
    cohort = make.cohort(code, starts_on=make.days_ago(days - 1), days=days, of=of, trainer=trainer, **fields)
    words = {"P": "present", "L": "late", "E": "excused", "A": "absent"}
    for name, (marks, score) in people.items():
        officer = make.officer(organisation, name, name[0] + "etieno")
        seat = make.seat(cohort, officer)
        Attendance.objects.bulk_create(
            Attendance(session=s, enrolment=seat, mark=words[m], marked_at=timezone.now())
            for s, m in zip(cohort.sessions.order_by("number"), marks, strict=True)
        )
        if score is not None:
            AssessmentResult.objects.create(enrolment=seat, score=Decimal(score), recorded_at=timezone.now())
    return cohort


def closed(actor, organisation, n=3, **fields):
    """A closed cohort in which n officers completed: their certificates, in the order of their numbers."""
    cohort = held(organisation, {f"{chr(65 + i // 26)}{chr(97 + i % 26)}na": ("PPP", 80) for i in range(n)}, **fields)
    awards.close_cohort(actor, cohort=cohort)
    return certificates_of(cohort)


def certificates_of(cohort):
    from training.models import Certificate

    return list(Certificate.objects.filter(completion__enrolment__cohort=cohort).order_by("number"))


def status_of(officer, on=None):
    """The status of an officer on a day, as the spans say."""
    from training.models import ComplianceSpan

    on = on or make.days_ago(0)
    return STATUSES[ComplianceSpan.objects.get(officer=officer, starts__lte=on, ends__gt=on).status]


def change(model, **fields):
    """Tries to change the only row of a model behind the services' back."""
    with transaction.atomic():
        return model.objects.update(**fields)


def completions():
    return dict(Completion.objects.values_list("officer__first_name", "withdrawn_on"))


def run_sql(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
