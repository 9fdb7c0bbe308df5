"""Nominating officers for a cohort, and approving it. A nomination holds its seat while it waits; one that nobody approves gives it back."""

from dataclasses import dataclass, field

from django.db.models import Max
from django.utils.translation import gettext as _

from centres.models import Officer, Posting
from centres.services import working_days
from cse_portal.activity import trail
from cse_portal.lib import bulk, clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day, moment, span
from cse_portal.notices import outbox
from training import access, policies
from training.compliance import rules
from training.eligibility import lacking_prerequisites
from training.models import Cohort, ComplianceSpan, CourseEquivalence, Enrolment

from . import seat_notices, seating, waiting
from .reaching import lock_officers

State = Enrolment.State
SHOWN = 10  # sentences about single officers in one refusal
DAYS_TO_APPROVE = 5  # working days
URGENCY = {"overdue": 0, "due": 1, "current": 2}
TAKES = (Cohort.State.OPEN, Cohort.State.CONFIRMED)
CODES = {"not_in_post": "not_yours", "clash": "clash"}  # of a refusal when nobody could be nominated, all for one reason


@dataclass
class Nominated:
    """What became of each officer. `seated` and `waiting`: enrolments; `refused`: [(officer or None, code, sentence)]; `hints`:
    [(officer, sentence)] of what does not stand in the way."""

    cohort: Cohort
    seated: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    hints: list = field(default_factory=list)

    def refusal(self):
        """As one refusal, when nobody was nominated."""
        said = [sentence for _officer, _code, sentence in self.refused[:SHOWN]]
        if len(self.refused) > SHOWN:
            said.append(_("And %(n)s more.") % {"n": len(self.refused) - SHOWN})
        codes = {code for _officer, code, _sentence in self.refused}
        code = codes.pop() if len(codes) == 1 else ""
        return Refused(" ".join(said), code=CODES.get(code, "not_eligible"), fields={"officers": said})


@dataclass
class Decided:
    """`done`: enrolments; `refused`: [(enrolment, sentence)]"""

    done: list = field(default_factory=list)
    refused: list = field(default_factory=list)


@seating.act_on_seats
def nominate(actor, *, cohort, officers, clash_reason="", now=None):
    """Nominates officers (ids): each gets a seat, a place on the waiting list, or a reason why not. Refused when nobody could be."""
    now = now or clock.now()
    [cohort] = waiting.settled([cohort], now)
    made = _consider(actor, cohort, lock_officers(set(officers)), clash_reason, now)
    if not made.seated and not made.waiting:
        raise made.refusal()
    write(actor, made.seated + made.waiting)
    return made


def look(actor, *, cohort, officers, clash_reason="", now=None):
    """What `nominate` would do now; nothing is written, and the enrolments are not saved."""
    now = now or clock.now()
    found = Cohort.objects.select_related("course_version__course", "campus").get(pk=cohort.pk)
    [cohort] = waiting.reckon([found], now)
    people = {o.pk: o for o in Officer.objects.select_related("user").filter(pk__in=set(officers))}
    return _consider(actor, cohort, people, clash_reason, now)


def check_open(actor, cohort, now):
    """Refused when the actor may not nominate, or nobody may for this cohort any more."""
    if not policies.may_enrol(actor, cohort):
        raise Refused(_("Only an HR officer enrols officers, of the own MDA and the MDAs below it."), code="not_allowed")
    words = {"cohort": cohort.code, "state": cohort.get_state_display().lower(), "day": long_day(cohort.starts_on)}
    today = clock.civil(now)
    if cohort.state not in TAKES:
        raise Refused(_("%(cohort)s takes no enrolments: it is %(state)s.") % words, code="not_open")
    if cohort.starts_on < today:
        raise Refused(_("%(cohort)s has begun, on %(day)s.") % words, code="begun")
    if cohort.nominations_close_on and cohort.nominations_close_on < today:
        words["day"] = long_day(cohort.nominations_close_on)
        raise Refused(_("Nominations for %(cohort)s closed on %(day)s.") % words, code="closed")


def _consider(actor, cohort, people, clash_reason, now):
    """The Nominated for officers {id: officer}; the overdue first, as they would be placed."""
    check_open(actor, cohort, now)
    if not people:
        sentence = _("Choose at least one officer.")
        raise Refused.of("officers", sentence, "nobody")
    made, today = Nominated(cohort), clock.civil(now)
    posts = posts_of(actor, people, today)
    for pk in people.keys() - posts.keys():
        words = _("%(ref)s is not in post in your MDA.") % {"ref": people[pk].ref}
        made.refused.append((people[pk] if actor.organisation_ids is None else None, "not_in_post", words))
    states = states_of(posts, today)
    order = sorted(posts.values(), key=lambda p: (urgency(states.get(p.officer_id)), str(p.officer), p.officer_id))
    problems = why_not(cohort, order, clash_reason)
    able = []
    for post in order:
        if post.officer_id in problems:
            made.refused.append((post.officer, *problems[post.officer_id]))
        else:
            able.append(post)
    made.hints = hints(able, states)
    with_approver = access.needs_approval({p.organisation_id for p in able}, today)
    overriding = seating.clashes([cohort], [p.officer_id for p in able]) if clash_reason else {}
    late = now >= cohort.begins_at
    for post in able:
        needs = post.organisation_id in with_approver
        if late and needs:
            words = {"cohort": cohort.code, "name": post.officer}
            sentence = _("%(cohort)s has begun, and the nomination of %(name)s would have to be approved before.") % words
            made.refused.append((post.officer, "begun", sentence))
            continue
        if cohort.seats.take(post.organisation_id):
            seat = new_seat(actor, cohort, post.officer, post.organisation, needs, now)
            made.seated.append(seat)
        elif late:
            words = {"cohort": cohort.code, "name": post.officer}
            made.refused.append((post.officer, "full", _("No seat is free for %(name)s, and %(cohort)s has begun.") % words))
            continue
        else:
            seat = new_wait(actor, cohort, post.officer, post.organisation, now)
            made.waiting.append(seat)
        seat.clash_reason = clash_reason if (cohort.pk, post.officer_id) in overriding else ""
    return made


def new_seat(actor, cohort, officer, organisation, needs_approval, now):
    """An unsaved enrolment that holds a seat: nominated where the MDA has somebody to approve it, else confirmed."""
    return Enrolment(
        cohort=cohort,
        officer=officer,
        organisation=organisation,
        state=State.NOMINATED if needs_approval else State.CONFIRMED,
        enrolled_by=actor.user,
        enrolled_at=now,
        approve_by=approval_deadline(cohort, now) if needs_approval else None,
    )


def new_wait(actor, cohort, officer, organisation, now):
    """An unsaved place at the end of the waiting list of a locked cohort."""
    if not hasattr(cohort, "last_queued"):  # nobody comes before who waits already
        cohort.last_queued = waiting.waiting([cohort]).aggregate(at=Max("queued_at"))["at"] or now
    seat = new_seat(actor, cohort, officer, organisation, False, now)
    seat.state, seat.queued_at = State.WAITLISTED, max(now, cohort.last_queued)
    return seat


def approval_deadline(cohort, now):
    """Five working days, at the latest when the cohort begins; in a cohort that has begun, the end of its second day."""
    last = cohort.begins_at
    if now >= last:
        last = clock.instant(cohort.starts_on) + clock.DAY * 2
    if getattr(cohort, "holidays", None) is None:  # asked once for the many seats of one act
        cohort.holidays = working_days.holidays(first=clock.civil(now))
    return min(working_days.later(now, DAYS_TO_APPROVE, cohort.holidays), last)


def write(actor, enrolments):
    """Saves new enrolments of locked cohorts in one statement each: rows, trail, notices."""
    bulk.insert(enrolments)
    trail.record_many([trail.entry(actor, VERBS[e.state], e, {"state": (None, e.state)}) for e in enrolments])
    seated = [e for e in enrolments if e.state == State.CONFIRMED]
    outbox.queue_many(
        [
            *seat_notices.tell("joining", seated),
            *seat_notices.tell("waiting", [e for e in enrolments if e.state == State.WAITLISTED]),
        ]
    )
    return enrolments


VERBS = {State.CONFIRMED: "enrolled", State.NOMINATED: "nominated", State.WAITLISTED: "queued"}


def posts_of(actor, officers, on):
    """{officer id: posting} of the day, within the actor's MDA and below."""
    found = Posting.objects.on(on).filter(officer__in=list(officers))
    if actor.organisation_ids is not None:
        found = found.filter(organisation__in=actor.organisation_ids)
    posts = {p.officer_id: p for p in found.select_related("organisation", "cadre")}
    for pk, post in posts.items():
        post.officer = officers[pk]
    return posts


def states_of(officers, on):
    """{officer id: (status, since, until)} of training on the day."""
    spans = ComplianceSpan.objects.on(on).filter(officer__in=list(officers)).values_list("officer_id", "status", "starts", "ends")
    return {officer: (rules.STATUSES[code], starts, ends) for officer, code, starts, ends in spans}


def urgency(state):
    """Sorts the longest overdue first, then who is due soonest, then whose training expires soonest."""
    code, starts, ends = state or ("", None, None)
    when = starts if code == "overdue" else ends
    return URGENCY.get(code, 3), when.toordinal() if when else 0


def hints(posts, states):
    """Of those who can be nominated: what whoever nominates should know."""
    said = {"waived": _("%(name)s has a waiver today."), "excused": _("%(name)s is excused from training today.")}
    found = []
    for post in posts:
        code = states.get(post.officer_id, ("",))[0]
        if code in said:
            found.append((post.officer, said[code] % {"name": post.officer}))
    return found


def cadres_of(course):
    """Ids of the CSE cadres that the course is for: its own, and those whose own course it counts for."""
    return {course.cadre_id, *CourseEquivalence.objects.filter(accepted=course).values_list("course__cadre", flat=True)}


def why_not(cohort, posts, clash_reason=""):
    """{officer id: (code, sentence)} of those who cannot sit in the cohort. Seven queries, for any number of postings."""
    officers = [p.officer_id for p in posts]
    course = cohort.course_version.course
    ended = [State.DECLINED, State.WITHDRAWN, State.SUBSTITUTED]
    here = dict(cohort.enrolments.filter(officer__in=officers).exclude(state__in=ended).values_list("officer", "state"))
    cadres = cadres_of(course)
    clashing = {} if clash_reason else seating.clashes([cohort], officers)
    lacking = lacking_prerequisites([p.officer for p in posts], course, cohort.starts_on)
    found = {}
    for post in posts:
        pk, words = post.officer_id, {"name": post.officer, "cohort": cohort.code, "course": course.title}
        if here.get(pk) == State.WAITLISTED:
            found[pk] = "waiting", _("%(name)s is on the waiting list of %(cohort)s already.") % words
        elif pk in here:
            found[pk] = "seated", _("%(name)s is already enrolled in %(cohort)s.") % words
        elif post.cadre_id not in cadres:
            words |= {"cadre": post.cadre.name, "for": course.cadre.name}
            found[pk] = "other_cadre", _("%(name)s is in the CSE cadre %(cadre)s; %(course)s is for %(for)s.") % words
        elif pk in lacking:
            found[pk] = "prerequisite", _("%(name)s: %(why)s") % {"name": post.officer, "why": lacking[pk]}
        elif (cohort.pk, pk) in clashing:
            found[pk] = "clash", clash_sentence(post.officer, clashing[cohort.pk, pk])
    return found


def clash_sentence(officer, clash):
    code, first, last, campus, at = clash
    return _("%(name)s already has a seat in %(cohort)s, %(campus)s, %(dates)s: both meet on %(at)s.") % {
        "name": officer,
        "cohort": code,
        "campus": campus,
        "dates": span(first, last),
        "at": moment(at),
    }


TO_APPROVE = [State.NOMINATED, State.WAITLISTED, State.OFFERED]


def to_approve(scope):
    """Nominations that the scope may decide: those that hold a seat, and those that wait for one or are offered one."""
    wanted = Enrolment.objects.filter(
        organisation__in=access.approving_ids(scope), state__in=TO_APPROVE, approved_by=None, cohort__state__in=Cohort.LIVE
    )
    if scope.user is None:
        return wanted.none()
    return wanted.exclude(enrolled_by=scope.user).exclude(officer__user=scope.user)


def _settled(enrolments, now):
    """The enrolments (ids or rows) under lock, in settled cohorts: ({cohort id: cohort}, [enrolments])."""
    ids = [getattr(e, "pk", e) for e in enrolments]
    touched = Cohort.objects.filter(enrolments__in=ids).distinct()
    cohorts = {c.pk: c for c in waiting.settled(list(touched), now)}
    rows = Enrolment.objects.filter(pk__in=ids).select_related("officer__user", "organisation").order_by("pk")
    rows = list(rows.select_for_update(of=("self",)))
    for e in rows:
        e.cohort = cohorts[e.cohort_id]
    return cohorts, rows


def _may_decide(actor, rows, decided):
    """Those of the rows that the actor may approve or turn down now; why not goes into `decided`."""
    able = []
    for e in rows:
        if not policies.may_approve(actor, e):
            sentence = _("%(name)s: nominations are approved by an authorised officer of the MDA, never by who nominated.")
        elif e.approved_by_id or e.state not in TO_APPROVE or e.cohort.state not in Cohort.LIVE:
            sentence = _("%(name)s: the nomination no longer waits for approval.")
        else:
            able.append(e)
            continue
        decided.refused.append((e, sentence % {"name": e.officer}))
    if not able:
        said = [sentence for _e, sentence in decided.refused[:SHOWN]] or [_("Choose at least one nomination.")]
        forbidden = rows and not any(policies.may_approve(actor, e) for e in rows)
        raise Refused(" ".join(said), code="not_allowed" if forbidden else "nothing_to_decide")
    return able


@seating.act_on_seats
def approve(actor, *, enrolments, note="", now=None):
    """Approves nominations (ids or rows): the officers get joining instructions, who waits keeps waiting, approved. Decided."""
    now, decided = now or clock.now(), Decided()
    _cohorts, rows = _settled(enrolments, now)
    able = _may_decide(actor, rows, decided)
    entries = []
    for e in able:
        was = e.state
        if was == State.NOMINATED:  # who has accepted an offer has answered already
            e.state = State.CONFIRMED if e.answered_at else State.APPROVED
        e.approved_by, e.approved_at, e.approve_by = actor.user, now, None
        entries.append(trail.entry(actor, "approved", e, {"state": (was, e.state)}, note))
    Enrolment.objects.bulk_update(able, ["state", "approved_by", "approved_at", "approve_by"], batch_size=1000)
    trail.record_many(entries)
    outbox.queue_many(seat_notices.tell("joining", [e for e in able if e.state in Enrolment.SEATED]))
    decided.done = able
    return decided


@seating.act_on_seats
def turn_down(actor, *, enrolments, reason, now=None):
    """Nominations (ids or rows) that are not approved give back seat or place in the queue; who nominated is told why. Decided."""
    now, decided = now or clock.now(), Decided()
    cohorts, rows = _settled(enrolments, now)
    able = _may_decide(actor, rows, decided)
    told = [e for e in able if e.state != State.NOMINATED]  # they knew that they wait, or were offered a seat
    waiting.end(actor, able, State.WITHDRAWN, now, "turned down", reason)
    key = f"turned-down:{{cohort}}:{{user}}:{now:%Y%m%d%H%M%S}"
    outbox.queue_many(
        [*seat_notices.tell_nominators("turned-down", able, key, reason), *seat_notices.tell("withdrawn", told, reason=reason)]
    )
    for c in cohorts.values():
        waiting.fill(c, now)
    decided.done = able
    return decided
