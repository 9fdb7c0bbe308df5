"""Who exactly: the officers in post on a day with their status, as spans. What a cell of the figures counts, this lists."""

from django.db.models import Exists, OuterRef, Q

from centres.access import organisations_below
from centres.models import Cadre, County, Organisation, Posting
from training.models import Cohort, Completion, ComplianceSpan, Enrolment, RequirementScope

from . import rules, status


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
    required = RequirementScope.objects.filter(draft=0, course_id=course_id, during__contains=on)
    places, versions = {}, set()
    for cadre, organisation, counting in required.values_list("cadre_id", "organisation_id", "versions"):
        places.setdefault(cadre, set()).add(organisation)
        versions |= set(counting)
    if not places:
        return Q(officer__in=[])
    bound = Q()
    for cadre, mdas in places.items():
        bound |= Q(cadre_id=cadre) if 0 in mdas else Q(cadre_id=cadre, organisation_id__in=mdas)
    held = Completion.objects.held_on(on).filter(officer=OuterRef("officer_id"), course_version__in=versions)
    return bound & ~Exists(held.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=on)))


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


def with_facts(spans, on):
    """The spans, each with what a row shows: `.organisation`, `.cadre`, `.county`, `.code`, `.state` (due_on, lacking), `.post`,
    `.due` (first day on which the officer counts as overdue or due again). Seven queries for any number."""
    spans = list(spans)
    ids = [s.officer_id for s in spans]
    mdas = Organisation.objects.in_bulk({s.organisation_id for s in spans})
    cadres, counties = Cadre.objects.in_bulk(), County.objects.in_bulk({s.county_id for s in spans if s.county_id})
    states = status.of_officers(ids, on)
    lapses = lapse_days(ids, on)
    posts = {p.officer_id: p for p in Posting.objects.on(on).filter(officer__in=ids)}
    for s in spans:
        s.organisation, s.cadre, s.county = mdas[s.organisation_id], cadres[s.cadre_id], counties.get(s.county_id)
        s.code, s.state, s.post = rules.STATUSES[s.status], states.get(s.officer_id), posts.get(s.officer_id)
        s.due = s.state.due_on if s.state and s.state.due_on else lapses.get(s.officer_id) if s.code == "current" else None
    return spans
