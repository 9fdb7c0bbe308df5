"""Confirming a staff return: all its accepted rows go into the register together, or none does.

A small return is taken in at once; a large one by the worker, in one transaction: if the worker dies, nothing was written and
the next begins anew. Whoever puts the return aside meanwhile stops it."""

from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.access import Scope, organisations_below
from centres.models import Roster, RosterRow
from centres.services import merge, register, rosters, transfers
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

Outcome, State = RosterRow.Outcome, Roster.State
STEPS = [
    gettext_lazy("Looking whether the preview is still true"),
    gettext_lazy("Adding and changing officers"),
    gettext_lazy("Adding and changing postings"),
    gettext_lazy("Asking other MDAs for their officers"),
    gettext_lazy("Writing the trail"),
    gettext_lazy("Working out who is due for training"),
]
AT_WORK = 7_301_544  # class of the advisory locks that say: this roster is being taken in
MOST_ATTEMPTS = 10  # a worker that is stopped for an update is nobody's fault
STALE = gettext_lazy("The register has changed since this file was read. The preview is new: look at it again, then confirm.")


class Stopped(Exception):
    """The return was put aside while it was being taken in."""


def confirm(actor, *, roster):
    """Takes the return in at once when it is small; else leaves it to the worker. Confirming twice does nothing more."""
    with transaction.atomic():
        roster = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
        if roster.state in (State.APPLIED, State.APPLYING):
            return roster
        _may_be_taken_in(actor, roster)
        if roster.rows > settings.STAFF_FILE_AT_ONCE:
            roster.state, roster.applied_by, roster.applied_as = State.APPLYING, actor.user, actor.membership
            roster.attempts, roster.problem = 0, ""
            roster.save(update_fields=["state", "applied_by", "applied_as", "attempts", "problem"])
            return roster
    return apply(actor, roster=roster)


def _may_be_taken_in(actor, roster):
    if roster.state != State.READ:
        raise Refused(
            _("This return is %(state)s; only one that has been read can be confirmed.")
            % {"state": roster.get_state_display().lower()}
        )
    _may_confirm(actor, roster)


def _may_confirm(actor, roster):
    if not policies.may_confirm_roster(actor, roster):
        raise Refused(_("You may confirm the returns of your own MDA and those under it."))
    named = set(roster.lines.exclude(outcome=Outcome.REJECTED).order_by().values_list("organisation_id", flat=True).distinct())
    if roster.organisation_id and named - organisations_below(roster.organisation_id, actor.today):
        raise Refused(_("An MDA that this file names is no longer under yours. File it again."))


def apply(actor, *, roster):
    """Takes the accepted rows in, now. Refused, with a fresh preview, when the register has changed since the file was read."""
    for _attempt in range(2):
        try:
            with transaction.atomic():
                held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
                if held.state == State.APPLIED:
                    return held
                if held.state != State.APPLYING:
                    _may_be_taken_in(actor, held)
                with register.plain_plans(held.rows):
                    if _take_in(actor, held):
                        return held
            break
        except IntegrityError:
            break  # another return made one of these officers in the same moment
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
    look_again(roster)
    raise Refused(str(STALE), code="register_changed")


@transaction.atomic
def look_again(roster, why=""):
    """A new preview of what has been read, and the reason for it."""
    held = Roster.objects.select_for_update().get(pk=roster.pk)
    if held.state in (State.READ, State.APPLYING):
        register.forget(held)
        rosters.judge(held)
        held.state, held.problem = State.READ, why
        held.save()


def _take_in(actor, roster, step=lambda number: None):
    """All of it, in the transaction of the caller. False: the preview is no longer true."""
    step(1)
    if not register.still_true(roster):
        return False
    merge.stage(roster)
    step(2)
    merge.officers(roster)
    step(3)
    merge.postings(roster)
    step(4)
    asked = transfers.request_many(actor, roster=roster) if roster.transfer else None
    missing = register.list_missing(roster) if roster.full else None
    step(5)
    merge.write_trail(actor, roster)
    step(6)
    merge.tell_above()
    counts = {name: (None, getattr(roster, name)) for name in ("created", "changed", "unchanged", "rejected")}
    counts = {"new": counts.pop("created")} | counts
    if asked:
        counts["transfers asked for"] = (None, asked["asked"])
    if missing is not None:
        counts["possible leavers"] = (None, missing)
    _finish(actor, roster)
    trail.record(actor, "staff return applied", roster, counts)
    return True


def _finish(actor, roster):
    with transaction.atomic():
        held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
        if held.state == State.CANCELLED:
            raise Stopped
        roster.state, roster.applied_by, roster.applied_as = State.APPLIED, actor.user, actor.membership
        roster.applied_at, roster.problem = clock.now(), ""
        roster.save(update_fields=["state", "applied_by", "applied_as", "applied_at", "problem"])


# --- by the worker ---


def apply_confirmed(roster_id):
    """Takes in a large return that was confirmed, unless another worker is at it. Safe to run twice."""
    roster = _begin(roster_id)
    if roster is None:
        return
    actor = (
        Scope(user=roster.applied_by, membership=roster.applied_as) if roster.applied_as else Scope.system_task("staff returns")
    )
    why = str(STALE)
    try:
        with transaction.atomic():
            if not _mine(roster):
                return
            roster.refresh_from_db()
            if roster.state != State.APPLYING:
                return
            _may_confirm(actor, roster)
            with register.plain_plans(roster.rows):
                if _take_in(actor, roster, lambda number: _at_step(roster, number)):
                    why = None
    except Stopped:
        return
    except IntegrityError:
        pass  # another return made one of these officers in the same moment
    except OperationalError as error:
        if "deadlock" not in str(error):
            raise
        return  # beat finds it again
    except Refused as refusal:
        why = str(refusal.message)
    if why:
        look_again(roster, why)
    cache.delete(_key(roster))


def _mine(roster):
    """Until the end of the transaction no other worker takes this roster in; if this one dies, the database notices."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [AT_WORK, roster.pk])
        return cursor.fetchone()[0]


@transaction.atomic
def _begin(roster_id):
    roster = Roster.objects.filter(pk=roster_id, state=State.APPLYING).first()
    if roster is None or not _mine(roster):
        return None
    roster = Roster.objects.select_for_update(no_key=True).get(pk=roster_id)
    if roster.state != State.APPLYING:
        return None
    if roster.attempts >= MOST_ATTEMPTS:
        roster.state = State.READ
        roster.problem = _("Taking this file in was begun %(n)s times and never came to its end. Nothing was written.") % {
            "n": roster.attempts
        }
        roster.save(update_fields=["state", "problem"])
        return None
    roster.attempts += 1
    roster.save(update_fields=["attempts"])
    return roster


def confirmed_ids():
    """Ids of the returns that were confirmed and are not taken in yet; some may be in a worker's hands."""
    return list(Roster.objects.filter(state=State.APPLYING).order_by("pk").values_list("pk", flat=True))


# --- how far it is ---


def _key(roster):
    return f"roster-step:{roster.pk}"


def _at_step(roster, number):
    """Tells whoever waits, and stops when the return was put aside."""
    with suppress(Exception):  # the cache is a convenience
        cache.set(_key(roster), number, 3600)
    if Roster.objects.filter(pk=roster.pk, state=State.CANCELLED).exists():
        raise Stopped


def step_of(roster):
    """(number of the step, its name) of a return that is being taken in; (0, …) while it waits."""
    number = 0
    with suppress(Exception):
        number = cache.get(_key(roster)) or 0
    return number, STEPS[number - 1] if number else _("Waiting for the worker")
