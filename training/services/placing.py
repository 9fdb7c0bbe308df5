"""Enrolling many officers into several cohorts at once: a plan that a person reads, then the same plan carried out under locks."""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from centres.models import Officer, Organisation, Posting
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import access, policies
from training.eligibility import lacking_prerequisites
from training.models import Cohort, CourseEquivalence, CoursePrerequisite, Enrolment

from . import nominations, seating, waiting
from .reaching import lock_officers

MOST = 10_000  # officers in one go
SKIPPED = {
    "not_in_post": gettext_lazy("Not in post in your MDA today"),
    "seated": gettext_lazy("Hold a seat in a cohort of the course already"),
    "other_cadre": gettext_lazy("Of a CSE cadre that none of these courses is for"),
    "prerequisite": gettext_lazy("Lack a course that must come before"),
    "clash": gettext_lazy("Hold a seat elsewhere at the same time"),
    "no_seat": gettext_lazy("No seat left for them"),
}


@dataclass
class Plan:
    """Who gets which seat, longest overdue first, earliest cohort first; who is left out, and why."""

    cohorts: list  # each with `.free`; `.given` and `.queued`, lists of (officer id, organisation id)
    skipped: dict = field(default_factory=dict)  # {code of SKIPPED: [officer id]}
    states: dict = field(default_factory=dict)  # {status: officers who get a seat}

    @property
    def placed(self):
        return sum(len(c.given) for c in self.cohorts)

    @property
    def queued(self):
        return sum(len(c.queued) for c in self.cohorts)

    def reasons(self):
        """[(sentence, officer ids)] of those left out."""
        return [(SKIPPED[code], ids) for code, ids in self.skipped.items() if ids]


def open_cohorts(scope, full=False):
    """Cohorts that still take enrolments and have free seats, soonest first; `full`: also those without."""
    return (
        Cohort.objects.visible_to(scope)
        .with_seats(scope.organisation_ids or ())
        .filter(*() if full else [Q(free__gt=0)], starts_on__gt=scope.today, state__in=nominations.TAKES)
        .select_related("course_version__course", "campus")
        .order_by("starts_on", "code")
    )


def suitable_cohorts(scope, officers):
    """Those of them whose course is for a CSE cadre of these officers (ids)."""
    cadres = Posting.objects.on(scope.today).filter(officer__in=officers).order_by().values_list("cadre", flat=True).distinct()
    cadres = set(cadres)
    accepted = CourseEquivalence.objects.filter(course__cadre__in=cadres).values("accepted")
    suited = Q(course_version__course__cadre__in=cadres) | Q(course_version__course__in=accepted)
    return open_cohorts(scope, full=True).filter(suited)


def plan(actor, *, cohorts, officers, on, wait=False, now=None):
    """The Plan for these cohorts and officers (ids), in about fifteen queries and two for each course with prerequisites.
    `wait`: who gets no seat is put on the waiting list of the earliest cohort."""
    now = now or clock.now()
    cohorts = waiting.reckon(list(cohorts), now)
    people = Officer.objects.in_bulk(set(officers))
    return _plan(actor, cohorts, people, on, wait)


def _plan(actor, cohorts, people, on, wait):
    """The Plan for cohorts with `.seats` and `.begins_at`, and officers {id: officer}."""
    cohorts = sorted(cohorts, key=lambda c: (c.starts_on, c.code))
    accepted = {}
    for course, other in CourseEquivalence.objects.values_list("course__cadre", "accepted"):
        accepted.setdefault(other, set()).add(course)
    for c in cohorts:
        closed = c.nominations_close_on and c.nominations_close_on < on
        c.takes = c.starts_on > on and c.state in nominations.TAKES and not closed
        own = sum(c.seats.kept(mda) for mda in c.seats.quotas if actor.covers(mda))
        c.free, c.given = (max(c.seats.pool, 0) + own if c.takes else 0), []
        c.queued = []
        c.cadres = {c.course_version.course.cadre_id} | accepted.get(c.course_version.course_id, set())
    posts = Posting.objects.on(on).filter(officer__in=people)
    if actor.organisation_ids is not None:
        posts = posts.filter(organisation__in=actor.organisation_ids)
    posts = {o: (organisation, cadre) for o, organisation, cadre in posts.values_list("officer", "organisation", "cadre")}
    taken = {}  # {officer: courses in which the officer has a seat, or waits for one}
    states = [*Enrolment.LIVE, Enrolment.State.WAITLISTED]
    rows = Enrolment.objects.filter(officer__in=posts, state__in=states, cohort__state__in=Cohort.LIVE, cohort__ends_on__gte=on)
    for officer, course in rows.values_list("officer", "cohort__course_version__course"):
        taken.setdefault(officer, set()).add(course)
    clashing = seating.clashes(cohorts, posts)
    lacking = _lacking([c for c in cohorts if c.takes], [people[o] for o in posts])
    states = nominations.states_of(posts, on)
    made, suiting = Plan(cohorts, {code: [] for code in SKIPPED}), {}
    made.skipped["not_in_post"] = [o for o in people if o not in posts]
    for officer in sorted(posts, key=lambda o: (nominations.urgency(states.get(o)), o)):
        organisation, cadre = posts[officer]
        if cadre not in suiting:  # the cadre's own course before one that counts for it
            there = [c for c in cohorts if cadre in c.cadres]
            suiting[cadre] = sorted(there, key=lambda c: c.course_version.course.cadre_id != cadre)
        left, why = suiting[cadre], "other_cadre"
        if left:
            left, why = [c for c in left if c.course_version.course_id not in taken.get(officer, ())], "seated"
        if left:
            left, why = [c for c in left if officer not in lacking.get(c.pk, ())], "prerequisite"
        if left:
            left, why = [c for c in left if (c.pk, officer) not in clashing], "clash"
        place = next((c for c in left if c.takes and c.seats.take(organisation)), None)
        if place is None and wait and (place := next((c for c in left if c.takes), None)):
            place.queued.append((officer, organisation))
            continue
        if place is None:
            made.skipped["no_seat" if left else why].append(officer)
            continue
        place.given.append((officer, organisation))
        code = states[officer][0] if officer in states else "not_required"
        made.states[code] = made.states.get(code, 0) + 1
    return made


def _lacking(cohorts, people):
    """{cohort id: {officer id: why}} of those who lack what must come before its course."""
    opened = set(
        CoursePrerequisite.objects.filter(course__in={c.course_version.course_id for c in cohorts}).values_list(
            "course", flat=True
        )
    )
    return {
        c.pk: lacking_prerequisites(people, c.course_version.course, c.starts_on)
        for c in cohorts
        if c.course_version.course_id in opened
    }


def enrol_many(actor, *, cohorts, officers, wait=False, expected=None, now=None):
    """Nominates as `plan` says, under locks: the Plan. `wait`: who gets no seat queues; `expected`: how many seats were confirmed;
    another number is refused."""
    now = now or clock.now()
    try:
        return _enrol_many(actor, cohorts, officers, wait, expected, now)
    except Refused as no:
        if no.code == "changed":  # what was due is settled for good, so that the next look sees it
            waiting.settle(cohorts, now)
        raise


@seating.act_on_seats
def _enrol_many(actor, cohorts, officers, wait, expected, now):
    on = clock.civil(now)
    if not policies.may_enrol(actor):
        raise Refused(_("Only an HR officer enrols officers, of the own MDA and the MDAs below it."), code="not_allowed")
    if len(officers) > MOST:
        raise Refused(
            _("%(n)s officers at once are too many; the most is %(most)s.") % {"n": f"{len(officers):,}", "most": f"{MOST:,}"},
            code="too_large",
        )
    cohorts = waiting.settled(cohorts, now)
    people = lock_officers(officers)
    made = _plan(actor, cohorts, people, on, wait)
    if not made.placed + made.queued:
        raise Refused(_("None of them can be given a seat in these cohorts."), code="nobody")
    if expected is not None and made.placed != expected:
        sentence = ngettext(
            "Meanwhile something changed: %(n)s officer would now be enrolled, not %(was)s. Look again and confirm.",
            "Meanwhile something changed: %(n)s officers would now be enrolled, not %(was)s. Look again and confirm.",
            made.placed,
        )
        raise Refused(sentence % {"n": f"{made.placed:,}", "was": f"{expected:,}"}, code="changed")
    mdas = Organisation.objects.in_bulk({organisation for c in made.cohorts for _o, organisation in c.given + c.queued})
    approved = access.needs_approval(mdas, on)
    seats = [
        nominations.new_seat(actor, c, people[officer], mdas[organisation], organisation in approved, now)
        for c in made.cohorts
        for officer, organisation in c.given
    ]
    for c in made.cohorts:
        seats += [nominations.new_wait(actor, c, people[officer], mdas[organisation], now) for officer, organisation in c.queued]
    nominations.write(actor, seats)
    return made
