"""Who approves is told once a day what waits; those above them once, at half of the time."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.access import organisations_below
from centres.models import Membership, Posting, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import moment
from cse_portal.notices import outbox
from training import access
from training.models import ApprovalDelegation, Cohort, Enrolment, SeatRequest

from .nominations import TO_APPROVE


def waiting_for_approval():
    """Nominations that nobody has approved, oldest first."""
    found = Enrolment.objects.filter(state__in=TO_APPROVE, approved_by=None, cohort__state__in=Cohort.LIVE)
    return found.select_related("cohort", "officer").order_by("pk")


@transaction.atomic
def remind(now=None):
    """One digest a working day to each who approves, and to each HR officer whom officers asked for seats: notices offered."""
    now = now or clock.now()
    on = clock.civil(now)
    if on.weekday() > 4:
        return 0
    notices = [*_to_approvers(on), *_to_hr_officers(on)]
    outbox.queue_many(notices)
    return len(notices)


def _to_approvers(on):
    rows = list(waiting_for_approval())
    found = access.approvers({e.organisation_id for e in rows}, on)
    standing_in = {}  # {delegator: [(delegate, ids of MDAs)]}
    for d in ApprovalDelegation.objects.on(on):
        standing_in.setdefault(d.delegator_id, []).append((d.delegate_id, organisations_below(d.organisation_id, on)))
    mine = {}
    for e in rows:
        # The nearest who may: never who nominated, never the officer.
        able = [(d, u) for d, u in found.get(e.organisation_id, ()) if u not in (e.enrolled_by_id, e.officer.user_id)]
        users = {u for d, u in able if d == able[0][0]}
        for user in list(users):
            users |= {other for other, ids in standing_in.get(user, ()) if e.organisation_id in ids and other != e.enrolled_by_id}
        for user in users:
            mine.setdefault(user, []).append(e)
    for user in User.objects.filter(pk__in=mine, is_active=True).order_by("pk"):
        seats = mine[user.pk]
        first = min((e.approve_by for e in seats if e.approve_by), default=None)
        with translation.override(user.language):
            n = len(seats)
            words = {"name": user, "n": n, "link": settings.SITE_URL + reverse("training:approvals")}
            subject = ngettext("%(n)s nomination waits for you", "%(n)s nominations wait for you", n)
            body = _("%(name)s,\n\nofficers are nominated for courses and wait for your approval: %(n)s.") % words
            if first:
                body += "\n" + _("The first seat is given back if it is not approved before %(at)s.") % {"at": moment(first)}
            body += f"\n\n{words['link']}"
        yield outbox.notice(
            key=f"approvals:{user.pk}:{on}", to=user.email, subject=subject % words, body=body, language=user.language
        )


def _to_hr_officers(on):
    asked = SeatRequest.objects.filter(state=SeatRequest.State.ASKED, cohort__starts_on__gt=on).values_list("officer", flat=True)
    posts = Posting.objects.on(on).filter(officer__in=asked).values_list("officer", "organisation")
    counts, mdas = {}, dict(posts)
    for officer in asked:
        if officer in mdas:
            counts[mdas[officer]] = counts.get(mdas[officer], 0) + 1
    if not counts:
        return
    hats = Membership.objects.on(on).filter(role=Role.HR_OFFICER, organisation__in=counts, user__is_active=True)
    for hat in hats.select_related("user").order_by("pk"):
        user, n = hat.user, counts[hat.organisation_id]
        with translation.override(user.language):
            words = {"name": user, "n": n, "link": settings.SITE_URL + reverse("training:seat_requests")}
            subject = ngettext("%(n)s officer asks for a seat", "%(n)s officers ask for a seat", n) % words
            body = _("%(name)s,\n\nofficers of your MDA ask for seats in courses: %(n)s.\n\n%(link)s") % words
        yield outbox.notice(
            key=f"seat-requests:{user.pk}:{hat.organisation_id}:{on}",
            to=user.email,
            subject=subject,
            body=body,
            language=user.language,
        )


@transaction.atomic
def escalate(now=None):
    """Nominations for which half of the time has passed: once to the authorised officers above those who have not approved."""
    now = now or clock.now()
    groups = {}
    for e in waiting_for_approval().filter(state=Enrolment.State.NOMINATED, approve_by__gt=now):
        since = e.answered_at or e.enrolled_at
        if now - since >= e.approve_by - now:
            groups.setdefault((e.organisation_id, e.cohort_id, since), []).append(e)
    found = access.approvers({mda for mda, _cohort, _since in groups}, clock.civil(now))
    users = User.objects.filter(is_active=True).in_bulk({u for rows in found.values() for _d, u in rows})
    notices = []
    for (mda, cohort, since), seats in groups.items():
        rows = found.get(mda, [])
        for distance, pk in rows:
            if distance == rows[0][0] or pk not in users:
                continue
            user = users[pk]
            with translation.override(user.language):
                n = len(seats)
                words = {
                    "name": user,
                    "n": n,
                    "cohort": seats[0].cohort.code,
                    "at": moment(min(e.approve_by for e in seats)),
                    "link": settings.SITE_URL + reverse("training:approvals"),
                }
                subject = ngettext(
                    "%(n)s nomination for %(cohort)s is still not approved",
                    "%(n)s nominations for %(cohort)s are still not approved",
                    n,
                )
                body = _(
                    "%(name)s,\n\nnominations of an MDA below yours wait for approval: %(n)s. You may approve them too. The seats are given back if nobody has by %(at)s.\n\n%(link)s"
                )
                notices.append(
                    outbox.notice(
                        key=f"escalation:{user.pk}:{mda}:{cohort}:{since:%Y%m%d%H%M%S%f}",
                        to=user.email,
                        subject=subject % words,
                        body=body % words,
                        language=user.language,
                        about=seats[0].cohort,
                    )
                )
    outbox.queue_many(notices)
    return len(notices)
