"""Where training is wanted: overdue, due and expiring by county and CSE cadre, against the free seats of the cohorts to come."""

from collections import Counter
from dataclasses import dataclass

from centres.models import Cadre, Centre, County
from cse_portal.lib import clock
from training.compliance import ledger
from training.models import Cohort, Course, CourseEquivalence, CourseVersion, Requirement

from . import seating

MONTHS = (3, 6)


@dataclass
class Row:
    """A county (None: not known) and a CSE cadre."""

    county: object
    cadre: object
    in_post: int = 0
    overdue: int = 0
    due: int = 0
    expiring: int = 0
    free: int = 0  # in cohorts in the county

    @property
    def wanted(self):
        return self.overdue + self.due + self.expiring

    @property
    def short(self):
        """Seats that lack in the county; never below 0: free seats of one cadre are none of another's."""
        return max(self.wanted - self.free, 0)


@dataclass
class Demand:
    on: object
    till: object
    rows: list  # of every county and cadre with officers in post or seats
    online: dict  # {cadre: free seats in cohorts held online}
    campuses: dict  # {county id: campus}: where a cohort can be planned
    courses: dict  # {cadre id: its own required course}

    def total(self, rows=None):
        """(in post, overdue, due, expiring, free, short) of these rows."""
        rows = self.rows if rows is None else rows
        return tuple(sum(getattr(r, name) for r in rows) for name in ("in_post", "overdue", "due", "expiring", "free", "short"))

    def furthest_behind(self, n=8):
        """Rows with the most seats lacking."""
        return [r for r in sorted(self.rows, key=lambda r: (-r.short, -r.overdue, str(r.county)))[:n] if r.short]


def read(on, months=3, cadre=None, county=None):
    """The demand as of the day: what expires within the months counts, and so do free seats of cohorts that begin in them."""
    till = clock.add_months(on, months)
    cadres, counties = Cadre.objects.in_bulk(), County.objects.in_bulk()
    cells = {}

    def row(county_id, cadre_id):
        key = county_id, cadre_id
        if key not in cells:
            cells[key] = Row(counties.get(county_id), cadres[cadre_id])
        return cells[key]

    for county_id, cadre_id, status, n in ledger.county_cells(on):
        found = row(county_id, cadre_id)
        found.in_post += n
        if status in ("overdue", "due"):
            setattr(found, status, getattr(found, status) + n)
    for county_id, cadre_id, n in ledger.expiring_by_county(on, till):
        row(county_id, cadre_id).expiring += n
    here, online = free_seats(on, till)
    for (county_id, cadre_id), n in here.items():
        row(county_id, cadre_id).free += n
    rows = [r for r in cells.values() if (cadre is None or r.cadre == cadre) and (county is None or r.county == county)]
    rows.sort(key=lambda r: (-r.short, -r.wanted, str(r.county or ""), r.cadre.sequence))
    shown = {cadres[pk]: n for pk, n in online.items() if cadre is None or pk == cadre.pk}
    return Demand(on, till, rows, shown, campuses(), required_courses(on))


def free_seats(on, till):
    """({(county id, cadre id): free seats in the county}, {cadre id: online}) of cohorts that begin after `on`, up to `till`. A seat in
    a course that counts for several cadres is free for each of them."""
    coming = Cohort.objects.filter(
        state__in=[Cohort.State.PLANNED, Cohort.State.OPEN, Cohort.State.CONFIRMED], starts_on__gt=on, starts_on__lte=till
    )
    coming = list(coming.select_related("course_version__course", "campus"))
    seats, served = seating.seats_of(coming), cadres_by_course()
    here, online = Counter(), Counter()
    for cohort in coming:
        free = max(seats[cohort.pk].free, 0)
        for cadre in served[cohort.course_version.course_id]:
            if cohort.course_version.mode == CourseVersion.Mode.VIRTUAL:
                online[cadre] += free
            else:
                here[cohort.campus.county_id, cadre] += free
    return here, online


def cadres_by_course():
    """{course id: ids of the CSE cadres it is for}: its own, and those whose own course accepts it."""
    served = {pk: {cadre} for pk, cadre in Course.objects.values_list("pk", "cadre")}
    for accepted, cadre in CourseEquivalence.objects.values_list("accepted", "course__cadre"):
        served[accepted].add(cadre)
    return served


def campuses():
    """{county id: the first operational campus there}."""
    found = Centre.objects.filter(kind=Centre.Kind.CAMPUS, status=Centre.Status.OPERATIONAL).order_by("-code")
    return {c.county_id: c for c in found}


def required_courses(on):
    """{cadre id: the course required of it everywhere today, that has a version taught}."""
    found = Requirement.objects.on(on).filter(organisation=None).select_related("course").order_by("-pk")
    taught = set(CourseVersion.objects.taught().values_list("course", flat=True))
    return {r.cadre_id: r.course for r in found if r.course_id in taught}
