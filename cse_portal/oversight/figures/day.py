"""One reading of a day: registers, statuses, certifications. Its answers share their queries."""

from collections import defaultdict
from functools import cached_property

from centres.models import Cadre, County, Organisation
from centres.services import registers
from cse_portal.lib import clock
from standards.models import Audit, Certification

from . import source
from .counts import NOBODY, Count, Group, Line, total
from .kept import here, registers_of, version

EXPIRES_SOON_MONTHS = 6
UNDER_WAY = {Audit.State.PLANNED: "audit_booked", Audit.State.STAGE_2: "audit_under_way", Audit.State.SUBMITTED: "decision_due"}


def counted(rows):
    """{organisation id: {cadre id: Count}} of ledger rows."""
    found = defaultdict(lambda: defaultdict(dict))
    for organisation, cadre, state, n in rows:
        found[organisation][cadre][state] = found[organisation][cadre].get(state, 0) + n
    return {o: {c: Count(**states) for c, states in cadres.items()} for o, cadres in found.items()}


def all_certifications():
    return list(Certification.objects.select_related("organisation", "centre").prefetch_related("events").order_by("expires_on", "number"))


def all_audits():
    rows = Audit.objects.filter(centre=None, state__in=UNDER_WAY).values_list("organisation", "state")
    return {pk: UNDER_WAY[state] for pk, state in sorted(rows, key=lambda row: list(UNDER_WAY).index(row[1]))}


class Figures:
    """`within`: an MDA; only it and those below it are read (then there are no ranks and no national figure). `known_on`: as known
    at the end of that past day; corrections and returns since are left out. `at`: the version, so that what is kept is used."""

    def __init__(self, on, within=None, known_on=None, at=None):
        self.on = on
        self.at = at or version()
        self.today = clock.today()
        self.within = within
        self.known_on = known_on if known_on and known_on < self.today else None

    # What is read, each in one query; what changes seldom is kept by version.
    @cached_property
    def cadres(self):
        return here("cadres", self.at, lambda: list(Cadre.objects.all()))

    @cached_property
    def registers(self):
        """{organisation id: Register} of every MDA in being."""
        return registers_of({self.on, self.today}, self.at, self.known_on)[self.on]

    @cached_property
    def scope(self):
        """Ids of `within` and of all below it; None: all."""
        return None if self.within is None else self.tree(self.within.pk)

    @cached_property
    def organisations(self):
        """Every MDA in being, by name."""
        ids = self.registers if self.scope is None else self.scope
        return [organisation for pk, organisation in self.everyone.items() if pk in ids]

    @cached_property
    def everyone(self):
        """{organisation id: Organisation}, by name, also those that have ended."""
        return here("organisations", self.at, lambda: {one.pk: one for one in Organisation.objects.defer("source")})

    @cached_property
    def cells(self):
        """{organisation id: {cadre id: Count}}"""
        return counted(source.cells(self.on, self.known_on, self.scope))

    @cached_property
    def enrolled(self):
        """{organisation id: {cadre id: officers, due or overdue, who hold a seat in a cohort that has not ended}}"""
        return source.enrolled(self.on, self.scope)

    @cached_property
    def certifications(self):
        """In force on the day, of MDAs and centres: as their history says."""
        return [c for c in here("certifications", self.at, all_certifications) if c.stood_on(self.on)]

    @cached_property
    def audits(self):
        """{organisation id: how far the MDA's audit has come}: as it stands now, whatever the day asked for."""
        return here("audits", self.at, all_audits)

    @cached_property
    def below(self):
        """{organisation id: ids that report to it directly on the day}"""
        found = defaultdict(list)
        for pk, register in self.registers.items():
            if register.parent:
                found[register.parent].append(pk)
        return found

    # What is answered.
    @cached_property
    def lines(self):
        """{organisation id: Line}, ranked by coverage among the counted, known and not small."""
        certified = {c.organisation_id: c for c in self.certifications if c.centre_id is None}
        lines = {}
        for organisation in self.organisations:
            register, cadres = self.registers[organisation.pk], self.cells.get(organisation.pk, {})
            line = lines[organisation.pk] = Line(
                organisation=organisation,
                counted=register.counted,
                register=register.state,
                as_at=register.as_at,
                cadres=cadres,
                count=total(cadres.values()),
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

    def group(self, ids):
        """These MDAs taken together."""
        ids = list(ids)
        known = [pk for pk in ids if self.registers[pk].known]
        cells = [self.cells.get(pk, {}) for pk in known]
        cadres = {c.pk: total(of.get(c.pk, NOBODY) for of in cells) for c in self.cadres}
        unknown = (total(self.cells.get(pk, {}).values()).in_post for pk in ids if not self.registers[pk].known)
        return Group(
            count=total(cadres.values()), cadres=cadres, ids=frozenset(known), of=len(ids), unknown_officers=sum(unknown)
        )

    @cached_property
    def national(self):
        """Obliged and joined MDAs."""
        return self.group(pk for pk, register in self.registers.items() if register.counted)

    def by_mda(self, ids=None):
        """Lines of the counted MDAs, by name; `ids`: only these."""
        return [line for pk, line in self.lines.items() if line.counted and (ids is None or pk in ids)]

    def by_cadre(self):
        """[(Cadre, Count)] of the national figure, in framework order."""
        return [(cadre, self.national.cadres[cadre.pk]) for cadre in self.cadres]

    def tree(self, organisation_id):
        """Ids of the MDA and of all that report to it on the day, each once."""
        return registers.tree(self.registers, organisation_id)

    def mda(self, organisation):
        """The MDA with all below it, each officer once: itself whatever its standing, those below where they are counted."""
        return self.group(pk for pk in self.tree(organisation.pk) if pk == organisation.pk or self.registers[pk].counted)

    def units(self, organisation):
        """[(Line, Group)] of the MDAs that report to it directly, by name: each with all below it."""
        lines = [self.lines[pk] for pk in self.below[organisation.pk] if pk in self.lines]
        return [(line, self.mda(line.organisation)) for line in sorted(lines, key=lambda line: line.organisation.name)]

    def enrolled_of(self, group, cadre=None):
        """Of those due or overdue in the group (and cadre), officers with a seat in a cohort."""
        found = (self.enrolled.get(pk, {}) for pk in group.ids)
        return sum(n for cadres in found for pk, n in cadres.items() if cadre is None or pk == cadre.pk)

    @cached_property
    def counties(self):
        """{county id: County}"""
        return here("counties", self.at, lambda: {county.pk: county for county in County.objects.all()})

    def by_county(self, cadre=None):
        """{county id: Count} of everyone in a staff register, by county of posting, whatever the MDA."""
        found = defaultdict(lambda: defaultdict(int))
        for county, cadre_id, state, n in source.county_cells(self.on):
            if county and (cadre is None or cadre_id == cadre.pk):
                found[county][state] += n
        return {county: Count(**states) for county, states in found.items()}

    def certified(self):
        """{level: (MDAs, centres)} in force, and those that expire within six months, soonest first."""
        levels = {level: [0, 0] for level in Certification.Level.values}
        for held in self.certifications:
            levels[held.level][held.centre_id is not None] += 1
        return levels, [held for held in self.certifications if held.expires_on <= self.soon]
