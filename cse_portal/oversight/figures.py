"""The only door to numbers. Page, export and API ask here; what is counted comes from training.compliance, nothing else counts.

`Figures(on)` is one reading of the registers and statuses of a day; its answers share their queries. All percentages are Decimals
of 0 to 100, unrounded, or None where there is nothing to divide by.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db.models import Max, OuterRef, Q, Subquery

from centres import access
from centres.models import Cadre, Organisation, Posting, ReportingLine, RosterCoverage, Standing
from cse_portal.lib import clock
from standards.models import Audit, Certification
from training.compliance import status

MIN_RANKED = 30  # smaller groups are not ranked
EXPIRES_SOON_MONTHS = 6
UNDER_WAY = {Audit.State.PLANNED: "audit_booked", Audit.State.STAGE_2: "audit_under_way", Audit.State.SUBMITTED: "decision_due"}


@dataclass(frozen=True, slots=True)
class Count:
    """Officers in post on the day, by status."""

    current: int = 0
    due: int = 0
    overdue: int = 0
    waived: int = 0
    excused: int = 0
    not_required: int = 0

    @property
    def in_post(self):
        return self.bound + self.waived + self.excused + self.not_required

    @property
    def bound(self):
        """Those of whom a course is required today: the base of coverage."""
        return self.current + self.due + self.overdue

    @property
    def coverage(self):
        return Decimal(100 * self.current) / self.bound if self.bound else None

    def as_tuple(self):
        return self.current, self.due, self.overdue, self.waived, self.excused, self.not_required


NOBODY = Count()


def total(counts):
    return Count(*map(sum, zip(*(c.as_tuple() for c in counts), strict=True)))


@dataclass(slots=True)
class Line:
    """One MDA on the day, by itself. `register`: known, stale or never; `counted`: obliged or joined."""

    organisation: Organisation
    counted: bool
    register: str
    as_at: dt.date | None
    cadres: dict  # {cadre id: Count}
    count: Count
    enrolled: int
    standard: str = ""  # certified, expires_soon, decision_due, audit_under_way, audit_booked, or nothing
    level: str = ""
    rank: int | None = None

    @property
    def known(self):
        return self.register == "known"

    @property
    def small(self):
        return self.count.bound < MIN_RANKED


@dataclass(slots=True)
class Group:
    """Several MDAs taken together: only those whose register is known are counted; the others are said beside."""

    count: Count
    cadres: dict
    enrolled: int
    known: int  # MDAs counted
    of: int  # MDAs that should be
    unknown_officers: int  # in post at the last return of the MDAs that are not known

    @property
    def unknown(self):
        return self.of - self.known


class Figures:
    """One reading of a day. `today`: how old a register is on a day to come is judged today. `within`: an MDA; only it and those
    below it are read (then there are no ranks and no national figure)."""

    def __init__(self, on, today=None, within=None):
        self.on = on
        self.today = today or clock.today()
        self.within = within

    # What is read, each in one query.
    @cached_property
    def cadres(self):
        return list(Cadre.objects.all())

    @cached_property
    def organisations(self):
        """Every MDA in being, with `standing_kind` and `register_as_at`."""
        standing = Standing.objects.filter(organisation=OuterRef("pk"), during__contains=self.on).values("kind")[:1]
        # A return counts for every MDA that its accepted rows name, so a ministry's or a national file counts for those below.
        returns = RosterCoverage.objects.filter(organisation=OuterRef("pk"), roster__as_at__lte=self.on).order_by()
        latest = returns.values("organisation").annotate(latest=Max("roster__as_at")).values("latest")
        there = Organisation.objects.in_being(self.on).within(None if self.within is None else self.scope)
        return list(there.annotate(standing_kind=Subquery(standing), register_as_at=Subquery(latest)))

    @cached_property
    def census(self):
        """[(organisation id, cadre id, county id, status, officers, of these enrolled)]"""
        return status.census(self.on, None if self.within is None else self.scope)

    @cached_property
    def scope(self):
        """Ids of `within` and of all below it."""
        return access.organisations_below(self.within.pk, self.on)

    @cached_property
    def cells(self):
        """{organisation id: {cadre id: Count}}"""
        found = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for organisation, cadre, _county, state, n, _enrolled in self.census:
            found[organisation][cadre][state] += n
        return {o: {c: Count(**states) for c, states in cadres.items()} for o, cadres in found.items()}

    @cached_property
    def enrolled(self):
        """{organisation id: officers, due or overdue, who hold a seat in a cohort that has not ended}"""
        found = defaultdict(int)
        for organisation, _cadre, _county, _state, _n, enrolled in self.census:
            found[organisation] += enrolled
        return found

    @cached_property
    def certifications(self):
        """In force on the day, of MDAs and centres; one suspended or withdrawn since was in force until then."""
        stands = Q(state=Certification.State.IN_FORCE) | Q(state_on__gt=self.on)
        held = Certification.objects.filter(stands, issued_on__lte=self.on, expires_on__gt=self.on)
        return list(held.select_related("organisation", "centre").order_by("expires_on", "number"))

    @cached_property
    def audits(self):
        """{organisation id: how far the MDA's audit has come}: as it stands now, whatever the day asked for."""
        rows = Audit.objects.filter(centre=None, state__in=UNDER_WAY).values_list("organisation", "state")
        return {pk: UNDER_WAY[state] for pk, state in sorted(rows, key=lambda row: list(UNDER_WAY).index(row[1]))}

    @cached_property
    def below(self):
        """{organisation id: ids that report to it directly on the day}"""
        found = defaultdict(list)
        for organisation, parent in ReportingLine.objects.filter(during__contains=self.on).values_list("organisation", "parent"):
            found[parent].append(organisation)
        return found

    # What is answered.
    @cached_property
    def lines(self):
        """{organisation id: Line}, ranked by coverage among the counted, known and not small."""
        oldest = min(self.on, self.today) - dt.timedelta(days=settings.REGISTER_MAX_AGE_DAYS)
        certified = {c.organisation_id: c for c in self.certifications if c.centre_id is None}
        lines = {}
        for organisation in self.organisations:
            as_at = organisation.register_as_at
            cadres = self.cells.get(organisation.pk, {})
            line = lines[organisation.pk] = Line(
                organisation=organisation,
                counted=organisation.standing_kind in Standing.COUNTED,
                register="never" if as_at is None else "known" if as_at >= oldest else "stale",
                as_at=as_at,
                cadres=cadres,
                count=total(cadres.values()),
                enrolled=self.enrolled.get(organisation.pk, 0),
            )
            if held := certified.get(organisation.pk):
                line.standard, line.level = "expires_soon" if held.expires_on <= self.soon else "certified", held.level
            else:
                line.standard = self.audits.get(organisation.pk, "")
        ranked = [(line.count.coverage, line) for line in lines.values() if line.counted and line.known and not line.small]
        shares = sorted((share for share, _line in ranked), reverse=True)
        place = {share: n for n, share in reversed(list(enumerate(shares, 1)))}  # equal shares, equal rank
        for share, line in ranked:
            line.rank = place[share]
        return lines

    @cached_property
    def soon(self):
        return clock.add_months(self.on, EXPIRES_SOON_MONTHS)

    def group(self, lines):
        """These MDAs taken together."""
        lines = list(lines)
        known = [line for line in lines if line.known]
        cadres = {c.pk: total(line.cadres.get(c.pk, NOBODY) for line in known) for c in self.cadres}
        return Group(
            count=total(cadres.values()),
            cadres=cadres,
            enrolled=sum(line.enrolled for line in known),
            known=len(known),
            of=len(lines),
            unknown_officers=sum(line.count.in_post for line in lines if not line.known),
        )

    @cached_property
    def national(self):
        """Obliged and joined MDAs."""
        return self.group(self.by_mda())

    def by_mda(self, ids=None):
        """Lines of the counted MDAs, by name; `ids`: only these."""
        return [line for pk, line in self.lines.items() if line.counted and (ids is None or pk in ids)]

    def by_cadre(self):
        """[(Cadre, Count)] of the national figure, in framework order."""
        return [(cadre, self.national.cadres[cadre.pk]) for cadre in self.cadres]

    def tree(self, organisation_id):
        """Ids of the MDA and of all that report to it on the day, each once."""
        found, waiting = set(), [organisation_id]
        while waiting:
            pk = waiting.pop()
            if pk not in found:
                found.add(pk)
                waiting += self.below[pk]
        return found & set(self.lines)

    def mda(self, organisation):
        """The MDA with all below it, each officer once: itself whatever its standing, those below where they are counted."""
        ids = self.tree(organisation.pk)
        return self.group(self.lines[pk] for pk in ids if pk == organisation.pk or self.lines[pk].counted)

    def units(self, organisation):
        """[(Line, Group)] of the MDAs that report to it directly, by name: each with all below it."""
        lines = [self.lines[pk] for pk in self.below[organisation.pk] if pk in self.lines]
        return [(line, self.mda(line.organisation)) for line in sorted(lines, key=lambda line: line.organisation.name)]

    def by_county(self, cadre=None):
        """{county id: Count} of officers in post at MDAs of the national figure whose register is known, by county of posting."""
        counted = {pk for pk, line in self.lines.items() if line.counted and line.known}
        found = defaultdict(lambda: defaultdict(int))
        for organisation, cadre_id, county, state, n, _enrolled in self.census:
            if organisation in counted and county and (cadre is None or cadre_id == cadre.pk):
                found[county][state] += n
        return {county: Count(**states) for county, states in found.items()}

    def certified(self):
        """{level: (MDAs, centres)} in force, and those that expire within six months, soonest first."""
        levels = {level: [0, 0] for level in Certification.Level.values}
        for held in self.certifications:
            levels[held.level][held.centre_id is not None] += 1
        return levels, [held for held in self.certifications if held.expires_on <= self.soon]


def national(on):
    return Figures(on).national


def by_mda(on, ids=None):
    return Figures(on).by_mda(ids)


def by_cadre(on):
    return Figures(on).by_cadre()


def mda(organisation, on):
    return Figures(on, within=organisation).mda(organisation)


def centre(centre, on):
    """Count of the officers whose duty station the centre is on the day."""
    there = list(Posting.objects.on(on).filter(centre=centre).values_list("officer", flat=True))
    states = [one.status for one in status.of_officers(there, on).values()]
    return Count(**{state: states.count(state) for state in set(states)})
