"""Another officer of the same MDA goes in the place of one: the seat stays, and both names."""

from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import access, policies
from training.models import Cohort, Enrolment

from . import nominations, seat_notices, seating, waiting
from .reaching import lock_officers

State = Enrolment.State
REPLACEABLE = [State.NOMINATED, State.APPROVED, State.CONFIRMED]  # an offer is of the first who waits, and of nobody else
AFTER = 1  # days after the cohort begins


def last_day(cohort):
    """The last day on which an officer of the cohort can be replaced."""
    return cohort.starts_on + clock.DAY * AFTER


@seating.act_on_seats
def substitute(actor, *, enrolment, officer, reason, clash_reason="", now=None):
    """The officer (id) takes over the seat: the new enrolment. Where nominations are approved, this one is too."""
    now = now or clock.now()
    [cohort] = waiting.settled([Cohort(pk=enrolment.cohort_id)], now)
    people = lock_officers({enrolment.officer_id, officer})
    old = Enrolment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=enrolment.pk)
    old.cohort, old.officer = cohort, people[old.officer_id]
    new = _allowed(actor, old, people.get(officer), clash_reason, now)
    was, old.state, old.withdrawn_reason = old.state, State.SUBSTITUTED, reason[:200]
    old.save(update_fields=["state", "withdrawn_reason"])
    outbox.cancel([old], reason)
    new.replaces = old
    new.save()
    trail.record_many(
        [
            trail.entry(
                actor, "substituted", old, {"state": (was, old.state), "officer": (str(old.officer), str(new.officer))}, reason
            ),
            trail.entry(
                actor, "took over", new, {"state": (None, new.state), "officer": (str(old.officer), str(new.officer))}, reason
            ),
        ]
    )
    notices = list(seat_notices.tell("joining", [new])) if new.state == State.CONFIRMED else []
    if was in Enrolment.SEATED:  # who was only nominated was told nothing
        notices += seat_notices.tell("substituted", [old], reason=reason, other=str(new.officer))
    outbox.queue_many(notices)
    return new


def _allowed(actor, old, officer, clash_reason, now):
    """The new enrolment, unsaved, if the seat may be taken over by that officer."""
    cohort, today = old.cohort, clock.civil(now)
    if not policies.may_substitute(actor, old):
        raise Refused(_("Only an HR officer of the MDA that enrolled the officer names another."), code="not_allowed")
    if old.state not in REPLACEABLE or cohort.state not in Cohort.LIVE:
        raise Refused(_("This enrolment holds no seat that another could take over."), code="no_seat")
    if today > last_day(cohort):
        words = {"cohort": cohort.code, "day": long_day(last_day(cohort))}
        raise Refused(_("Officers of %(cohort)s could be replaced until %(day)s.") % words, code="too_late")
    posts = nominations.posts_of(actor, {officer.pk: officer}, today) if officer else {}
    post = posts.get(officer.pk) if officer else None
    if post is None or post.organisation_id != old.organisation_id:
        sentence = _("The seat is of %(mda)s: choose an officer in post there.") % {"mda": old.organisation}
        raise Refused.of("officer", sentence, "not_yours")
    problems = nominations.why_not(cohort, [post], clash_reason)
    if problems:
        code, sentence = problems[officer.pk]
        raise Refused(sentence, code=code, fields={"officer": [sentence]})
    needs = bool(access.needs_approval([old.organisation_id], today))
    new = nominations.new_seat(actor, cohort, officer, old.organisation, needs, now)
    if clash_reason and seating.clashes([cohort], [officer.pk]):
        new.clash_reason = clash_reason
    return new
