"""Who approves nominations while an authorised officer is away."""

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Membership, Posting
from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day, span
from cse_portal.notices import outbox
from training import policies
from training.models import ApprovalDelegation

LONGEST = 92  # days


def candidates(organisation, on):
    """Users who may stand in: with a role in the MDA or below, or officers in post there, who have an account."""
    ids = organisations_below(organisation.pk, on)
    hats = Membership.objects.on(on).filter(organisation__in=ids).values("user")
    posts = Posting.objects.on(on).filter(organisation__in=ids, officer__user__isnull=False).values("officer__user")
    return User.objects.filter(Q(pk__in=hats) | Q(pk__in=posts), is_active=True).order_by("name", "pk")


@transaction.atomic
def delegate(actor, *, organisation, to, first, last, reason):
    """From the first day to the last, both included, the user approves in the actor's place: the delegation."""
    if not policies.may_delegate(actor) or not actor.covers(organisation.pk):
        raise Refused(_("Only an authorised officer of the MDA lets another approve."), code="not_allowed")
    today = clock.today()
    if last < first or last < today:
        sentence = _("The last day is before the first, or past.")
        raise Refused.of("last", sentence, "dates")
    if (last - first).days >= LONGEST:
        sentence = _("At most %(n)s days at a time.") % {"n": LONGEST}
        raise Refused.of("last", sentence, "dates")
    if to.pk == actor.user.pk or not candidates(organisation, today).filter(pk=to.pk).exists():
        sentence = _("Choose another person of the MDA.")
        raise Refused.of("to", sentence, "not_of_the_mda")
    standing = ApprovalDelegation.objects.filter(delegator=actor.user, organisation=organisation)
    days = DateRange(max(first, today), last + clock.DAY)
    if clash := standing.filter(during__overlap=days).select_related("delegate").first():
        words = {"name": clash.delegate, "dates": span(clash.during.lower, clash.during.upper - clock.DAY)}
        sentence = _("%(name)s approves in your place already, %(dates)s.") % words
        raise Refused.of("first", sentence, "delegated")
    made = ApprovalDelegation.objects.create(
        organisation=organisation, delegator=actor.user, delegate=to, during=days, reason=reason, made_at=clock.now()
    )
    trail.record(actor, "delegated", made, {"delegate": (None, str(to)), "until": (None, last)}, reason)
    with translation.override(to.language):
        words = {"name": to, "who": actor.user, "mda": organisation, "from": long_day(days.lower), "to": long_day(last)}
        outbox.queue(
            key=f"delegation:{made.pk}",
            to=to.email,
            subject=_("You approve nominations of %(mda)s until %(to)s") % words,
            body=_("%(name)s,\n\n%(who)s is away: from %(from)s to %(to)s you approve the nominations of %(mda)s for courses.")
            % words,
            language=to.language,
            about=made,
        )
    return made


@transaction.atomic
def end(actor, *, delegation):
    """Ends it today; one that has not begun stands on no day that counts."""
    made = ApprovalDelegation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=delegation.pk)
    if not policies.may_end_delegation(actor, made):
        raise Refused(_("Only who delegated ends it."), code="not_allowed")
    today = clock.today()
    if made.during.upper <= today:
        return made
    if made.during.lower >= today:  # it never was in force
        trail.record(actor, "ended", made, {"until": (made.during.upper - clock.DAY, None)})
        made.delete()
        return None
    was, made.during = made.during.upper, DateRange(made.during.lower, today)
    made.save(update_fields=["during"])
    trail.record(actor, "ended", made, {"until": (was - clock.DAY, today - clock.DAY)})
    return made
