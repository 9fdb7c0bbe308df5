"""What waits in the register of the demonstration's MDA: transfers asked of it and by it, possible leavers, a secondment."""

import datetime as dt

from centres.models import PossibleLeaver, Posting, Roster, TransferRequest

from .cast import LIVESTOCK

NEIGHBOURS = ["SDICS", "SDBE", "SDTNT", "SDBEF"]
State = TransferRequest.State
DISPUTE = "Paid by us until the end of the quarter."


def make(world):
    rng, home = world.chance("upkeep"), world.organisations.get(LIVESTOCK)
    others = [world.organisations[code] for code in NEIGHBOURS if code in world.organisations]
    ours = [p for p in world.people if p.left is None and p.organisation == home and p is not world.learner]
    theirs = [p for p in world.people if p.left is None and p.organisation in others]
    if home is None or len(ours) < 12 or not others:
        return
    rng.shuffle(ours)
    rng.shuffle(theirs)
    asked = [(p, home, rng.choice(others), State.REQUESTED) for p in ours[:4]] + [(ours[4], home, others[0], State.DISPUTED)]
    wanted = [(p, p.organisation, home, State.REQUESTED) for p in theirs[:3]]
    hr, them = world.users["hr@demo.example"], None
    TransferRequest.objects.bulk_create(
        _transfer(world, rng, *row, them if row[1] == home else hr) for row in (*asked, *wanted)
    )
    Posting.objects.filter(officer__in=[p.id for p in ours[5:7]], during__upper_inf=True).update(host=others[0])
    _leavers(home, ours[7:12])


def _transfer(world, rng, person, losing, gaining, state, by):
    asked = world.day(rng.randint(1, 11))
    return TransferRequest(
        ref=world.ref(rng, "TR"),
        officer_id=person.id,
        from_organisation=losing,
        to_organisation=gaining,
        on=asked,
        post={},
        state=state,
        reason=DISPUTE if state == State.DISPUTED else "",
        answer_by=asked + dt.timedelta(days=14),
        requested_by=by,
        requested_at=world.at(asked, 10),
    )


def _leavers(home, people):
    """Its last return, as one that lists everyone, does not name these."""
    roster = Roster.objects.filter(organisation=home, state=Roster.State.APPLIED).order_by("-as_at").first()
    if roster:
        Roster.objects.filter(pk=roster.pk).update(full=True)
        PossibleLeaver.objects.bulk_create(PossibleLeaver(roster=roster, officer_id=p.id, organisation=home) for p in people)
