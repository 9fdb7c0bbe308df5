"""A small world in which seats are fought for, everything that can be done in it, and an oracle that replays the trail."""

import datetime as dt
import random
from collections import Counter

from django.db import connection

from centres.access import Scope
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from tests import factories as make
from training.models import Enrolment, SeatOffer, SeatQuota
from training.services import answers, enrolment, nominations, queue, quotas, seating, substitution, waiting

State = Enrolment.State
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ENDED = {"declined", "withdrawn", "substituted"}


class World:
    """Three MDAs (in the first, nominations are approved; the third is below the second), some cohorts, officers of each MDA."""

    def __init__(self, cohorts=2, capacity=7, officers=10, overlapping=False):
        make.campus()
        first = make.organisation("AAA", "State Department A")
        second = make.organisation("BBB", "State Department B")
        third = make.organisation("CCC", "Board C", "state_corporation", parent=second)
        self.mdas = [first, second, third]
        self.approver = scope(make.member("authorised_officer", "ps@a.example", "PS of A", first))
        self.coordinator = scope(make.member("coordinator", "coordinator@ksg.example", "Esther Wafula"))
        self.hr = {
            mda.pk: scope(make.member("hr_officer", f"hr@{mda.code}.example".lower(), f"HR of {mda.code}", mda)) for mda in self.mdas
        }
        self.officers = {mda.pk: [make.officer(mda, f"{mda.code}{n}") for n in range(officers)] for mda in self.mdas}
        self.mda_of = {o.ref: mda for mda, found in self.officers.items() for o in found}
        gap = 0 if overlapping else 7
        self.cohorts = [
            make.cohort(f"EMB-27-{n:03}", starts_on=make.days_ahead(30 + gap * n), days=2, capacity=capacity, of=make.version(f"CSE-{n}"))
            for n in range(cohorts)
        ]
        self.overlapping = overlapping
        self.began = clock.now()

    # What people do; each may be refused, and nothing else may happen.

    def one(self, dice, cohort, *states):
        found = list(cohort.enrolments.filter(state__in=states).select_related("officer__user", "organisation").order_by("pk"))
        return dice.choice(found) if found else None

    def nominate(self, dice, cohort, now):
        mda = dice.choice(self.mdas).pk
        some = dice.sample(self.officers[mda], dice.randint(1, 3))
        nominations.nominate(self.hr[mda], cohort=cohort, officers=[o.pk for o in some], now=now)

    def approve(self, dice, cohort, now):
        seats = list(nominations.to_approve(self.approver).filter(cohort=cohort).values_list("pk", flat=True))
        nominations.approve(self.approver, enrolments=dice.sample(seats, min(len(seats), 2)), now=now)

    def turn_down(self, dice, cohort, now):
        if seat := self.one(dice, cohort, "nominated", "waitlisted", "offered"):
            nominations.turn_down(self.approver, enrolments=[seat], reason="Needed here", now=now)

    def answer(self, dice, cohort, now):
        """Mostly accepts what is offered, sometimes confirms, sometimes declines."""
        seat = self.one(dice, cohort, "offered") or self.one(dice, cohort, "approved", "confirmed")
        if seat:
            by = answers.by_link(seat)
            if dice.random() < 0.3:
                answers.decline(by, enrolment=seat, reason="Ill", now=now)
            else:
                answers.confirm(by, enrolment=seat, now=now)

    def withdraw(self, dice, cohort, now):
        if seat := self.one(dice, cohort, *Enrolment.HOLDING, "waitlisted"):
            enrolment.withdraw(self.hr[seat.organisation_id], enrolment=seat, reason="On leave", now=now)

    def substitute(self, dice, cohort, now):
        if seat := self.one(dice, cohort, *Enrolment.HOLDING):
            other = dice.choice(self.officers[seat.organisation_id])
            substitution.substitute(self.hr[seat.organisation_id], enrolment=seat, officer=other.pk, reason="Ill", now=now)

    def reserve(self, dice, cohort, now):
        until = min(clock.civil(now) + DAY * dice.randint(1, 6), cohort.starts_on)
        quotas.keep(
            self.coordinator, cohort=cohort, organisation=dice.choice(self.mdas), seats=dice.randint(1, 4), release_on=until, now=now
        )

    def release(self, dice, cohort, now):
        if quota := SeatQuota.objects.standing().filter(cohort=cohort).order_by("?").first():
            quotas.release(self.coordinator, quota=quota, now=now)

    def expire(self, dice, cohort, now):
        waiting.settle(self.cohorts, now)  # as the task and the placing of many do: several at once

    ACTS = ["nominate"] * 6 + ["approve"] * 2 + ["answer"] * 3 + ["withdraw"] * 2
    ACTS += ["turn_down", "substitute", "reserve", "release", "expire"]

    def act(self, dice, now, name=None):
        """One act: its name, and the code of the refusal or None."""
        name = name or dice.choice(self.ACTS)
        try:
            getattr(self, name)(dice, dice.choice(self.cohorts), now)
        except Refused as no:
            return name, no.code
        return name, None

    # What must be true.

    def check(self, now):
        """After everything is settled: nothing is too many, nothing is lost, everything can be explained."""
        waiting.settle(self.cohorts, now)
        for cohort in self.cohorts:
            seats = seating.seats_of([cohort])[cohort.pk]
            assert seats.committed <= seats.capacity == seats.taken + seats.free
            queued = queue.queue(cohort)
            clashing = seating.clashes([cohort], [e.officer_id for e in queued])
            unserved = [e for e in queued if (cohort.pk, e.officer_id) not in clashing and seats.free_for(e.organisation_id)]
            assert not unserved, f"{unserved} wait while a seat is free: {seats}"
            rows = list(cohort.enrolments.select_related("officer", "organisation"))
            said = queue.explain_all(cohort, now=now)
            assert set(said) == {e.pk for e in rows} and all(said.values())
            for n, e in enumerate(queued, 1):
                assert said[e.pk].startswith(f"Number {n} on the waiting list. ")
            offered = {e.pk for e in rows if e.state == "offered"}
            assert offered == set(SeatOffer.objects.open().filter(enrolment__cohort=cohort).values_list("enrolment", flat=True))
            assert all(e.approve_by > now for e in rows if e.state == "nominated")
            oracle = replay(self, cohort)
            assert oracle.queue == [f"{cohort.code}/{e.officer.ref}" for e in queued]
            assert not [ref for ref in oracle.queue if oracle.could_sit(ref) and not oracle.may_pass(ref)]
            assert dict(+oracle.held) == seats.held
            assert {m: n for m, n in oracle.quotas.items() if n} == seats.quotas

    def over_committed(self):
        """Whether, in one look, more is held or kept than there is."""
        with connection.cursor() as cursor:
            cursor.execute(OVER)
            return cursor.fetchall()


OVER = """
SELECT c.code FROM training_cohort c WHERE c.capacity < (
    SELECT coalesce(sum(greatest(coalesce(q.seats, 0), coalesce(held.n, 0))), 0)
      FROM (SELECT organisation_id, count(*) AS n FROM training_enrolment
             WHERE cohort_id = c.id AND state IN ('nominated', 'approved', 'offered', 'confirmed') GROUP BY 1) held
      FULL JOIN (SELECT organisation_id, seats FROM training_seatquota WHERE cohort_id = c.id AND released_at IS NULL) q
     USING (organisation_id))
"""


def scope(hat):
    return Scope(user=hat.user, membership=hat)


class Oracle:
    """Follows the trail of one cohort, act by act, with a book of its own: who holds, what is kept, who waits. It says where first come
    was not first served, where there were too many, and where a seat was free for one who waits."""

    def __init__(self, capacity, mda_of, may_pass=lambda ref: False):
        self.capacity, self.quotas, self.held = capacity, {}, Counter()
        self.queue, self.state = [], {}
        self.mda_of, self.may_pass = mda_of, may_pass

    def committed(self, one_more=None):
        """Seats that would be held or kept if one MDA more held one."""
        held = self.held + Counter([one_more] if one_more else [])
        return sum(max(held[mda], self.quotas.get(mda, 0)) for mda in {*held, *self.quotas})

    def could_sit(self, ref):
        return self.committed(self.mda_of[ref.split("/")[1]]) <= self.capacity

    def passed_over(self, ahead):
        return [ref for ref in ahead if self.could_sit(ref) and not self.may_pass(ref)]

    def hold(self, ref, n):
        self.held[self.mda_of[ref.split("/")[1]]] += n

    def enrolment(self, verb, ref, was, now):
        mine = self.state.get(ref)
        assert was == (None if mine in ENDED else mine), f"{ref} was {mine}, the trail says {was}"
        if now == was:
            return
        if was is None and now == "waitlisted":
            assert not self.could_sit(ref), f"{ref} queued while a seat was free: {self.held} {self.quotas}"
            self.queue.append(ref)
        elif was is None:
            if verb != "took over":
                assert self.could_sit(ref) and not self.passed_over(self.queue), f"{ref} overtook {self.passed_over(self.queue)}"
            self.hold(ref, 1)
        elif was == "waitlisted":
            ahead = self.queue[: self.queue.index(ref)]
            if now == "offered":
                assert self.could_sit(ref) and not self.passed_over(ahead), f"{ref} overtook {self.passed_over(ahead)}"
                self.hold(ref, 1)
            else:
                assert now in ENDED
            self.queue.remove(ref)
        elif now in ENDED:
            self.hold(ref, -1)
        self.state[ref] = now

    def quota(self, mda, seats):
        self.quotas[mda] = seats

    def follow(self, entry, mdas):
        if entry.kind == "enrolment":
            was, now = entry.changes["state"]
            self.enrolment(entry.verb, entry.ref, was, now)
        elif "seats" in entry.changes:
            self.quota(mdas[entry.ref.split("/")[1]], entry.changes["seats"][1])
        assert self.committed() <= self.capacity, f"too many after {entry.verb} {entry.ref}: {self.held} {self.quotas}"


def replay(world, cohort):
    """The oracle after the whole trail of the cohort. Its lock is held from the first row of an act to the last, so rows are in order."""
    elsewhere = set()
    if world.overlapping:  # who ever sat in another cohort may have been passed over because of it
        elsewhere = set(Enrolment.objects.exclude(cohort=cohort).values_list("officer__ref", flat=True))
    oracle = Oracle(cohort.capacity, world.mda_of, lambda ref: ref.split("/")[1] in elsewhere)
    mdas = {mda.code: mda.pk for mda in world.mdas}
    trail = Entry.objects.filter(kind__in=["enrolment", "seat_quota"], ref__startswith=f"{cohort.code}/").order_by("pk")
    for entry in trail:
        oracle.follow(entry, mdas)
    return oracle


def dice(seed):
    return random.Random(seed)


