"""Possible leavers: officers in post whom a full return does not name. A person says what is so; nothing ends by itself."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from centres import policies
from centres.models import PossibleLeaver, Posting
from centres.services import postings
from centres.services.history import Bulk
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

State = PossibleLeaver.State


def to_answer(actor):
    """How many wait for this actor's answer."""
    return PossibleLeaver.objects.visible_to(actor).filter(state=State.OPEN).count()


@transaction.atomic
def have_left(actor, *, leaver_ids, last_day, reason, words=""):
    """They left on that day for that reason: their posts end. Returns Bulk of officers."""
    leavers = _open(actor, leaver_ids)
    bulk = postings.separate_many(
        actor, officer_ids=[x.officer_id for x in leavers], last_day=last_day, reason=reason, words=words
    )
    done = set(bulk.done)
    _answer(actor, [x for x in leavers if x.officer_id in done], State.LEFT)
    return bulk


@transaction.atomic
def are_in_post(actor, *, leaver_ids):
    """The return left them out by mistake: nothing changes. Returns Bulk of officers."""
    leavers = _open(actor, leaver_ids)
    _answer(actor, leavers, State.IN_POST)
    return Bulk(done=[x.officer_id for x in leavers])


def _open(actor, leaver_ids):
    held = PossibleLeaver.objects.visible_to(actor).filter(pk__in=leaver_ids, state=State.OPEN).order_by("pk")
    leavers = list(held.select_for_update(of=("self",)).select_related("officer", "organisation", "roster"))
    if not leavers:
        raise Refused(_("Nothing to answer: these have been settled meanwhile, or none was chosen."))
    if not all(policies.may_answer_leaver(actor, x) for x in leavers):
        raise Refused(_("You may answer for your own MDA and those under it."))
    return leavers


def _answer(actor, leavers, state):
    now = clock.now()
    PossibleLeaver.objects.filter(pk__in=[x.pk for x in leavers]).update(state=state, answered_by=actor.user, answered_at=now)
    verb = "confirmed as leaver" if state == State.LEFT else "confirmed in post"
    trail.record_many(
        trail.entry(actor, verb, x.officer, note=_("not named by staff return %(ref)s") % {"ref": x.roster.ref}) for x in leavers
    )


def settle(officer_ids):
    """Hook: what has been settled otherwise (left, or moved) is asked no more."""
    there = Posting.objects.filter(
        officer=OuterRef("officer"), organisation=OuterRef("organisation"), during__contains=clock.today()
    ).exclude(end_reason__in=Posting.LEAVING)
    waiting = PossibleLeaver.objects.filter(state=State.OPEN).extra(where=["officer_id = ANY (%s)"], params=[list(officer_ids)])
    waiting.filter(~Exists(there)).update(state=State.MOOT, answered_at=clock.now())
