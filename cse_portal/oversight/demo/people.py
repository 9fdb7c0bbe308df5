"""Invented officers in every MDA, with their postings, excusals and the staff returns that brought them."""

import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass

from centres.models import (
    Centre,
    Excusal,
    Officer,
    Organisation,
    Posting,
    Roster,
    RosterCoverage,
    Service,
    ServiceOffering,
    Standing,
)

from . import names
from .bulk import copy, days, ids
from .cast import LIVESTOCK

KIND = Organisation.Kind
# How large an MDA of a kind is beside the others.
SIZES = {
    KIND.EXECUTIVE_OFFICE: 1.5, KIND.MINISTRY: 0.6, KIND.STATE_DEPARTMENT: 6, KIND.DEPARTMENT: 2.5, KIND.STATE_CORPORATION: 1.2,
    KIND.STATUTORY_AUTHORITY: 1.5, KIND.PUBLIC_UNIVERSITY: 2, KIND.COUNTY_GOVERNMENT: 3, KIND.ARM_OF_GOVERNMENT: 1.5, KIND.PROFESSIONAL_BODY: 0.25,
}  # fmt: skip
NEVER_FILED, STALE = 0.03, 0.07  # shares of the MDAs
JOINED = ["CG032", "CG042", "CG014", "KNCHR", "CAJ"]  # by agreement
REMOTE = {"004", "005", "007", "008", "009", "010", "023", "025"}
BELOW = {"TEC": "FRT", "SNR": "TEC", "SQA": "TEC", "EXE": "SNR", "FRT": "FRT"}
REASONS = ["retired", "resigned", "contract_ended", "died"]  # of Posting.LEAVING


@dataclass(slots=True)
class Person:
    """An officer as the other makers need it. `since`: first day in the present CSE cadre; `zeal`: chance of being trained."""

    id: int
    full_name: str
    organisation: Organisation
    cadre: str
    county: str
    since: dt.date
    left: dt.date | None
    zeal: float
    email: str


def make(world):
    returns = _returns(world)
    _join(world)
    world.people = _officers(world, returns)
    _excuse(world)
    _file(world, returns)
    _offer(world)


def _returns(world):
    """{organisation code: as-at date of its last staff return}; a few MDAs never filed one, some long ago."""
    rng, last = world.chance("returns"), {}
    for code, organisation in world.organisations.items():
        draw, fresh, old = rng.random(), rng.randint(4, 85), rng.randint(125, 330)
        if code == LIVESTOCK:
            last[code] = world.day(12)
        elif draw >= NEVER_FILED or organisation.kind == KIND.MINISTRY:
            last[code] = world.day(old if draw < NEVER_FILED + STALE else fresh)
    return last


def _join(world):
    """A few bodies that are not obliged have joined by agreement."""
    joined = world.day(400)
    for code in JOINED:
        if organisation := world.organisations.get(code):
            Standing.objects.filter(organisation=organisation).update(during=f"(,{joined})")
            Standing.objects.create(
                organisation=organisation, kind=Standing.Kind.JOINED, during=days(joined), authority="Agreement (demonstration)"
            )


def _shares(world, codes):
    """How many officers each MDA has: skewed, and together exactly the number asked for."""
    rng = world.chance("sizes")
    weights = {c: SIZES.get(world.organisations[c].kind, 1) * rng.lognormvariate(0, 0.7) for c in codes}
    total = sum(weights.values())
    if LIVESTOCK in weights:
        weights[LIVESTOCK] = max(weights[LIVESTOCK], 0.0125 * total)
        total = sum(weights.values())
    exact = {c: w / total * world.size for c, w in weights.items()}
    shares = {c: int(x) for c, x in exact.items()}
    for c in sorted(exact, key=lambda c: shares[c] - exact[c])[: world.size - sum(shares.values())]:
        shares[c] += 1
    return shares


def _officers(world, returns):
    rng = world.chance("people")
    shares = _shares(world, list(returns))
    county_codes = list(world.counties)
    county_weights = [names.POSTS_BY_COUNTY.get(c, 0.75) for c in county_codes]
    pace = {c: rng.uniform(0.35, 0.6) if c in REMOTE else rng.uniform(0.8, 1.15) for c in county_codes}
    desks = defaultdict(list)
    for centre in world.centres.values():
        if centre.kind == Centre.Kind.HUDUMA_CENTRE and centre.status == Centre.Status.OPERATIONAL:
            desks[centre.county.code].append(centre)
    cadre_codes, cadre_weights = list(names.CADRES), [share for share, _ in names.CADRES.values()]
    national = Organisation.NATIONAL_PAYROLL
    people, officers, postings, number = [], [], [], 0
    keys = iter(ids(Officer, world.size))
    for code, n in shares.items():
        organisation, as_at = world.organisations[code], returns[code]
        zeal = rng.betavariate(2.4, 1.5)
        home = organisation.county.code if organisation.county and organisation.county.code != "047" else None
        at_desks = organisation.kind in national and rng.random() < 0.4 and code != LIVESTOCK
        for _ in range(n):
            surname, first, other, gender = names.person(rng)
            cadre = rng.choices(cadre_codes, cadre_weights)[0]
            county = home if home and rng.random() < 0.9 else rng.choices(county_codes, county_weights)[0]
            centre = rng.choice(desks[county]) if at_desks and cadre == "FRT" and desks[county] and rng.random() < 0.3 else None
            draw = rng.random()
            since = as_at - dt.timedelta(
                days=rng.randint(0, 80) if draw < 0.05 else rng.randint(90, 900) if draw < 0.2 else rng.randint(900, 8000)
            )
            left = since + dt.timedelta(days=rng.randint(30, 200)) if 0.05 < draw < 0.2 and rng.random() < 0.1 else None
            left = left if left and left <= as_at else None
            email = f"{first}.{surname}.{number:05d}@{code}.example".lower().replace("'", "") if rng.random() < 0.9 else ""
            pk, group = next(keys), rng.choice(names.JOB_GROUPS[cadre])
            officers.append((
                pk, world.ref(rng, "OF"), f"190{number:08d}", f"19{number:06d}", f"19{number:06d}", organisation.number_series, surname, first, other,
                gender, email, f"+25470{number:07d}" if rng.random() < 0.95 else "",
            ))  # fmt: skip
            now = (
                organisation.pk,
                world.cadres[cadre].pk,
                world.job_groups[group].pk,
                rng.choice(names.DESIGNATIONS[cadre]),
                world.counties[county].pk,
            )
            terms = rng.choices(["permanent", "contract", "secondment"], [73, 18, 9])[0]
            reason = rng.choice(REASONS) if left else ""
            postings.append((pk, *now, terms, centre.pk if centre else None, days(since, left), reason))
            if 0.1 < draw < 0.13:  # came from another MDA
                before = world.organisations[rng.choice(list(shares))]
                if before != organisation:
                    postings.append(
                        (
                            pk,
                            before.pk,
                            *now[1:],
                            terms,
                            None,
                            days(since - dt.timedelta(days=rng.randint(200, 3000)), since),
                            "Transferred",
                        )
                    )
            elif 0.13 < draw < 0.16 and cadre != "FRT":  # promoted in place
                lower = BELOW[cadre]
                postings.append((
                    pk, organisation.pk, world.cadres[lower].pk, world.job_groups[names.JOB_GROUPS[lower][-1]].pk, names.DESIGNATIONS[lower][0], now[4],
                    terms, None, days(since - dt.timedelta(days=rng.randint(900, 3000)), since), "Promoted",
                ))  # fmt: skip
            drive = min(zeal * names.CADRES[cadre][1] * pace[county], 0.97)
            people.append(
                Person(
                    pk, " ".join(filter(None, (first, other, surname))), organisation, cadre, county, since, left, drive, email
                )
            )
            number += 1
    learner = _learner(world, people, officers, postings)
    fields = [
        "id",
        "ref",
        "upn",
        "personal_no",
        "personal_key",
        "number_series",
        "surname",
        "first_name",
        "other_names",
        "gender",
        "email",
        "phone",
    ]
    copy(Officer, fields, officers)
    fields = [
        "officer_id",
        "organisation_id",
        "cadre_id",
        "job_group_id",
        "designation",
        "county_id",
        "terms",
        "centre_id",
        "during",
        "end_reason",
    ]
    copy(Posting, fields, postings)
    if learner:
        Officer.objects.filter(pk=learner.id).update(user=world.users["learner@demo.example"])
    return people


def _learner(world, people, officers, postings):
    """Makes one technical officer of Livestock the learner who signs in: promoted 40 days ago, so a course is due."""
    mine = [i for i, p in enumerate(people) if p.organisation.code == LIVESTOCK and p.cadre == "TEC" and not p.left]
    if not mine or "learner@demo.example" not in world.users:
        return None
    i, since = mine[0], world.day(40)
    person, row = people[i], list(officers[i])
    row[6:11] = ["Kamau", "Wanjiku", "", "F", "learner@demo.example"]
    officers[i] = tuple(row)
    own = [k for k, p in enumerate(postings) if p[0] == person.id]
    post = postings[own[0]]
    for k in reversed(own):
        del postings[k]
    clerk = (world.cadres["FRT"].pk, world.job_groups["H"].pk, names.DESIGNATIONS["FRT"][0])
    postings.append((person.id, post[1], *clerk, *post[5:8], days(world.day(2000), since), "Promoted"))
    postings.append((*post[:8], days(since), ""))
    people[i] = Person(
        person.id, "Wanjiku Kamau", person.organisation, "TEC", person.county, since, None, 0, "learner@demo.example"
    )
    world.learner = people[i]
    return people[i]


def _excuse(world):
    rng, rows = world.chance("excusals"), []
    for person in world.people:
        if rng.random() < 0.012 and not person.left:
            start = max(world.day(rng.randint(0, 500)), person.since)
            rows.append(
                (
                    person.id,
                    rng.choice(Excusal.Reason.values),
                    days(start, start + dt.timedelta(days=rng.choice([180, 365, 730]))),
                )
            )
    copy(Excusal, ["officer_id", "reason", "during"], rows)


def _file(world, returns):
    """The staff returns: the last of each MDA, and most of the quarters before it."""
    rng, rows = world.chance("files"), []
    staff = defaultdict(int)
    for person in world.people:
        staff[person.organisation.code] += not person.left
    officer_of = world.users["hr@demo.example"].pk if world.users else None
    for code, last in returns.items():
        uploader = officer_of if code == LIVESTOCK else None
        for back in range(rng.choice([2, 6, 8, 8, 9, 9, 9])):
            as_at = last - dt.timedelta(days=91 * back)
            name = f"{code.lower()}-staff-{as_at:%Y-%m}.csv"
            n, filed = staff[code], world.at(min(as_at + dt.timedelta(days=rng.randint(0, 4)), world.on), 8, rng.randint(0, 30))
            new, changed, rejected = round(n * rng.uniform(0, 0.04)), round(n * rng.uniform(0, 0.08)), rng.choice([0, 0, 0, 1, 3])
            rows.append((
                world.ref(rng, "SR"), world.organisations[code].pk, as_at, "", name, hashlib.sha256(name.encode()).hexdigest(), "applied", n + rejected,
                new, changed, n - new - changed, rejected, uploader, filed, uploader, filed + dt.timedelta(minutes=20),
            ))  # fmt: skip
    rows.sort(key=lambda row: row[13])
    rows = [(number, *row) for number, row in zip(ids(Roster, len(rows)), rows)]
    fields = [
        "id",
        "ref",
        "organisation_id",
        "as_at",
        "file",
        "file_name",
        "sha256",
        "state",
        "rows",
        "created",
        "changed",
        "unchanged",
        "rejected",
    ]
    copy(Roster, [*fields, "uploaded_by_id", "uploaded_at", "applied_by_id", "applied_at"], rows)
    copy(RosterCoverage, ["roster_id", "organisation_id", "officers"], [(row[0], row[2], row[8] - row[12]) for row in rows])


def _offer(world):
    """Which Huduma Centre gives which service: most of those that are given over a counter."""
    rng, rows = world.chance("offerings"), []
    services = [s for s in Service.objects.order_by("code") if "huduma_centre" in s.channels]
    for centre in world.centres.values():
        if centre.kind == Centre.Kind.HUDUMA_CENTRE and centre.status == Centre.Status.OPERATIONAL:
            share = rng.uniform(0.35, 0.95)
            rows += [(centre.pk, service.pk, days(world.day(1200))) for service in services if rng.random() < share]
    copy(ServiceOffering, ["centre_id", "service_id", "during"], rows)
