"""Training follows an officer whose two records become one, and goes back when that is undone."""

from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training.models import Completion, CorrectionRequest, Enrolment, PriorTraining, SeatRequest, Waiver

from . import seating

FOLLOW = [Enrolment, Completion, Waiver, PriorTraining, SeatRequest, CorrectionRequest]  # attendance, results and certificates hang on these


def merged(kept_id, dropped_id):
    """Everything of `dropped` is now of `kept`: {table: [ids]}. Refused when both hold a seat in one cohort, or the
    same prior training."""
    ended = [Enrolment.State.DECLINED, Enrolment.State.WITHDRAWN, Enrolment.State.SUBSTITUTED]
    seats = Enrolment.objects.filter(officer__in=[kept_id, dropped_id]).exclude(state__in=ended).select_related("cohort")
    held = {seat.cohort_id for seat in seats if seat.officer_id == kept_id}
    twice = [seat.cohort.code for seat in seats if seat.officer_id == dropped_id and seat.cohort_id in held]
    if twice:
        raise Refused(
            _("Both records hold a seat in cohort %(code)s. Withdraw one of them first.") % {"code": ", ".join(sorted(twice))},
            code="two_seats",
        )
    moving = [seat.cohort for seat in seats if seat.officer_id == dropped_id and seat.state in Enrolment.HOLDING]
    clash = next(((cohort, there) for (cohort, _o), there in seating.clashes(moving, [kept_id]).items()), None)
    if clash:
        words = {"one": next(c.code for c in moving if c.pk == clash[0]), "other": clash[1][0]}
        raise Refused(
            _("The records hold seats in %(one)s and %(other)s, which meet at the same time. Withdraw one of them first.")
            % words,
            code="two_places",
        )
    asked = SeatRequest.objects.filter(state=SeatRequest.State.ASKED)
    again = asked.filter(officer=kept_id).values_list("cohort", flat=True)
    asked.filter(officer=dropped_id, cohort__in=list(again)).update(state=SeatRequest.State.WITHDRAWN, answered_at=clock.now())
    asking = CorrectionRequest.objects.filter(officer__in=[kept_id, dropped_id], state=CorrectionRequest.State.ASKED)
    if asking.count() > 1:
        raise Refused(_("Both records ask for a correction. Decide one of them first."), code="two_corrections")
    standing = PriorTraining.objects.filter(state__in=PriorTraining.STANDING).values_list("course_version", "on")
    if same := set(standing.filter(officer=kept_id)) & set(standing.filter(officer=dropped_id)):
        day = long_day(min(on for _version, on in same))
        raise Refused(
            _("Both records hold the same prior training, completed on %(day)s. Refuse or withdraw one of them first.")
            % {"day": day},
            code="same_prior_training",
        )
    moved = {}
    for model in FOLLOW:
        rows = model.objects.filter(officer=dropped_id)
        moved[model._meta.label_lower] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(officer=kept_id)
    return moved


def parted(kept_id, dropped_id, moved):
    """What `merged` moved goes back; what came since stays with `kept`."""
    for model in FOLLOW:
        ids = moved.get(model._meta.label_lower, [])
        model.objects.filter(pk__in=ids, officer=kept_id).update(officer=dropped_id)
