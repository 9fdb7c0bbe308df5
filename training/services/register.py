"""The attendance register. Every mark is an entry that stays; the one that stands for an officer in a session is `Attendance`.

A mark made over another that its maker had not seen, and that differs, stands aside in conflict until a person settles it.
"""

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from training import policies
from training.models import Attendance, AttendanceEntry, Cohort, CohortSession, Enrolment
from training.models.register import Source

from .locks import locked

SEEN = object()  # as base: the maker saw what stands now
LATE = dt.timedelta(hours=24)  # after the end of a session a mark needs its reason
KEPT = dt.timedelta(days=7)  # so long a device may keep a mark that needed none when it was made
EARLY = dt.timedelta(hours=1)  # before the session no mark is made: a clock that says so is wrong
APPLIED, CONFLICT, SET_ASIDE = AttendanceEntry.State.APPLIED, AttendanceEntry.State.CONFLICT, AttendanceEntry.State.SET_ASIDE
KNOWN, REFUSED = "known", "refused"


@dataclass(frozen=True)
class Said:
    """One mark as somebody made it. `base`: the client id of the entry that its maker saw standing; None: nobody was marked."""

    enrolment: int
    mark: str
    base: object = SEEN
    client_id: uuid.UUID | None = None
    marked_at: dt.datetime | None = None
    reason: str = ""


@dataclass
class Answer:
    """What became of a mark: applied, known (again), conflict or refused, why, and what stands now (Attendance or None)."""

    said: Said
    state: str
    message: str = ""
    code: str = ""
    standing: Attendance | None = None


def needs_reason(session, marked_at, received_at):
    """Whether a mark of the session made then, and received then, is a late one."""
    return marked_at > session.ends_at + LATE or received_at > session.ends_at + KEPT


def held(session, today):
    """Whether the session's day has come."""
    return timezone.localdate(session.starts_at) <= today


@transaction.atomic
def record(actor, *, session, entries, source=Source.PAGE, device=""):
    """Takes in marks (Said) of one session, in the order made: an Answer each. The same client id again changes nothing."""
    cohort = locked(actor, session.cohort, policies.may_mark, _("Only the trainers of this cohort mark its attendance."))
    return take_in(actor, cohort, session, entries, source, device)


@transaction.atomic
def record_whole(actor, *, session, entries, source=Source.PAGE, device=""):
    """As `record`, all or none: Refused where one mark is."""
    answers = record(actor, session=session, entries=entries, source=source, device=device)
    if refused := next((a for a in answers if a.state == REFUSED), None):
        raise Refused(refused.message, code=refused.code)
    return answers


def mark(actor, *, session, marks, source=Source.PAGE, reason=""):
    """{enrolment id: mark}, made in sight of what stands, all or none: how many changed."""
    entries = [Said(pk, mark, reason=reason) for pk, mark in marks.items()]
    return sum(a.state == APPLIED for a in record_whole(actor, session=session, entries=entries, source=source))


def record_batch(actor, entries, *, source=Source.DEVICE, device=""):
    """Marks of any sessions, [(uid of the session, Said)], as a phone kept them: an Answer each, in their order. What cannot be
    taken in is refused one by one; the rest is taken in."""
    wanted = list(dict.fromkeys(uid for uid, _s in entries))
    found = CohortSession.objects.filter(uid__in=wanted, cohort__in=Cohort.objects.visible_to(actor)).select_related("cohort")
    sessions, answers = {s.uid: s for s in found}, {}
    for uid in sorted(wanted, key=lambda u: (sessions[u].cohort_id if u in sessions else 0, wanted.index(u))):
        its = [(i, said) for i, (of, said) in enumerate(entries) if of == uid]
        try:
            if uid not in sessions:
                raise Refused(_("There is no such session."), code="no_session")
            got = record(actor, session=sessions[uid], entries=[said for _i, said in its], source=source, device=device)
        except Refused as refusal:
            got = [Answer(said, REFUSED, str(refusal.message), refusal.code) for _i, said in its]
        answers |= dict(zip((i for i, _s in its), got, strict=True))
    return [answers[i] for i in range(len(entries))]


def take_in(actor, cohort, session, entries, source, device=""):
    """As `record`, for one whose right is known; the cohort is locked."""
    session = CohortSession.objects.get(pk=session.pk)
    _check(session)
    answers = _Taking(actor, cohort, session, source, device).all(entries)
    if any(a.state in (APPLIED, CONFLICT) for a in answers):
        _begin(actor, cohort)
    return answers


def _check(session):
    words = {"n": session.number, "day": long_day(session.starts_at)}
    if session.cancelled_at:
        raise Refused(_("Session %(n)s was cancelled.") % words, code="session_cancelled")
    if not held(session, clock.today()):
        raise Refused(_("Session %(n)s is on %(day)s; it is marked from then.") % words, code="not_held")


class _Taking:
    """Marks of one session being taken in: waves of at most one mark an officer, each written in a few statements."""

    def __init__(self, actor, cohort, session, source, device):
        self.actor, self.cohort, self.session, self.source, self.device = actor, cohort, session, source, device[:80]
        self.at = clock.now()
        seated = cohort.enrolments.filter(state__in=Enrolment.SEATED).select_related("officer", "cohort")
        self.seats = {seat.pk: seat for seat in seated}
        self.standing = {a.enrolment_id: a for a in session.marks.select_related("entry")}

    def all(self, entries):
        asked = {s.client_id for s in entries} | {s.base for s in entries}
        asked = [x for x in asked if isinstance(x, uuid.UUID)]
        self.known = {e.client_id: e for e in AttendanceEntry.objects.filter(client_id__in=asked)}
        answers, waves, nth = {}, defaultdict(list), defaultdict(int)
        for i, said in enumerate(entries):
            waves[nth[said.enrolment]].append((i, said))
            nth[said.enrolment] += 1
        for wave in waves.values():
            for i, answer in self.wave(wave):
                answers[i] = answer
        for answer in answers.values():
            answer.standing = self.standing.get(answer.said.enrolment)
        return [answers[i] for i in range(len(entries))]

    def wave(self, wave):
        answers, made, changed, aside, rows = [], [], [], [], []
        for i, said in wave:
            answer = Answer(said, *self.judge(said))
            answers.append((i, answer))
            if answer.state in (APPLIED, CONFLICT):
                entry = self.entry(said, answer.state)
                made.append(entry)
                self.known[entry.client_id] = entry
                if entry.base and entry.base.state == CONFLICT:  # its maker thought again
                    aside.append(entry.base)
                stands = self.standing.get(said.enrolment)
                was = stands.mark if stands else None
                if answer.state == CONFLICT or was != said.mark:
                    note = _("In conflict") if answer.state == CONFLICT else self.source
                    rows.append(trail.entry(self.actor, "marked", self.seats[said.enrolment], {f"session {self.session.number}": (was, said.mark)}, note))  # fmt: skip
                if answer.state == APPLIED and was != said.mark:
                    changed.append(entry)
        AttendanceEntry.objects.bulk_create(made)
        if aside:
            AttendanceEntry.objects.filter(pk__in=[e.pk for e in aside]).update(state=SET_ASIDE)
        self.standing |= stand(changed)
        trail.record_many(rows)
        return answers

    def judge(self, said):
        """(state, why, code of a refusal)"""
        if before := self.known.get(said.client_id):
            same = (before.session_id, before.enrolment_id, before.mark) == (self.session.pk, said.enrolment, said.mark)
            return (KNOWN,) if same else (REFUSED, _("This mark's identity was used for another mark."), "identity")
        if said.enrolment not in self.seats:
            words = {"cohort": self.cohort.code}
            sentence = _("Someone marked here has no seat in %(cohort)s any more. Open the register again.") % words
            return REFUSED, sentence, "no_seat"
        stands = self.standing.get(said.enrolment)
        if said.base is SEEN and stands and stands.mark == said.mark:
            return (KNOWN,)
        if not said.reason.strip() and needs_reason(self.session, self.made_at(said), self.at):
            return REFUSED, _("The session ended more than a day ago. Say why it is marked now."), "reason"
        return (APPLIED,) if self.is_informed(said, stands) else (CONFLICT, _("Somebody else marked this differently."))

    def is_informed(self, said, stands):
        """Whether the mark says the same as what stands, or was made in sight of it."""
        if stands is None or stands.mark == said.mark or said.base is SEEN or stands.entry_id is None:
            return True
        base = self.base_of(said)
        return base is not None and (base.pk == stands.entry_id or (base.state != CONFLICT and base.mark == stands.mark))

    def base_of(self, said):
        base = self.known.get(said.base)
        mine = base and (base.session_id, base.enrolment_id) == (self.session.pk, said.enrolment)
        return base if mine else None

    def made_at(self, said):
        return max(min(said.marked_at or self.at, self.at), self.session.starts_at - EARLY)

    def entry(self, said, state):
        stands = self.standing.get(said.enrolment)
        return AttendanceEntry(
            client_id=said.client_id or uuid.uuid4(),
            session=self.session,
            enrolment_id=said.enrolment,
            mark=said.mark,
            source=self.source,
            base=(stands.entry if stands else None) if said.base is SEEN else self.base_of(said),
            state=state,
            device=self.device,
            reason=said.reason.strip()[:200],
            marked_by=self.actor.user,
            marked_at=self.made_at(said),
            received_at=self.at,
        )


def stand(entries):
    """Lets saved entries stand, at most one an officer and session: {enrolment id: Attendance}."""
    found = [
        Attendance(session_id=e.session_id, enrolment_id=e.enrolment_id, mark=e.mark, source=e.source, entry=e, marked_by=e.marked_by, marked_at=e.marked_at)
        for e in entries
    ]  # fmt: skip
    Attendance.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["session", "enrolment"],
        update_fields=["mark", "source", "entry", "marked_by", "marked_at"],
    )
    return {a.enrolment_id: a for a in found}


@transaction.atomic
def settle(actor, *, session, enrolment, entry):
    """A person says which of the marks in conflict is right: that one stands, the others stay in the history, set aside."""
    locked(actor, session.cohort, policies.may_mark, _("Only the trainers of this cohort mark its attendance."))
    waiting = list(AttendanceEntry.objects.filter(session=session, enrolment=enrolment, state=CONFLICT))
    standing = Attendance.objects.select_related("entry").get(session=session, enrolment=enrolment)
    if not waiting:
        return standing
    if entry.pk not in {e.pk for e in waiting} | {standing.entry_id}:
        raise Refused(_("This mark is not one of those in conflict. Look again."), code="not_in_conflict")
    was = standing.mark
    for e in waiting:
        e.state, e.settled_by, e.settled_at = (APPLIED if e.pk == entry.pk else SET_ASIDE), actor.user, clock.now()
    AttendanceEntry.objects.bulk_update(waiting, ["state", "settled_by", "settled_at"])
    if entry.pk != standing.entry_id:
        standing = stand([e for e in waiting if e.pk == entry.pk])[enrolment.pk]
    trail.record(actor, "settled", enrolment, {f"session {session.number}": (was, standing.mark)})
    return standing


def in_conflict(cohort):
    """Entries in conflict, by session and name."""
    found = AttendanceEntry.objects.filter(session__cohort=cohort, session__cancelled_at=None, state=CONFLICT)
    return found.select_related("session", "enrolment__officer", "marked_by").order_by(
        "session__number", "enrolment__officer__surname", "enrolment", "id"
    )


def _begin(actor, cohort):
    """The first mark makes a cohort run."""
    if cohort.state != Cohort.State.RUNNING:
        was, cohort.state = cohort.state, Cohort.State.RUNNING
        cohort.save(update_fields=["state"])
        trail.record(actor, "began", cohort, {"state": (was, cohort.state)})
