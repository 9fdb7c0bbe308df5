"""The report of a cohort: sheets of attendance, results, evaluation and certificates, whose rows are those of the database."""

from django.db.models import Count
from django.utils.translation import gettext as _

from cse_portal.lib.tabular import Sheet
from cse_portal.lib.templatetags.cse import long_day
from training import completion
from training.models import AssessmentResult, Attendance, Certificate, Enrolment
from training.models.register import Mark

from . import assessment, closing, evaluation

CHUNK = 2000


def sheets(cohort, on):
    """[Sheet] for a workbook, read as they are written."""
    return [
        _summary(cohort, on),
        _participants(cohort),
        _attendance(cohort),
        _results(cohort),
        _evaluation(cohort, on),
        _certificates(cohort, on),
    ]


def _person(enrolment):
    return [enrolment.officer.full_name, enrolment.officer.personal_no, enrolment.organisation.name]


def _summary(cohort, on):
    version = cohort.course_version
    states = dict(cohort.enrolments.order_by().values_list("state").annotate(n=Count("*")))
    held = sum(states.get(s, 0) for s in assessment.HELD_TO_THE_END)
    awarded = Certificate.objects.filter(completion__enrolment__cohort=cohort, state=Certificate.State.VALID).count()
    answers = evaluation.summary(cohort, on)
    rows = [
        [_("Cohort"), cohort.code],
        [_("Course"), f"{version.course.title} ({version})"],
        [_("Campus"), cohort.campus.name],
        [_("First day"), cohort.starts_on],
        [_("Last day"), cohort.ends_on],
        [_("State"), cohort.get_state_display()],
        [_("Trainers"), ", ".join(str(t.user) for t in cohort.trainers.select_related("user"))],
        [_("Places"), cohort.capacity],
        [_("Sessions held"), cohort.sessions.filter(cancelled_at=None).count()],
        [_("Officers to the end"), held],
        *[[Enrolment.State(state).label, n] for state, n in sorted(states.items())],
        [_("Certificates valid"), awarded],
        [_("Evaluations answered"), f"{answers.answered}/{answers.invited}"],
        [_("As of"), long_day(on)],
    ]
    return Sheet(_("Summary"), [_("What"), _("Figure")], rows)


def _participants(cohort):
    """One row for each who held a seat to the end: how much was attended, the score, the outcome and why."""
    said = {}

    def rows():
        done = 0
        marks = _marks_by_seat(cohort)
        decided = closing.outcomes(cohort)
        certificates = dict(
            Certificate.objects.filter(completion__enrolment__cohort=cohort, state=Certificate.State.VALID).values_list(
                "completion__enrolment", "number"
            )
        )
        scores = assessment.standing_scores(cohort)
        for seat, outcome in decided:
            held = marks.get(seat.pk, [])
            part = completion.attendance(held)
            score = scores[seat.pk].score
            done += seat.state == Enrolment.State.COMPLETED
            yield [
                *_person(seat),
                seat.get_state_display(),
                sum(m in (completion.PRESENT, completion.LATE) for m in held),
                len(held),
                float(completion.shown(part)) if part is not None else None,
                float(score) if score is not None else None,
                seat.outcome_reason or (outcome.why if outcome else ""),
                certificates.get(seat.pk, ""),
            ]
        said["n"], said["done"], said["certificates"] = len(decided), done, len(certificates)

    header = [
        _("Officer"), _("Personal number"), _("MDA"), _("State"), _("Attended"), _("Sessions marked"), _("Attended, %"), _("Score"),
        _("Why"), _("Certificate"),
    ]  # fmt: skip

    def total():
        return [
            _("Total"),
            said["n"],
            "",
            _("%(n)s completed") % {"n": said["done"]},
            "",
            "",
            "",
            "",
            "",
            said["certificates"],
        ]

    return Sheet(_("Participants"), header, rows(), total)


def _marks_by_seat(cohort):
    found = {}
    marks = Attendance.objects.filter(session__cohort=cohort, session__cancelled_at=None)
    for enrolment, mark in marks.values_list("enrolment", "mark"):
        found.setdefault(enrolment, []).append(mark)
    return found


def _attendance(cohort):
    """One row for each mark that stands."""
    found = Attendance.objects.filter(session__cohort=cohort).select_related(
        "session", "enrolment__officer", "enrolment__organisation", "marked_by"
    )
    found = found.order_by("session__number", "enrolment__officer__surname", "enrolment__officer__first_name", "pk")
    counts = dict.fromkeys(Mark.values, 0)

    def rows():
        for m in found.iterator(chunk_size=CHUNK):
            counts[m.mark] += 1
            yield [
                *_person(m.enrolment), m.session.number, m.session.starts_at, m.get_mark_display(), m.get_source_display(),
                str(m.marked_by or ""), m.marked_at,
            ]  # fmt: skip

    header = [
        _("Officer"), _("Personal number"), _("MDA"), _("Session"), _("Begins"), _("Mark"), _("Marked by way of"), _("Marked by"),
        _("Marked"),
    ]  # fmt: skip
    said = lambda: "; ".join(f"{Mark(mark).label} {n}" for mark, n in counts.items())  # noqa: E731
    return Sheet(_("Attendance"), header, rows(), lambda: [_("Total"), sum(counts.values()), "", "", "", said()])


def _results(cohort):
    """One row for each released result that stands."""
    found = AssessmentResult.objects.filter(
        enrolment__cohort=cohort, state=AssessmentResult.State.RELEASED, superseded_at=None
    ).select_related("component", "enrolment__officer", "enrolment__organisation", "recorded_by", "moderated_by")
    found = found.order_by("component__number", "enrolment__officer__surname", "enrolment__officer__first_name", "pk")
    scores = []

    def rows():
        for r in found.iterator(chunk_size=CHUNK):
            scores.append(float(r.score))
            yield [
                *_person(r.enrolment), assessment.name_of(r.component), float(r.score), r.released_at or r.recorded_at,
                str(r.recorded_by or ""), str(r.moderated_by or ""),
            ]  # fmt: skip

    header = [
        _("Officer"), _("Personal number"), _("MDA"), _("Part of the assessment"), _("Score"), _("Released"), _("Recorded by"),
        _("Checked by"),
    ]  # fmt: skip
    mean = lambda: round(sum(scores) / len(scores), 2) if scores else None  # noqa: E731
    return Sheet(_("Results"), header, rows(), lambda: [_("Total"), len(scores), "", _("Mean"), mean()])


def _evaluation(cohort, on):
    """Sums alone, and those only once the time to answer is over and five have answered."""
    answers = evaluation.summary(cohort, on)
    header = [_("Question"), _("Answers"), _("Mean, 1 to 5"), "1", "2", "3", "4", "5"]
    rows = [[str(r.question), r.n, round(float(r.mean), 2), *r.counts] for r in answers.rated]
    if not rows:
        words = {
            "none": _("Nobody has been asked yet."),
            "open": _("Shown once the time to answer is over."),
            "too_few": _("Fewer than 5 answered: not shown, so that nobody is known by an answer."),
        }
        rows = [[words.get(answers.state, "")]]
    total = [_("Total"), answers.answered, round(float(answers.overall), 2) if answers.overall is not None else None]
    return Sheet(_("Evaluation"), header, rows, total)


def _certificates(cohort, on):
    """One row for each certificate ever issued from the cohort, with its state today."""
    found = Certificate.objects.filter(completion__enrolment__cohort=cohort).select_related("completion__enrolment__organisation")
    labels = dict(Certificate.State.choices) | {"expired": _("Expired")}
    counts = {}

    def rows():
        for c in found.order_by("number").iterator(chunk_size=CHUNK):
            state = c.state_as_of(on)
            counts[state] = counts.get(state, 0) + 1
            yield [
                c.number, c.holder, c.completion.enrolment.organisation.name, c.issued_on, c.last_day, str(labels[state]), c.state_on,
                c.state_reason,
            ]  # fmt: skip

    header = [
        _("Number"), _("Name printed"), _("MDA"), _("Issued"), _("Last day valid"), _("State"), _("Since"), _("Reason"),
    ]  # fmt: skip
    said = lambda: "; ".join(f"{labels[state]} {n}" for state, n in sorted(counts.items()))  # noqa: E731
    return Sheet(_("Certificates"), header, rows(), lambda: [_("Total"), sum(counts.values()), "", "", "", said()])
