"""The second person's part: drafts are moderated or sent back, and what is moderated is released to the learners."""

from collections import defaultdict

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import completion, policies
from training.models import AssessmentComponent, AssessmentResult, Cohort

from .assessment import components, name_of
from .locks import locked
from .reaching import notice_to
from .results import check_component, differs, key, score_of, seats, supersede

State = AssessmentResult.State
ALL = object()


def drafts_of(cohort, component):
    """Drafts that wait for a second person."""
    found = AssessmentResult.objects.filter(
        enrolment__cohort=cohort, component=component, state=State.DRAFT, superseded_at=None, sent_back=""
    )
    return found.select_related("enrolment__officer", "enrolment__cohort", "recorded_by")


@transaction.atomic
def moderate(actor, *, cohort, component=None, looked_at=ALL, scores=None, points=None, note=""):
    """Moderates the drafts of one part that others recorded. `looked_at`: enrolment ids of the sample, or ALL; `scores` and
    `points`: what the moderator changes, with a note. Returns (moderated, changed)."""
    cohort = _theirs(actor, cohort)
    check_component(cohort.course_version, component)
    others = {r.enrolment_id: r for r in drafts_of(cohort, component).exclude(recorded_by=actor.user)}
    if not others:
        raise Refused(
            _("Nothing of %(part)s waits for a second person: whoever recorded a result does not moderate it.")
            % {"part": name_of(component)},
            code="own_work" if drafts_of(cohort, component).exists() else "nothing",
        )
    looked_at = set(others) if looked_at is ALL else set(looked_at) & set(others)
    if not looked_at:
        raise Refused(_("Tick the results you looked at."), code="sample")
    points = points or {}
    given = (scores or {}) | {pk: score_of(component, got) for pk, got in points.items()}
    if any(not 0 <= score <= 100 for score in given.values()):
        raise Refused(_("A score is between 0 and 100."), code="score")
    changed = {pk: s for pk, s in given.items() if pk in others and differs(others[pk], s, points.get(pk))}
    note = note.strip()
    if changed and not note:
        sentence = _("Say why you change a result.")
        raise Refused.of("note", sentence, "note")
    at = clock.now()
    AssessmentResult.objects.filter(pk__in=[r.pk for pk, r in others.items() if pk not in changed]).update(
        state=State.MODERATED, moderated_by=actor.user, moderated_at=at
    )
    supersede([others[pk] for pk in changed], at)
    AssessmentResult.objects.bulk_create(
        AssessmentResult(
            enrolment_id=pk,
            component=component,
            score=score,
            points=[float(p) for p in points.get(pk, [])],
            state=State.MODERATED,
            reason=note[:200],
            recorded_by=others[pk].recorded_by,
            recorded_at=others[pk].recorded_at,
            moderated_by=actor.user,
            moderated_at=at,
        )
        for pk, score in changed.items()
    )
    said = {"results": len(others), "looked at": len(looked_at | set(changed)), "changed": len(changed)}
    trail.record(actor, "moderated", cohort, {name_of(component): (None, ", ".join(f"{k} {v}" for k, v in said.items()))}, note)
    trail.record_many(
        [
            trail.entry(actor, "changed in moderation", others[pk].enrolment, {key(component): (others[pk].score, s)}, note)
            for pk, s in changed.items()
        ]
    )
    return len(others), len(changed)


@transaction.atomic
def send_back(actor, *, cohort, component=None, note):
    """Gives the drafts of one part back to whoever recorded them, who is told why. Returns how many."""
    cohort = _theirs(actor, cohort)
    check_component(cohort.course_version, component)
    note = note.strip()
    if not note:
        sentence = _("Say what is to be done again.")
        raise Refused.of("note", sentence, "note")
    others = list(drafts_of(cohort, component).exclude(recorded_by=actor.user))
    if not others:
        raise Refused(_("Nothing of %(part)s waits for a second person.") % {"part": name_of(component)}, code="nothing")
    AssessmentResult.objects.filter(pk__in=[r.pk for r in others]).update(sent_back=note[:300])
    entry = trail.record(actor, "sent results back", cohort, {name_of(component): (None, len(others))}, note)
    notices = []
    for person in {r.recorded_by for r in others if r.recorded_by}:
        with translation.override(person.language):
            words = {"cohort": cohort.code, "part": name_of(component), "note": note, "who": actor.actor_label}
            subject = _("Results sent back: %(part)s of %(cohort)s") % words
            body = _("%(who)s sent the results of %(part)s back.\n\n%(note)s") % words
            body += f"\n\n{settings.SITE_URL}{cohort.get_absolute_url()}results/"
        sent = f"sent-back:{entry.pk}:{person.pk}"
        notices.append(
            outbox.notice(key=sent, to=person.email, subject=subject, body=body, language=person.language, about=cohort)
        )
    outbox.queue_many(notices)
    return len(others)


@transaction.atomic
def release(actor, *, cohort, parts=ALL):
    """Makes moderated results visible to the learners and lets them count; each learner is told once. Returns how many."""
    cohort = _theirs(actor, cohort)
    known = components(cohort.course_version) or [None]
    wanted = [c for c in known if parts is ALL or c in parts]
    making = AssessmentResult.objects.in_the_making().filter(enrolment__cohort=cohort, enrolment__in=list(seats(cohort)))
    making = [r for r in making.select_related("component") if r.component in wanted]
    ready = [r for r in making if r.state == State.MODERATED]
    if parts is not ALL or not ready:
        if drafts := [r for r in making if r.state == State.DRAFT]:
            sentence = ngettext(
                "%(n)s result has not been checked by a second person.",
                "%(n)s results have not been checked by a second person.",
                len(drafts),
            )
            raise Refused(sentence % {"n": len(drafts)}, code="not_moderated")
    else:  # every part that is wholly checked
        unchecked = {r.component_id for r in making if r.state == State.DRAFT}
        if not (whole := [r for r in ready if r.component_id not in unchecked]):
            raise Refused(_("Every part still has results that no second person has checked."), code="not_moderated")
        ready = whole
    if not ready:
        return 0
    at = clock.now()
    before = AssessmentResult.objects.standing().filter(enrolment__in=[r.enrolment_id for r in ready])
    before = {(r.enrolment_id, r.component_id): r for r in before}
    replaced = {r.pk: before[r.enrolment_id, r.component_id] for r in ready if (r.enrolment_id, r.component_id) in before}
    supersede(list(replaced.values()), at)
    AssessmentResult.objects.filter(pk__in=[r.pk for r in ready]).update(state=State.RELEASED, released_at=at)
    seated = seats(cohort)
    trail.record_many(
        [
            trail.entry(
                actor,
                "released result",
                seated[r.enrolment_id],
                {key(r.component): (replaced[r.pk].score if r.pk in replaced else None, r.score)},
                r.reason,
            )
            for r in ready
        ]
    )
    tell(cohort, ready, replaced)
    return len(ready)


def _theirs(actor, cohort):
    sentence = _("Results are moderated and released by a trainer of this cohort or a coordinator.")
    return locked(actor, cohort, policies.may_moderate, sentence)


def tell(cohort, released, replaced):
    """Queues each learner's released results; `replaced`: {pk of the new row: the row it takes the place of}."""
    by_learner = defaultdict(list)
    for row in released:
        by_learner[row.enrolment_id].append(row)
    notices = []
    for seat in cohort.enrolments.filter(pk__in=by_learner).select_related("officer__user", "cohort"):
        language = seat.officer.user.language if seat.officer.user else "en"
        rows = sorted(by_learner[seat.pk], key=lambda r: r.component.number if r.component else 0)
        with translation.override(language):
            words = {"name": seat.officer, "course": cohort.course_version.course.title, "site": settings.SITE_URL}
            lines = []
            for r in rows:
                line = f"{name_of(r.component)}: {completion.plain(r.score)}"
                if r.pk in replaced:
                    line += " (" + _("before: %(score)s. %(reason)s") % {"score": completion.plain(replaced[r.pk].score), "reason": r.reason} + ")"  # fmt: skip
                lines.append(line)
            subject = _("Your results: %(course)s") % words
            body = _("%(name)s,\n\nyour results of %(course)s are released.") % words
            body += "\n\n" + "\n".join(lines)
            body += "\n\n" + _("What counts and why, and how to appeal: %(site)s/my/training/") % words
        notices += notice_to(seat.officer, f"released:result-{max(r.pk for r in rows)}", subject, body, seat, language)
    outbox.queue_many(notices)


# What waits.


def waiting(scope):
    """[{cohort, component, name, drafts, mine, theirs, back, moderated}] of cohorts in the scope's hands with results in
    the making, the longest waiting first. `theirs`: drafts that this person may moderate."""
    cohorts = Cohort.objects.filter(state__in=Cohort.LIVE)
    if scope.role == "trainer":
        cohorts = cohorts.filter(trainers__user=scope.user)
    mine = Q(recorded_by=scope.user)
    draft = Q(state=State.DRAFT, sent_back="")
    rows = AssessmentResult.objects.in_the_making().filter(enrolment__cohort__in=cohorts)
    rows = (
        rows.values("enrolment__cohort", "component")
        .annotate(
            drafts=Count("pk", filter=draft),
            mine=Count("pk", filter=draft & mine),
            back=Count("pk", filter=Q(state=State.DRAFT) & ~Q(sent_back="")),
            moderated=Count("pk", filter=Q(state=State.MODERATED)),
            since=F("enrolment__cohort__ends_on"),
        )
        .order_by("since", "enrolment__cohort", "component__number")
    )
    rows = list(rows)
    cohorts = Cohort.objects.select_related("course_version__course", "campus").in_bulk([r["enrolment__cohort"] for r in rows])
    parts = AssessmentComponent.objects.in_bulk([r["component"] for r in rows if r["component"]])
    for row in rows:
        row["cohort"], row["component"] = cohorts[row["enrolment__cohort"]], parts.get(row["component"])
        row["name"], row["theirs"] = name_of(row["component"]), row["drafts"] - row["mine"]
        row["number"] = row["component"].number if row["component"] else 0
    return rows
