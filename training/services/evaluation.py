"""Evaluations: who is invited, one answer each, and sums. Nothing that is stored links an answer to whoever gave it.

An answer is a row with a random key and no time. So that neither the place of a row in its table nor the transaction that
wrote it gives anything away, each answer rewrites all answers and invitations of its cohort in that transaction, by key.
No trail row, no notice and no log line says that somebody answered.
"""

import datetime as dt

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from training import evaluation as reckoning
from training import policies
from training.models import Attendance, Cohort, Evaluation, EvaluationInvitation

from .assessment import HELD_TO_THE_END
from .reaching import language_of, notice_to

SIGNER = signing.Signer(salt="training.evaluation", sep=".")
LONGEST = 2000  # characters of a text


def token(invitation):
    return SIGNER.sign(str(invitation.enrolment_id))


def invited_by(text):
    """The invitation that a link names, or None."""
    try:
        enrolment = int(SIGNER.unsign(text))
    except (signing.BadSignature, ValueError):
        return None
    return invitations().filter(enrolment=enrolment).first()


def invitation_of(scope, cohort):
    """The signed-in learner's own invitation to evaluate the cohort, or None."""
    return invitations().filter(enrolment__cohort=cohort, enrolment__officer=scope.officer).first() if scope.officer else None


def invitations():
    return EvaluationInvitation.objects.select_related("enrolment__cohort__course_version__course", "enrolment__officer__user")


# Inviting.


@transaction.atomic
def invite(cohort, on):
    """From the last day on, invites all who attended at least one session and were not invited yet. Returns how many."""
    cohort = Cohort.objects.select_for_update(of=("self",)).select_related("course_version__course").get(pk=cohort.pk)
    if on < cohort.ends_on or cohort.state not in (Cohort.State.CONFIRMED, Cohort.State.RUNNING, Cohort.State.CLOSED):
        return 0
    known = EvaluationInvitation.objects.filter(enrolment__cohort=cohort)
    until = known.values_list("until", flat=True).first() or max(cohort.ends_on, on) + dt.timedelta(days=reckoning.OPEN_DAYS)
    if until < on:  # published, or no longer worth asking: a late answer would show as a difference
        return 0
    came = Attendance.objects.filter(enrolment=OuterRef("pk"), mark__in=[Attendance.Mark.PRESENT, Attendance.Mark.LATE])
    seats = cohort.enrolments.filter(Exists(came), state__in=HELD_TO_THE_END, evaluation=None)
    seats = list(seats.select_related("officer__user").order_by("pk"))
    made = EvaluationInvitation.objects.bulk_create(EvaluationInvitation(enrolment=seat, until=until) for seat in seats)
    notices = []
    for invitation in made:
        notices += _notice(cohort, invitation, "evaluation")
    outbox.queue_many(notices)
    return len(made)


def invite_all(on):
    """Invites for every cohort that ended of late. Safe to run again."""
    since = on - dt.timedelta(days=reckoning.OPEN_DAYS)
    ended = Cohort.objects.filter(
        ends_on__lte=on, ends_on__gte=since, state__in=[Cohort.State.CONFIRMED, Cohort.State.RUNNING, Cohort.State.CLOSED]
    )
    return sum(invite(cohort, on) for cohort in ended.order_by("pk"))


@transaction.atomic
def remind(actor, *, cohort):
    """Reminds those who have not answered, once in all: returns how many had not."""
    if not policies.may_see_evaluation(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, remind."), code="not_allowed")
    missing = list(invitations().filter(enrolment__cohort=cohort, answered=False, until__gte=clock.today()))
    if not missing:
        raise Refused(_("Nobody is left to remind."), code="nobody")
    notices = []
    for invitation in missing:
        notices += _notice(cohort, invitation, "evaluation-reminder")
    outbox.queue_many(notices)
    trail.record(actor, "reminded", cohort, {"evaluations missing": (None, len(missing))})
    return len(missing)


def _notice(cohort, invitation, why):
    officer = invitation.enrolment.officer
    language = language_of(officer)
    with translation.override(language):
        words = {
            "name": officer,
            "course": cohort.course_version.course.title,
            "link": settings.SITE_URL + reverse("training:evaluation_link", args=[token(invitation)]),
            "day": long_day(invitation.until),
        }
        if why == "evaluation":
            subject = _("How was %(course)s?") % words
            body = _("%(name)s,\n\nsay in two minutes how %(course)s was. Your name is not kept with the answers.") % words
        else:
            subject = _("Still open: how was %(course)s?") % words
            body = _("%(name)s,\n\nyou have not said how %(course)s was. It takes two minutes, and your name is not kept with the answers.") % words  # fmt: skip
        body += "\n\n" + _("%(link)s\n\nUntil %(day)s.") % words
        if not officer.email:  # by SMS, where only the subject is sent
            subject = f"{subject} {words['link']}"
    yield from notice_to(officer, f"{why}:enrolment-{invitation.enrolment_id}", subject, body, invitation.enrolment, language)


# Answering.


@transaction.atomic
def answer(*, invitation, ratings, liked="", improve=""):
    """Takes one answer: `ratings` {question code: 1 to 5}. Who may is known by the invitation alone."""
    enrolment = invitation.enrolment
    cohort = Cohort.objects.select_for_update(of=("self",)).select_related("course_version").get(pk=enrolment.cohort_id)
    invitation = EvaluationInvitation.objects.get(pk=invitation.pk)
    if invitation.answered:
        raise Refused(_("You have given your evaluation. Thank you."), code="answered")
    if clock.today() > invitation.until:
        raise Refused(_("The time to answer is over since %(day)s.") % {"day": long_day(invitation.until)}, code="over")
    wanted = dict(reckoning.asked(cohort.course_version.mode))
    wrong = [code for code in wanted if ratings.get(code) not in reckoning.SCALE]
    if wrong or set(ratings) - set(wanted):
        sentence = _("Choose an answer to each question.")
        raise Refused(sentence, code="ratings", fields={code: [_("Choose an answer.")] for code in wrong})
    texts = {"liked": liked.strip()[:LONGEST], "improve": improve.strip()[:LONGEST]}
    everyone = EvaluationInvitation.objects.filter(enrolment__cohort=cohort)
    everyone.update(answered=Case(When(pk=invitation.pk, then=Value(True)), default=F("answered")))
    held = [*Evaluation.objects.filter(cohort=cohort), Evaluation(cohort=cohort, ratings=ratings, **texts)]
    Evaluation.objects.filter(cohort=cohort).delete()
    Evaluation.objects.bulk_create(sorted(held, key=lambda e: e.id))


# What may be said.


def summary(cohort, on=None):
    """evaluation.Summary of one cohort, for its page, its report, exports and the API alike."""
    return summaries([cohort], on)[cohort.pk]


def summaries(cohorts, on=None):
    """{cohort id: Summary}"""
    on, ids = on or clock.today(), [c.pk for c in cohorts]
    found = EvaluationInvitation.objects.filter(enrolment__cohort__in=ids).values("enrolment__cohort", "until")
    counts = found.annotate(n=Count("pk"), done=Count("pk", filter=Q(answered=True))).order_by()
    counts = {row["enrolment__cohort"]: row for row in counts}
    over = [pk for pk, row in counts.items() if row["until"] < on]
    answers = {}
    for e in Evaluation.objects.filter(cohort__in=over):
        answers.setdefault(e.cohort_id, []).append((e.ratings, {"liked": e.liked, "improve": e.improve}))
    said = {}
    for pk in ids:
        row = counts.get(pk)
        if row is None:
            said[pk] = reckoning.Summary("none")
        elif row["until"] >= on:
            said[pk] = reckoning.Summary("open", row["n"], row["done"], row["until"])
        else:
            said[pk] = reckoning.summarise(answers.get(pk, []), invited=row["n"], until=row["until"], on=on)
    return said


def open_for(officer, on):
    """The officer's invitations that can still be answered."""
    return invitations().filter(enrolment__officer=officer, answered=False, until__gte=on).order_by("until", "pk")
