"""After a cohort is cancelled: another of the course is offered, and each MDA chooses whether its officers move there."""

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Membership, Role
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import span
from cse_portal.notices import outbox
from training import policies
from training.models import Cohort, Enrolment

from . import nominations
from .seating import act_on_seats


def choices(cohort, on):
    """Cohorts of the same course that still take nominations, earliest first."""
    found = Cohort.objects.filter(
        course_version__course=cohort.course_version.course_id,
        state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED],
        starts_on__gt=on,
    )
    return found.exclude(pk=cohort.pk).order_by("starts_on", "code")


GONE = [Enrolment.State.DECLINED, Enrolment.State.WITHDRAWN, Enrolment.State.SUBSTITUTED]
# Ended because the cohort was cancelled; the officer holds no place in the cohort offered instead.
LOST = Q(
    state=Enrolment.State.WITHDRAWN, withdrawn_reason=Left("cohort__cancel_reason", 200), cohort__state=Cohort.State.CANCELLED
)
MOVED = Exists(
    Enrolment.objects.filter(cohort=OuterRef("cohort__rebook_to"), officer=OuterRef("officer")).exclude(state__in=GONE)
)


def displaced(cohort):
    """Enrolments that ended because the cohort was cancelled, of officers who have not moved."""
    return Enrolment.objects.filter(LOST, ~MOVED, cohort=cohort)


def open_offers(scope, on):
    """Cancelled cohorts with officers in sight who may still move: each with `.displaced`, how many. Two queries."""
    takes = Q(cohort__rebook_to__starts_on__gt=on, cohort__rebook_to__state__in=[Cohort.State.OPEN, Cohort.State.CONFIRMED])
    lost = Enrolment.objects.visible_to(scope).filter(LOST, takes, ~MOVED)
    lost = dict(lost.order_by().values_list("cohort").annotate(n=Count("*")))
    cohorts = Cohort.objects.filter(pk__in=lost).select_related("course_version__course", "campus", "rebook_to__campus")
    cohorts = list(cohorts.order_by("rebook_to__starts_on", "code")) if lost else []
    for cohort in cohorts:
        cohort.displaced = lost[cohort.pk]
    return cohorts


@act_on_seats
def rebook(actor, *, cohort, to, organisation, officers=None):
    """Nominates the MDA's officers of a cancelled cohort for the one offered instead: what became of each (Nominated).
    `officers`: ids, where not all of them."""
    cohort = Cohort.objects.select_for_update(of=["self"]).select_related("course_version__course").get(pk=cohort.pk)
    if not policies.may_rebook(actor, cohort):
        raise Refused(_("Only an HR officer moves officers, of the own MDA and the MDAs below it."), code="not_allowed")
    if cohort.state != Cohort.State.CANCELLED or cohort.rebook_to_id != to.pk:
        raise Refused(_("%(cohort)s is not offered in place of a cancelled one.") % {"cohort": to.code}, code="not_offered")
    moving = displaced(cohort).filter(organisation=organisation, organisation__in=actor.organisation_ids)
    ids = list(moving.values_list("officer", flat=True))
    if officers is not None:
        ids = [pk for pk in ids if pk in set(officers)]
    if not ids:
        raise Refused(_("Nobody of yours is left to move."), code="nobody")
    made = nominations.nominate(actor, cohort=to, officers=ids)
    trail.record(
        actor,
        "rebooked",
        cohort,
        {"to": (None, to.code), "seats": (None, len(made.seated)), "waiting": (None, len(made.waiting))},
    )
    return made


def offer(cohort, reason):
    """Tells the HR officers of each MDA whose officers lost a seat, once, and where they may move."""
    if cohort.rebook_to_id is None:
        return
    lost = dict(displaced(cohort).order_by().values_list("organisation").annotate(n=Count("*")))
    hats = Membership.objects.on(clock.today()).filter(role=Role.HR_OFFICER, organisation__in=lost).select_related("user")
    notices = []
    for hat in hats.order_by("pk"):
        with translation.override(hat.user.language):
            notices.append(_offer(cohort, hat.user, lost[hat.organisation_id], hat.organisation_id, reason))
    outbox.queue_many(notices)


def _offer(cohort, user, n, organisation, reason):
    other = cohort.rebook_to
    facts = {
        "n": n,
        "cohort": cohort,
        "other": other.code,
        "dates": span(other.starts_on, other.ends_on),
        "campus": other.campus,
        "reason": reason,
        "name": user,
    }
    subject = (
        ngettext("%(n)s officer of yours lost a seat: %(cohort)s", "%(n)s officers of yours lost a seat: %(cohort)s", n) % facts
    )
    body = _(
        "%(name)s,\n\n%(cohort)s will not be held.\nReason: %(reason)s\n\nInstead there is %(other)s, %(dates)s, at %(campus)s. You choose whether your officers move there:"
    )
    return outbox.notice(
        key=f"rebook:cohort-{cohort.pk}:{organisation}:{user.pk}",
        to=user.email,
        subject=subject,
        body=f"{body % facts}\n{address(cohort)}",
        language=user.language,
        about=cohort,
    )


def address(cohort):
    """The page on which an MDA chooses."""
    return f"{settings.SITE_URL}{reverse('training:rebook', args=[cohort.code])}"
