"""Targets, and quarterly returns of the two quarters that ended last: most signed in time, some late, some wanting."""

import datetime as dt

from centres.models import Membership, Organisation, Role
from cse_portal.accounts.models import User
from cse_portal.oversight.figures import Figures
from cse_portal.oversight.models import QuarterlyReturn, Target
from cse_portal.oversight.services import return_figures, targets
from cse_portal.oversight.services.returns import last_ended
from training.compliance import ledger

from . import names
from .bulk import days
from .cast import LIVESTOCK

CIRCULAR = "Circular of the Head of the Public Service on customer service excellence (invented)"
# day after quarter end on which a return was filed, days until it was signed (None: not yet); share of MDAs
HABITS = [(8, 2, 45), (12, 1, 25), (13, None, 5), (19, 3, 8), (26, None, 3), (36, 4, 4), (None, None, 10)]
COMMENTS = [
    "",
    "",
    "Two cohorts of frontline staff were held at KSG in the quarter.",
    "Officers overdue are enrolled in cohorts of the next quarter.",
    "Field offices could not release officers during the audit of accounts.",
]
State = QuarterlyReturn.State


def make(world):
    rng = world.chance("returns")
    _targets(world)
    people = _signers(world, rng)
    last = last_ended(world.on)
    made = []
    for quarter_ends in (last_ended(last), last):
        made += list(_returns(world, rng, quarter_ends, people, latest=quarter_ends == last))
    QuarterlyReturn.objects.bulk_create(made, batch_size=500)


def _targets(world):
    """Coverage rises by five points a quarter; the frontline is ahead of the others."""
    by, ends = world.users["hops@demo.example"], targets.quarters(world.on, 3, 2)
    said = {"authority": CIRCULAR, "entered_by": by, "entered_at": world.at(world.day(330))}
    frontline = world.cadres.get("FRT")
    rows = [Target(measure="coverage", quarter_ends=day, value=55 + 5 * n, **said) for n, day in enumerate(ends)]
    rows += [
        Target(measure="coverage", cadre=frontline, quarter_ends=day, value=60 + 5 * n, **said) for n, day in enumerate(ends)
    ]
    rows += [Target(measure="returns", quarter_ends=day, value=90, **said) for day in ends]
    Target.objects.bulk_create(rows)


def _signers(world, rng):
    """{MDA id: (HR officer, authorised officer)}: accounts without a password, but for the MDA of the demonstration."""
    home, there = world.organisations.get(LIVESTOCK), {}
    counted = list(Organisation.objects.in_being(world.on).counted(world.on).order_by("code"))
    users = []
    for mda in counted:
        if mda == home:
            there[mda.pk] = world.users["hr@demo.example"], world.users["authorised@demo.example"]
            continue
        pair = []
        for who in ("hr", "authorised"):
            surname, first, _other, _gender = names.person(rng)
            pair.append(
                User(
                    email=f"{who}@{mda.code.lower()}.demo.example", name=f"{first} {surname}", password=f"!{world.seed}{who}{mda.code}",
                    date_joined=world.at(world.day(700)),
                )
            )  # fmt: skip
        users += pair
        there[mda.pk] = tuple(pair)
    User.objects.bulk_create(users, batch_size=1000)
    roles = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)
    Membership.objects.bulk_create(
        [
            Membership(user=user, role=role, organisation=mda, during=days(world.day(700)))
            for mda in counted
            if mda != home
            for user, role in zip(there[mda.pk], roles)
        ],
        batch_size=1000,
    )
    return there


def _returns(world, rng, quarter_ends, people, latest):
    read, mark = Figures(quarter_ends), ledger.mark()
    habits, shares = [habit[:2] for habit in HABITS], [habit[2] for habit in HABITS]
    for line in sorted(read.by_mda(), key=lambda line: line.organisation.code):
        after, until = rng.choices(habits, shares)[0]
        comment = rng.choice(COMMENTS)
        if line.organisation.code == LIVESTOCK:  # its authorised officer has one to sign
            after, until = (12, None) if latest else (9, 2)
        one = QuarterlyReturn(ref=world.ref(rng, "QR"), organisation=line.organisation, quarter_ends=quarter_ends)
        filed = after and quarter_ends + dt.timedelta(days=after)
        if filed and filed <= world.on and line.organisation.pk in people:
            hr, authorised = people[line.organisation.pk]
            one.state, one.filed_by, one.filed_at, one.comment = State.FILED, hr, world.at(filed, 10), comment
            one.figures = return_figures.frozen(read, line.organisation.pk, mark, one.filed_at)
            signed = until and filed + dt.timedelta(days=until)
            if signed and signed <= world.on:
                one.state, one.signed_by, one.signed_at = State.SIGNED, authorised, world.at(signed, 15)
        yield one
