"""What audits say together: weakest criteria, self against auditor, auditors apart, how long it takes, trends across editions.

Audits count from submission, whole ones only: a surveillance looks at chosen elements and would bend every share.
"""

import statistics
from collections import defaultdict
from typing import NamedTuple

from django.db.models import Case, Count, F, FloatField, Min, Q, Value, When

from cse_portal.accounts.models import User
from cse_portal.lib import clock
from standards import outliers
from standards.models import Audit, AuditReport, Decision, Edition, Rating, SelfRating

from . import editions

FEWEST = 5  # sites below which a share is not shown
STEPS = Case(*(When(value=code, then=Value(step)) for code, step in outliers.SCALE.items()), output_field=FloatField())


def ratings(edition=None):
    """Ratings that count here; those that do not apply left out."""
    found = Rating.objects.filter(site__audit__state__in=Audit.SUBMITTED, site__audit__elements_asked=None).exclude(value=Rating.Value.NOT_APPLICABLE)
    return found.filter(site__audit__edition=edition) if edition else found


class CriterionLine(NamedTuple):
    code: str
    name: str
    principle: str
    sites: int
    applicable: int
    implemented: int
    not_met: int
    partly: int

    @property
    def share(self):
        """0 to 1, or None where too few sites were rated."""
        return self.implemented / self.applicable if self.sites >= FEWEST else None


def criteria(edition):
    """[CriterionLine], the weakest first; those with too few sites last."""
    rows = ratings(edition).values(
        code=F("element__criterion__code"), name=F("element__criterion__name"), principle=F("element__criterion__principle__name")
    )
    rows = rows.annotate(
        sites=Count("site", distinct=True),
        applicable=Count("pk"),
        implemented=Count("pk", filter=Q(value__in=["M", "E"])),
        not_met=Count("pk", filter=Q(value="N")),
        partly=Count("pk", filter=Q(value="P")),
    ).order_by("code")
    return sorted((CriterionLine(**row) for row in rows), key=lambda line: (line.share is None, line.share or 0, line.code))


class BesideLine(NamedTuple):
    code: str
    name: str
    pairs: int
    higher: int  # the MDA rated itself higher than the auditors did
    lower: int
    mean: float  # steps of the scale, self above auditor

    @property
    def shown(self):
        return self.pairs >= FEWEST


def self_beside_auditor(edition):
    """[BesideLine] by criterion, the most overrated first."""
    audited = ratings(edition).annotate(steps=STEPS)
    audited = {(site, element): steps for site, element, steps in audited.values_list("site", "element", "steps")}
    own = SelfRating.objects.filter(site__audit__edition=edition, site__audit__self_assessment__submitted_at__isnull=False)
    own = own.exclude(value=Rating.Value.NOT_APPLICABLE).annotate(steps=STEPS)
    piles, names = defaultdict(list), {}
    for site, element, code, name, steps in own.values_list("site", "element", "element__criterion__code", "element__criterion__name", "steps"):
        names[code] = name
        if (site, element) in audited:
            piles[code].append(steps - audited[site, element])
    lines = [
        BesideLine(code, names[code], len(gaps), sum(g > 0 for g in gaps), sum(g < 0 for g in gaps), statistics.fmean(gaps))
        for code, gaps in piles.items()
    ]
    return sorted(lines, key=lambda line: (not line.shown, -line.mean, line.code))


def auditors():
    """[(auditor, outliers.Standing)]: those apart first."""
    given = ratings().exclude(rated_by=None).values_list("rated_by", "site", "element__criterion__principle__edition", "element__code", "value")
    found = outliers.standings(outliers.Given(who, site, f"{edition}/{code}", value) for who, site, edition, code, value in given)
    users = User.objects.in_bulk([s.auditor for s in found])
    return sorted(((users[s.auditor], s) for s in found), key=lambda pair: (not pair[1].apart, -abs(pair[1].difference or 0), str(pair[0])))


class Stretch(NamedTuple):
    code: str
    n: int
    median: float | None
    longest: int | None


STRETCHES = {"site": (0, 1), "draft": (1, 2), "final": (2, 3), "decision": (3, 4), "all": (0, 4)}  # from which milestone to which


def cycle_times():
    """[Stretch] in days: on site to submission, draft report, final report, decision, and all of it."""
    audits = Audit.objects.filter(state__in=Audit.SUBMITTED, submitted_at__isnull=False)
    issued = {
        (audit, kind): at
        for audit, kind, at in AuditReport.objects.filter(audit__in=audits).values_list("audit", "kind").annotate(at=Min("issued_at"))
    }
    decided = dict(Decision.objects.filter(audit__in=audits).exclude(outcome=Decision.Outcome.DEFER).values_list("audit", "decided_at"))
    stretches = defaultdict(list)
    for pk, starts_on, submitted_at in audits.values_list("pk", "starts_on", "submitted_at"):
        days = [starts_on, *(at and clock.civil(at) for at in (submitted_at, issued.get((pk, "draft")), issued.get((pk, "final")), decided.get(pk)))]
        for code, (first, last) in STRETCHES.items():
            if days[first] and days[last]:
                stretches[code].append((days[last] - days[first]).days)
    return [
        Stretch(code, len(stretches[code]), statistics.median(stretches[code]) if stretches[code] else None, max(stretches[code], default=None))
        for code in STRETCHES
    ]


def trend(edition):
    """({criterion code: name}, [(financial year, {criterion code: (implemented, applicable, sites)})]) in the terms of `edition`:
    ratings under earlier editions count where their element is mapped to one of it."""
    criterion = {e.code: e.criterion for e in editions.elements_of(edition)}
    maps, years, sites = {}, defaultdict(lambda: defaultdict(lambda: [0, 0])), defaultdict(set)
    rows = ratings().values_list("site__audit__edition", "element__code", "site__audit__starts_on", "site", "value").order_by("site__audit__starts_on")
    held = Edition.objects.in_bulk()
    for pk, code, on, site, value in rows:
        if pk not in maps:
            maps[pk] = editions.trend_map(held[pk], edition)
        for became in {criterion[c].code for c in maps[pk].get(code, ()) if c in criterion}:
            year = clock.financial_year(on)
            cell = years[year][became]
            cell[0] += value in ("M", "E")
            cell[1] += 1
            sites[year, became].add(site)
    names = {c.code: c.name for c in criterion.values()}
    return names, [(year, {code: (*cell, len(sites[year, code])) for code, cell in cells.items()}) for year, cells in sorted(years.items())]


def unmapped(edition):
    """Editions with counted ratings of which nothing is mapped to `edition`: left out of the trend, and said so."""
    used = ratings().exclude(site__audit__edition=edition).values("site__audit__edition")
    return [e for e in Edition.objects.filter(pk__in=used) if not editions.trend_map(e, edition)]
