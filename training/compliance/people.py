"""Who exactly: the officers in post on a day with their status, as spans. What a cell of the figures counts, this lists."""

from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL

from centres.access import organisations_below
from centres.models import Posting
from training.models import Cohort, ComplianceSpan, Enrolment

from . import rules

LACKS = """EXISTS (
    SELECT 1 FROM training_requirementscope s
    WHERE s.draft = 0 AND s.course_id = %s AND s.cadre_id = training_compliancespan.cadre_id
      AND s.organisation_id IN (0, training_compliancespan.organisation_id) AND s.during @> %s::date
      AND NOT EXISTS (
        SELECT 1 FROM training_completion c
        WHERE c.officer_id = training_compliancespan.officer_id AND c.course_version_id = ANY (s.versions) AND c."on" <= %s
          AND (c.until IS NULL OR c.until > %s) AND (c.withdrawn_on IS NULL OR c.withdrawn_on > %s)))"""


def code(status):
    """The number by which spans know a status."""
    return rules.STATUSES.index(status)


def in_post(scope, on):
    """Spans of the day of those whom the scope may see by name: one for each officer in post."""
    return ComplianceSpan.objects.on(on).visible_to(scope)


def at_centre(centre_id, on):
    return Exists(Posting.objects.on(on).filter(officer=OuterRef("officer_id"), centre=centre_id))


def no_job_group(on):
    return Exists(Posting.objects.on(on).filter(officer=OuterRef("officer_id"), job_group=None))


def at(organisation, on, below):
    """The MDA by itself, or with all that report to it on the day."""
    return Q(organisation_id__in=organisations_below(organisation.pk, on)) if below else Q(organisation_id=organisation.pk)


def lapses_by(day, last):
    """Up to date on `day`, due or overdue on `last` if nothing is done."""
    then = ComplianceSpan.objects.filter(
        officer=OuterRef("officer_id"), starts__lte=last, ends__gt=last, status__in=[code("due"), code("overdue")]
    )
    return Q(Exists(then), status=code("current"), ends__lte=last)


def lacks(course_id, on):
    """Of whom the course is required on the day and who does not hold it or what counts for it."""
    return RawSQL(LACKS, [course_id, on, on, on, on], output_field=BooleanField())


def has_seat(on):
    """Who holds a seat in a cohort that has not ended."""
    seats = Enrolment.objects.live().filter(
        officer=OuterRef("officer_id"), cohort__ends_on__gte=on, cohort__state__in=Cohort.LIVE
    )
    return Exists(seats)


def lapse_days(officer_ids, on):
    """{officer id: first day after `on` on which the officer will be due or overdue if nothing is done}"""
    ahead = ComplianceSpan.objects.filter(
        officer__in=list(officer_ids), starts__gt=on, status__in=[code("due"), code("overdue")]
    ).order_by("officer_id", "-starts")
    return dict(ahead.values_list("officer_id", "starts"))
