"""Enrolling many officers into several cohorts at once: a plan that a person reads, then the same plan carried out under locks."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.models import Officer, Organisation, Posting
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import policies
from training.compliance import rules
from training.models import Cohort, ComplianceSpan, CourseEquivalence, Enrolment

from . import enrolment

MOST = 10_000  # officers in one go
ORDER = {"overdue": 0, "due": 1, "current": 2}
SKIPPED = {
    "not_in_post": gettext_lazy("Not in post in your MDA today"),
    "seated": gettext_lazy("Hold a seat in a cohort of the course already"),
    "other_cadre": gettext_lazy("Of a CSE cadre that none of these courses is for"),
    "clash": gettext_lazy("Hold a seat elsewhere on the same days"),
    "no_seat": gettext_lazy("No seat left for them"),
}


@dataclass
class Plan:
    """Who gets which seat, longest overdue first, earliest cohort first; who is left out, and why."""

    cohorts: list  # each with `.free` and `.given`, a list of (officer id, organisation id)
    skipped: dict = field(default_factory=dict)  # {code of SKIPPED: [officer id]}
    states: dict = field(default_factory=dict)  # {status: officers who get a seat}

    @property
    def placed(self):
        return sum(len(c.given) for c in self.cohorts)

    def reasons(self):
        """[(sentence, officer ids)] of those left out."""
        return [(SKIPPED[code], ids) for code, ids in self.skipped.items() if ids]


def open_cohorts(scope):
    """Cohorts that still take enrolments and have free seats, soonest first."""
    return (
        Cohort.objects.visible_to(scope)
        .with_seats()
        .filter(free__gt=0, starts_on__gt=scope.today, state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED])
        .select_related("course_version__course", "campus")
        .order_by("starts_on", "code")
    )


def suitable_cohorts(scope, officers):
    """Those of them whose course is for a CSE cadre of these officers (ids)."""
    cadres = Posting.objects.on(scope.today).filter(officer__in=officers).order_by().values_list("cadre", flat=True).distinct()
    cadres = set(cadres)
    accepted = CourseEquivalence.objects.filter(course__cadre__in=cadres).values("accepted")
    suited = Q(course_version__course__cadre__in=cadres) | Q(course_version__course__in=accepted)
    return open_cohorts(scope).filter(suited)


def plan(actor, *, cohorts, officers, on):
    """The Plan for these cohorts and officers (ids), in seven queries."""
    cohorts = sorted(cohorts, key=lambda c: (c.starts_on, c.code))
    taken = Enrolment.objects.live().filter(cohort__in=cohorts).values_list("cohort").annotate(n=Count("*"))
    taken = dict(taken)
    accepted = {}
    for course, other in CourseEquivalence.objects.values_list("course__cadre", "accepted"):
        accepted.setdefault(other, set()).add(course)
    for c in cohorts:
        takes = c.starts_on > on and c.state in (Cohort.State.OPEN, Cohort.State.CONFIRMED)
        c.free, c.given = (max(c.capacity - taken.get(c.pk, 0), 0) if takes else 0), []
        c.cadres = {c.course_version.course.cadre_id} | accepted.get(c.course_version.course_id, set())
    officers = list(set(officers))
    posts = Posting.objects.on(on).filter(officer__in=officers)
    if actor.organisation_ids is not None:
        posts = posts.filter(organisation__in=actor.organisation_ids)
    posts = {o: (o, organisation, cadre) for o, organisation, cadre in posts.values_list("officer", "organisation", "cadre")}
    seats = {}
    rows = Enrolment.objects.live().filter(officer__in=officers, cohort__state__in=Cohort.LIVE, cohort__ends_on__gte=on)
    for officer, course, first, last in rows.values_list(
        "officer", "cohort__course_version__course", "cohort__starts_on", "cohort__ends_on"
    ):
        seats.setdefault(officer, []).append((course, first, last))
    spans = ComplianceSpan.objects.on(on).filter(officer__in=list(posts)).values_list("officer_id", "status", "starts", "ends")
    states = {officer: (rules.STATUSES[code], starts, ends) for officer, code, starts, ends in spans}
    made, suiting = Plan(cohorts, {code: [] for code in SKIPPED}), {}
    made.skipped["not_in_post"] = [o for o in officers if o not in posts]

    def urgency(officer):
        code, starts, ends = states.get(officer, ("", dt.date.max, dt.date.max))
        return ORDER.get(code, 3), (starts if code == "overdue" else ends), officer

    for officer in sorted(posts, key=urgency):
        _officer, organisation, cadre = posts[officer]
        if cadre not in suiting:  # the cadre's own course before one that counts for it
            there = [c for c in cohorts if cadre in c.cadres]
            suiting[cadre] = sorted(there, key=lambda c: c.course_version.course.cadre_id != cadre)
        suited = suiting[cadre]
        if not suited:
            made.skipped["other_cadre"].append(officer)
            continue
        held = seats.get(officer, ())
        untaken = [c for c in suited if all(course != c.course_version.course_id for course, _f, _l in held)]
        if not untaken:
            made.skipped["seated"].append(officer)
            continue
        clear = [c for c in untaken if not any(f <= c.ends_on and c.starts_on <= last for _course, f, last in held)]
        if not clear:
            made.skipped["clash"].append(officer)
            continue
        place = next((c for c in clear if len(c.given) < c.free), None)
        if place is None:
            made.skipped["no_seat"].append(officer)
            continue
        place.given.append((officer, organisation))
        code = states[officer][0] if officer in states else "not_required"
        made.states[code] = made.states.get(code, 0) + 1
    return made


@transaction.atomic
def enrol_many(actor, *, cohorts, officers, expected=None):
    """Enrols as `plan` says, under locks: the Plan. `expected`: how many were confirmed; another number is refused."""
    if not policies.may_enrol(actor):
        raise Refused(_("Only an HR officer enrols officers, of the own MDA and the MDAs below it."), code="not_allowed")
    if len(officers) > MOST:
        raise Refused(
            _("%(n)s officers at once are too many; the most is %(most)s.") % {"n": f"{len(officers):,}", "most": f"{MOST:,}"},
            code="too_large",
        )
    ids = sorted(c.pk for c in cohorts)
    locked = Cohort.objects.select_for_update(of=("self",)).select_related("course_version__course", "campus")
    cohorts = list(locked.filter(pk__in=ids).order_by("pk"))
    people = Officer.objects.select_for_update(of=("self",), no_key=True).select_related("user").filter(pk__in=officers)
    people = {o.pk: o for o in people.order_by("pk")}
    made = plan(actor, cohorts=cohorts, officers=officers, on=clock.today())
    if not made.placed:
        raise Refused(_("None of them can be given a seat in these cohorts."), code="nobody")
    if expected is not None and made.placed != expected:
        sentence = ngettext(
            "Meanwhile something changed: %(n)s officer would now be enrolled, not %(was)s. Look again and confirm.",
            "Meanwhile something changed: %(n)s officers would now be enrolled, not %(was)s. Look again and confirm.",
            made.placed,
        )
        raise Refused(sentence % {"n": f"{made.placed:,}", "was": f"{expected:,}"}, code="changed")
    mdas = Organisation.objects.in_bulk({organisation for c in made.cohorts for _o, organisation in c.given})
    at = clock.now()
    seats = Enrolment.objects.bulk_create(
        Enrolment(
            cohort=c,
            officer=people[officer],
            organisation=mdas[organisation],
            state=Enrolment.State.CONFIRMED,
            enrolled_by=actor.user,
            enrolled_at=at,
        )
        for c in made.cohorts
        for officer, organisation in c.given
    )
    trail.record_many([trail.entry(actor, "enrolled", e, {"state": (None, e.state)}) for e in seats])
    by_cohort = {}
    for seat in seats:
        by_cohort.setdefault(seat.cohort_id, []).append(seat)
    outbox.queue_many([n for c in made.cohorts for n in enrolment.joining(c, by_cohort.get(c.pk, []))])
    return made
