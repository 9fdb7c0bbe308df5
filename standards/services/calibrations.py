"""Calibration: one case, rated by every auditor alone, and how alike they were once it is closed."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from standards import policies
from standards.agreement import agreement
from standards.models import Auditor, Calibration, CalibrationAnswer, CalibrationItem, Rating
from training.certificates import long_day


@transaction.atomic
def make(actor, *, title, edition, closes_on=None):
    _may_make(actor)
    made = Calibration.objects.create(title=title.strip(), edition=edition, closes_on=closes_on, made_by=actor.user)
    trail.record(actor, "made calibration case", made, {"edition": (None, edition)})
    return made


def _may_make(actor):
    if not policies.may_make_calibration(actor):
        raise Refused(_("The secretariat makes calibration cases."), code="not_yours")


def _draft(actor, calibration):
    _may_make(actor)
    held = Calibration.objects.select_for_update(of=["self"]).select_related("edition").get(pk=calibration.pk)
    if not policies.may_change_calibration(actor, held):
        raise Refused(_("The case is open; it no longer changes."), code="opened")
    return held


@transaction.atomic
def tell(actor, calibration, *, element, story, expected):
    """Adds an element to the case, or tells it anew."""
    held = _draft(actor, calibration)
    if element.criterion.principle.edition_id != held.edition_id:
        raise Refused(_("This element is of another edition."), code="other_edition")
    if not story.strip():
        raise Refused.of("story", _("Tell what was found."))
    item, made = CalibrationItem.objects.update_or_create(
        calibration=held, element=element, defaults={"story": story.strip(), "expected": expected}
    )
    trail.record(actor, "told case" if made else "told case anew", held, {element.code: (None, expected)})
    return item


@transaction.atomic
def leave_out(actor, calibration, *, element):
    held = _draft(actor, calibration)
    gone, _by_model = CalibrationItem.objects.filter(calibration=held, element=element).delete()
    if gone:
        trail.record(actor, "left out of case", held, {element.code: ("in", None)})


@transaction.atomic
def open_case(actor, calibration):
    """From now on the case stays as it is, and every auditor of the register is asked to rate it."""
    held = _draft(actor, calibration)
    if not held.items.exists():
        raise Refused(_("Tell at least one element of the case first."), code="empty")
    held.state = Calibration.State.OPEN
    held.save(update_fields=["state"])
    trail.record(actor, "opened calibration case", held, {"state": ("draft", "open")})
    outbox.queue_many([_asked(held, user) for user in User.objects.filter(auditor__paused_on=None, auditor__isnull=False, is_active=True)])
    return held


def _asked(calibration, user):
    with translation.override(user.language):
        words = _("Hello %(name)s,\n\nRate the case “%(title)s” on your own, without speaking of it to other auditors. Nobody sees the answers until it is closed.")
        lines = [words % {"name": user, "title": calibration.title}]
        if calibration.closes_on:
            lines.append(_("It closes on %(day)s.") % {"day": long_day(calibration.closes_on)})
        lines.append(settings.SITE_URL + reverse("standards:calibration", args=[calibration.pk]))
        return outbox.notice(
            key=f"calibration:{calibration.pk}:{user.pk}", to=user.email, subject=_("A case to rate: %(title)s") % {"title": calibration.title},
            body="\n\n".join(lines), language=user.language, about=calibration,
        )  # fmt: skip


@transaction.atomic
def answer(actor, calibration, *, ratings):
    """The ratings of the auditor who asks, of every element, once. `ratings`: {element code: value}."""
    held = Calibration.objects.select_for_update(of=["self"]).get(pk=calibration.pk)
    if not policies.may_answer_calibration(actor, held):
        raise Refused(_("Auditors in the register rate a case while it is open."), code="not_yours")
    items = {item.element.code: item for item in held.items.select_related("element")}
    given = CalibrationAnswer.objects.filter(item__calibration=held, user=actor.user)
    if given.exists():
        if dict(given.values_list("item__element__code", "value")) == ratings:
            return held
        raise Refused(_("You have rated this case; what you sent stays."), code="answered")
    if set(ratings) != set(items) or not set(ratings.values()) <= set(Rating.Value.values):
        raise Refused(_("Rate every element of the case."), code="incomplete")
    now = clock.now()
    CalibrationAnswer.objects.bulk_create(CalibrationAnswer(item=items[code], user=actor.user, value=value, at=now) for code, value in ratings.items())
    trail.record(actor, "rated calibration case", held)
    return held


@transaction.atomic
def close(actor, calibration):
    """No more answers; agreement is shown from now on."""
    _may_make(actor)
    held = Calibration.objects.select_for_update(of=["self"]).get(pk=calibration.pk)
    if held.state == Calibration.State.CLOSED:
        return held
    if held.state != Calibration.State.OPEN:
        raise Refused(_("A case is closed once it was open."), code="not_open")
    held.state = Calibration.State.CLOSED
    held.save(update_fields=["state"])
    trail.record(actor, "closed calibration case", held, {"state": ("open", "closed")})
    return held


def answered(calibration):
    """(auditors who have rated it, auditors in the register who are not paused)."""
    done = CalibrationAnswer.objects.filter(item__calibration=calibration).values("user").distinct().count()
    return done, Auditor.objects.filter(paused_on=None).count()


def agreement_of(calibration):
    """(Agreement by user id, {user id: User}) of a closed case; None before."""
    if calibration.state != Calibration.State.CLOSED:
        return None
    expected = dict(calibration.items.values_list("element__code", "expected"))
    answers, people = {}, {}
    for one in CalibrationAnswer.objects.filter(item__calibration=calibration).select_related("item__element", "user").order_by("user__name"):
        answers.setdefault(one.user_id, {})[one.item.element.code] = one.value
        people[one.user_id] = one.user
    return agreement(answers, expected), people
