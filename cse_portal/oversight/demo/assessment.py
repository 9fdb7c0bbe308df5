"""Invented results by part, one cohort that waits for a second person, an appeal, and evaluations of the last months."""

import datetime as dt
import json
import uuid
from decimal import Decimal

from centres.services import working_days
from cse_portal.lib import clock
from training import assessment, evaluation
from training.models import (
    Appeal,
    AssessmentComponent,
    AssessmentResult,
    Attendance,
    Cohort,
    Enrolment,
    Evaluation,
    EvaluationInvitation,
)

from .bulk import copy

RESULT = [
    "enrolment_id",
    "component_id",
    "score",
    "points",
    "state",
    "recorded_by_id",
    "recorded_at",
    "moderated_by_id",
    "moderated_at",
    "released_at",
]
FINAL = [assessment.Part(None, "", 100)]
RECENT = 120  # days in which cohorts were evaluated
LIKED = [
    "Role plays with real cases from our counters.",
    "The trainer answered every question.",
    "Learning how other MDAs handle complaints.",
    "The checklist for an angry customer.",
    "Working in small groups.",
]
IMPROVE = [
    "More time for practice.",
    "Send the reading a week before.",
    "The room was hot in the afternoon.",
    "Start on time after lunch.",
    "Give us the slides.",
]


class Papers:
    """Writes what learners scored; knows the parts of each version."""

    def __init__(self, world):
        self.world, self.rng, self.rows = world, world.chance("assessment"), []
        self.of = {}
        for component in AssessmentComponent.objects.order_by("number"):
            self.of.setdefault(component.course_version_id, []).append(component)

    def sit(self, enrolment, version, middle, trainer, at, *, state="released", only=None):
        """Results of one learner around `middle`, checked by another trainer: assessment.Standing."""
        components = [c for c in self.of.get(version.pk, []) if only is None or c.kind in only]
        scores = {}
        for c in components or [None]:
            before = c is not None and c.kind == AssessmentComponent.Kind.PRE_TEST
            score, points = self.score(c, middle - self.rng.gauss(18, 6) if before else middle)
            scores[c.pk if c else None] = score
            own = "released" if before else state
            self.write(enrolment, c, score, points, own, trainer, at)
        parts = [assessment.Part(c.pk, c.name, c.weight, c.pass_mark) for c in components] or FINAL
        return assessment.overall(parts, scores)

    def score(self, component, middle):
        rng = self.rng
        if component is None or not component.rubric:
            return Decimal(round(min(max(rng.gauss(middle, 8), 5), 99) * 2)) / 2, []
        points = [round(min(max(rng.gauss(middle / 100, 0.1), 0), 1) * c["most"]) for c in component.rubric]
        return assessment.points_to_score(points, component.rubric), points

    def write(self, enrolment, component, score, points, state, trainer, at):
        checked = state != "draft"
        other = next(t for t in self.world.trainers if t.pk != trainer.pk) if checked else None
        later = at + dt.timedelta(hours=1) if checked else None
        released = later if state == "released" else None
        key = component.pk if component else None
        self.rows.append(
            (enrolment, key, score, json.dumps(points), state, trainer.pk, at, other.pk if other else None, later, released)
        )

    def store(self):
        copy(AssessmentResult, RESULT, self.rows)


def make(world):
    """After the cohorts: evaluations, and an appeal in the cohort closed last."""
    _evaluations(world)
    _appeal(world)


def _evaluations(world):
    rng = world.chance("evaluations")
    recent = Cohort.objects.filter(ends_on__lte=world.on, ends_on__gt=world.day(RECENT), state__in=["closed", "running"])
    cohorts = {c.pk: c for c in recent.select_related("course_version")}
    came = Attendance.objects.filter(enrolment__cohort__in=cohorts, mark__in=["present", "late"])
    seats = Enrolment.objects.filter(pk__in=came.values("enrolment"), state__in=[*Enrolment.SEATED, "completed", "not_completed"])
    invited, answers = [], []
    for pk, cohort in seats.order_by("cohort", "pk").values_list("pk", "cohort"):
        until = cohorts[cohort].ends_on + dt.timedelta(days=evaluation.OPEN_DAYS)
        answered = rng.random() < (0.78 if until < world.on else 0.45)
        invited.append((pk, answered, until))
        if answered:
            asked = evaluation.asked(cohorts[cohort].course_version.mode)
            ratings = {code: rng.choices([1, 2, 3, 4, 5], [1, 3, 10, 46, 40])[0] for code, _words in asked}
            texts = [rng.choice(said) if rng.random() < 0.3 else "" for said in (LIKED, IMPROVE)]
            key = uuid.UUID(int=rng.getrandbits(128), version=4)
            answers.append(Evaluation(id=key, cohort_id=cohort, ratings=ratings, liked=texts[0], improve=texts[1]))
    copy(EvaluationInvitation, ["enrolment_id", "answered", "until"], invited)
    Evaluation.objects.bulk_create(sorted(answers, key=lambda e: e.id), batch_size=2000)


def _appeal(world):
    closed = Enrolment.objects.filter(
        state__in=["completed", "not_completed"], cohort__closed_on__isnull=False, results__component__weight__gt=0
    )
    seat = (
        closed.select_related("cohort").order_by("-cohort__closed_on", "-state", "pk").first()
    )  # not completed before completed
    if seat is None:
        return
    made = world.at(min(seat.cohort.closed_on + dt.timedelta(days=2), world.day(1)), 9)
    Appeal.objects.create(
        enrolment=seat,
        about=Appeal.About.RESULT,
        component=seat.results.filter(component__weight__gt=0).order_by("component__number").first().component,
        grounds="Question 4 of my paper was not marked: page 3 was overlooked. I ask that it be read again.",
        made_at=made,
        due_on=working_days.later(clock.civil(made), 10),
    )
