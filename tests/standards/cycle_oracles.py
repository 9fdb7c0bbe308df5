"""What must be true of a certificate, worked out by hand: the oracles ask the tables, not the services."""

import datetime as dt
from fractions import Fraction

from standards.models import Element, Evidence, Finding, Rating, ReRating
from training.models import Completion

COURSES = {"lead": ["CSE-SQA-02"], "member": ["CSE-SQA-01"]}
CLOSED = ["verified", "effective", "withdrawn"]
PLANNED = ["plan_accepted", "evidence_submitted", *CLOSED]
ORDER = ["not_yet", "certified", "commended"]  # without measured figures nobody reaches Excellence
# level: share implemented in each principle, score, share of exemplary, critical elements partly met
TABLE = {"certified": (50, 80, 0, 2), "commended": (80, 90, 10, 0)}


def edition_text(edition):
    """All that the edition says, as the tables have it."""
    fields = ["code", "title", "requirement", "critical", "weight", "applies_to", "criterion__code", "criterion__principle__code"]
    return edition.rules, list(Element.objects.of(edition.pk).order_by("code").values_list(*fields))


def working_day(day, n, holidays):
    """The n-th working day after the day."""
    while n:
        day += dt.timedelta(days=1)
        n -= day.isoweekday() < 6 and day not in holidays
    return day


def elements(site):
    """{code: element} of everything that the edition asks of such a place."""
    return {e.code: e for e in Element.objects.of(site.audit.edition_id, "centre" if site.centre_id else "mda")}


def unrated(audit):
    """(place, code) without a rating, whatever the audit asked."""
    rated = set(Rating.objects.filter(site__audit=audit).values_list("site", "element__code"))
    return {(site.pk, code) for site in audit.sites.all() for code in elements(site)} - rated


def bare(audit):
    """(place, code) rated without a piece of evidence."""
    rated = Rating.objects.filter(site__audit=audit).exclude(value="NA").values_list("site", "element")
    return set(rated) - set(Evidence.objects.filter(site__audit=audit, removed_at=None).values_list("site", "element"))


def level(site):
    """The level of a place for the decision, in whole numbers."""
    by_code = elements(site)
    said = dict(Rating.objects.filter(site=site).values_list("element__code", "value"))
    lifted = ReRating.objects.filter(site=site, verification__finding__state__in=["verified", "effective"]).order_by("pk")
    said |= dict(lifted.values_list("element__code", "value"))
    planned = set(Finding.objects.filter(site=site, state__in=PLANNED).values_list("elements__code", flat=True))
    rated = [(by_code[code], value) for code, value in said.items() if value != "NA"]
    twice = {"E": 2, "M": 2, "P": 1, "N": 0}
    points, weight = sum(e.weight * twice[v] for e, v in rated), 2 * sum(e.weight for e, _v in rated)
    principles = {}
    for e, value in rated:
        principles.setdefault(e.criterion.principle_id, []).append(value in "EM")
    in_part = [e.code for e, value in rated if e.critical and value == "P"]
    reached = "not_yet"
    if Finding.objects.filter(site=site, grade="major").exclude(state__in=CLOSED).exists():
        return reached
    if not rated or any(e.critical and value == "N" for e, value in rated) or not planned >= set(in_part):
        return reached
    for name, (floor, score, share, most) in TABLE.items():
        whole = all(100 * sum(met) >= floor * len(met) for met in principles.values()) and 100 * points >= score * weight
        if not whole or 100 * sum(v == "E" for _e, v in rated) < share * len(rated) or len(in_part) > most:
            return reached
        reached = name
    return reached


def holds(user, courses, day):
    """Whether a certificate of one of these courses is valid that day."""
    held = Completion.objects.filter(officer__user=user, course_version__course__code__in=courses, on__lte=day, until__gt=day)
    return any(c.withdrawn_on is None or c.withdrawn_on > day for c in held)


def sheet(audit):
    """All that a submission freezes: ratings and evidence."""
    ratings = Rating.objects.filter(site__audit=audit).order_by("pk").values_list("pk", "value", "justification", "rated_by", "revision")
    pieces = Evidence.objects.filter(site__audit=audit).order_by("pk").values_list("pk", "element", "note", "n", "sha256", "removed_at")
    return list(ratings), list(pieces)


def surveillance_is_enough(row, issued_on, expires_on, valid_element_codes):
    """A surveillance: its day, every critical element, and at least a third of the rest."""
    critical, rest = valid_element_codes
    seen = set(row.elements)
    return critical <= seen and len(rest & seen) >= Fraction(len(rest), 3) and issued_on < row.due_on < expires_on
