"""Two years of invented cohorts: closed with attendance, results, completions and certificates; running; open; planned."""

import datetime as dt
from collections import defaultdict
from itertools import groupby

from cse_portal.lib.clock import add_months
from training import completion
from training.assessment import Standing
from training.models import (
    Attendance,
    Cohort,
    CohortSession,
    CohortTrainer,
    Completion,
    CourseVersion,
    Enrolment,
)

from .assessment import Papers
from .bulk import copy, ids
from .calendar import LINK, Halls, accredit, plan
from .cast import LIVESTOCK
from .world import monday

CAMPUSES = {"KSG-LK": 6, "KSG-MSA": 3, "KSG-EMB": 3, "KSG-MTG": 2, "KSG-BAR": 2}
ONLINE = "KSG-ELDI"
TWINS = {"CSE-FRT-01": "CSE-FRT-02", "CSE-TEC-01": "CSE-TEC-02"}
CORE = {"EXE": "CSE-EXE-01", "SNR": "CSE-SNR-01", "TEC": "CSE-TEC-01", "FRT": "CSE-FRT-01", "SQA": "CSE-SQA-01"}
BACK = 1095  # days of history
NOTES = "Bring your letter of nomination and your national identity card. Lodging opens on Sunday at 14:00."
COHORT = [
    "id",
    "code",
    "course_version_id",
    "campus_id",
    "starts_on",
    "ends_on",
    "capacity",
    "state",
    "closed_on",
    "joining_notes",
    "opened_by_id",
    "minimum",
    "decide_by",
    "nominations_close_on",
]
SESSION = ["id", "cohort_id", "number", "starts_at", "ends_at", "title", "cancelled_at", "room_id", "link"]
ENROLMENT = [
    "id",
    "cohort_id",
    "officer_id",
    "organisation_id",
    "state",
    "enrolled_by_id",
    "enrolled_at",
    "withdrawn_reason",
    "outcome_reason",
]


class Diary:
    """Collects the rows of all cohorts, then writes them table by table."""

    def __init__(self, world):
        self.world, self.rng = world, world.chance("delivery")
        self.versions = {v.course.code: v for v in CourseVersion.objects.select_related("course").order_by("number")}
        self.cohorts, self.sessions, self.teaching, self.enrolments, self.marks = [], [], [], [], []
        self.papers, self.halls = Papers(world), Halls(world)
        self.completed = []  # (enrolment id, person, version, day)
        self.numbers = defaultdict(int)
        self.taught = set()  # (trainer id, day)
        self.coordinator = world.users["coordinator@demo.example"].pk
        self.hr = world.users["hr@demo.example"].pk

    def cohort(self, course, campus, starts, state, trainer, *, capacity=None, days_on=None):
        """Adds a cohort with a session a day: (id, version, [(session id, day)], [present days])."""
        version, place = self.versions[course], self.world.centres[campus]
        days_on = days_on or [starts + dt.timedelta(days=d) for d in range(max(1, int(version.days)))]
        stem = f"{campus.removeprefix('KSG-')}-{starts:%y}"
        self.numbers[stem] += 1
        pk = ids(Cohort, 1)[0]
        closed = days_on[-1] + dt.timedelta(days=self.rng.randint(0, 4)) if state == "closed" else None
        closed = min(closed, self.world.on) if closed else None
        code = f"{stem}-{self.numbers[stem]:03d}"
        self.cohorts.append(
            (
                pk,
                code,
                version.pk,
                place.pk,
                days_on[0],
                days_on[-1],
                capacity or version.capacity,
                state,
                closed,
                NOTES,
                self.coordinator,
                *plan(state, days_on[0], capacity or version.capacity, self.world.on),
            )
        )
        if free := [t for t in (trainer, *self.world.trainers) if not any((t.pk, day) in self.taught for day in days_on)]:
            trainer = free[0]
            self.taught.update((trainer.pk, day) for day in days_on)
        self.teaching.append((pk, trainer.pk, "" if free else "Taught by turns with the next hall"))
        sessions = list(zip(ids(CohortSession, len(days_on)), days_on, strict=True))
        online = version.mode == CourseVersion.Mode.VIRTUAL
        room = None if online or state == "cancelled" else self.halls.book(campus, days_on, capacity or version.capacity)
        link = f"{LINK}{code.lower()}" if online else ""
        for number, (key, day) in enumerate(sessions, 1):
            cancelled = self.world.at(self.world.on, 8) if state == "cancelled" else None
            times = self.world.at(day, 8, 30), self.world.at(day, 16, 30)
            self.sessions.append((key, pk, number, *times, f"Day {number}", cancelled, room, link))
        return pk, version, sessions, closed

    def enrol(self, key, cohort, person, state, on, *, reason="", why=""):
        by = self.hr if person.organisation.code == LIVESTOCK else None
        self.enrolments.append((key, cohort, person.id, person.organisation.pk, state, by, self.world.at(on, 10), reason, why))

    def mark(self, key, sessions, trainer, chances):
        """Marks of one enrolment: [mark]; `chances`: (present, late, absent, excused)."""
        marks = self.rng.choices(["present", "late", "absent", "excused"], chances, k=len(sessions))
        for (session, day), mark in zip(sessions, marks, strict=True):
            self.marks.append((session, key, mark, trainer.pk, self.world.at(day, 16, 40)))
        return marks

    def write(self):
        copy(Cohort, COHORT, self.cohorts)
        copy(CohortTrainer, ["cohort_id", "user_id", "reason"], self.teaching)
        copy(CohortSession, SESSION, self.sessions)
        copy(Enrolment, ENROLMENT, self.enrolments)
        copy(Attendance, ["session_id", "enrolment_id", "mark", "marked_by_id", "marked_at"], self.marks)
        self.papers.store()
        keys = ids(Completion, len(self.completed))
        rows = []
        for key, (enrolment, person, version, day) in zip(keys, self.completed, strict=True):
            until = add_months(day, version.validity_months) if version.validity_months else None
            rows.append((key, person.id, version.pk, enrolment, day, until))
        copy(Completion, ["id", "officer_id", "course_version_id", "enrolment_id", "on", "until"], rows)
        return [
            (key, person, version, day, until)
            for (key, *_x, day, until), (_e, person, version, _d) in zip(rows, self.completed, strict=True)
        ]


def make(world):
    """Cohorts and all that belongs to them: [(completion id, person, version, day, until)], oldest first."""
    accredit(world, [*CORE.values(), *TWINS.values()])
    diary = Diary(world)
    for course, starts, people in _past(world, diary.rng):
        _close(diary, course, starts, people)
    _running(diary)
    _ahead(diary)
    done = diary.write()
    return sorted(done, key=lambda d: (d[3], d[0]))


def _past(world, rng):
    """(course, Monday, people) of every closed cohort: officers of a few MDAs at a time, more of them of late."""
    wanting = defaultdict(list)
    for person in world.people:
        if rng.random() < person.zeal:
            wanting[person.cadre].append(person)
    first, last = world.day(BACK), world.day(9)
    for cadre, people in wanting.items():
        dated = []
        for n, batch in enumerate(_batches(rng, people)):
            ready = max(first, *(p.since for p in batch))
            if (span := (last - ready).days) > 0:
                dated.append((ready + dt.timedelta(days=int(span * rng.random() ** 0.95)), n, batch))
        group, size = [], 32
        for day, _n, batch in sorted(dated, key=lambda d: d[:2]):
            group += batch
            if len(group) >= size:
                yield _course(rng, cadre), monday(day), group[:size]
                group, size = group[size:], rng.randint(24, 34)
        if len(group) > 4:
            yield _course(rng, cadre), monday(last), group


def _batches(rng, people):
    """The people in handfuls that one MDA sends together."""
    for _mda, theirs in groupby(sorted(people, key=lambda p: (p.organisation.code, p.id)), key=lambda p: p.organisation.code):
        theirs = list(theirs)
        while theirs:
            size = rng.randint(2, 9)
            yield theirs[:size]
            theirs = theirs[size:]


def _course(rng, cadre):
    course = CORE[cadre]
    return TWINS[course] if course in TWINS and rng.random() < 0.25 else course


def _campus(rng, course):
    return ONLINE if course in TWINS.values() else rng.choices(list(CAMPUSES), CAMPUSES.values())[0]


def _close(diary, course, starts, people):
    rng, world = diary.rng, diary.world
    starts = min(starts, monday(world.day(7)))
    people = [p for p in people if p.since <= starts and not (p.left and p.left < starts + dt.timedelta(days=7))]
    if not people:
        return
    if course == "CSE-FRT-01" and 330 < (world.on - starts).days < 480 and not world.learner_trained and world.learner:
        people, world.learner_trained = [*people, world.learner], True
    trainer = rng.choice(world.trainers)
    cohort, version, sessions, closed = diary.cohort(course, _campus(rng, course), starts, "closed", trainer)
    invited = starts - dt.timedelta(days=rng.randint(14, 40))
    for key, person in zip(ids(Enrolment, len(people)), people, strict=True):
        if rng.random() < 0.025 and person is not world.learner:
            diary.enrol(
                key, cohort, person, "withdrawn", invited, reason=rng.choice(["Needed at the station", "On leave", "Bereavement"])
            )
            continue
        weak = rng.random() < 0.035 and person is not world.learner
        marks = diary.mark(key, sessions, trainer, (60, 5, 30, 5) if weak else (95, 4, 1, 0))
        stands = Standing(None)
        if version.assessed:
            stands = diary.papers.sit(key, version, rng.gauss(55 if weak else 77, 7), trainer, world.at(sessions[-1][1], 17))
        passed, why = outcome(marks, stands, version)
        diary.enrol(key, cohort, person, "completed" if passed else "not_completed", invited, why=why)
        if passed:
            diary.completed.append((key, person, version, closed))


def outcome(marks, stands, version):
    """(completed, why), decided as closing a cohort decides it."""
    rule = completion.Rule(version.minimum_attendance, version.pass_mark if version.assessed else None)
    decided = completion.outcome(marks, stands.score, rule, stands.missing, stands.below)
    return decided.completed, decided.why


def _running(diary):
    """Cohorts of this week; the demonstration's trainer has one with a session today."""
    world, rng = diary.world, diary.rng
    free = _free(diary)
    for i, campus in enumerate(["KSG-EMB", "KSG-LK", "KSG-MSA"]):
        trainer = world.trainers[i % len(world.trainers)]
        starts = world.day(2) if i == 0 else monday(world.on)
        days_on = [starts + dt.timedelta(days=d) for d in range(5)]
        cohort, _version, sessions, _closed = diary.cohort(
            "CSE-FRT-01" if i != 1 else "CSE-TEC-01", campus, starts, "running", trainer, days_on=days_on
        )
        held = [s for s in sessions if s[1] < world.on]
        for key, person in _seats(free, "TEC" if i == 1 else "FRT", rng.randint(22, 30), rng):
            diary.enrol(key, cohort, person, "confirmed", world.day(rng.randint(15, 40)))
            diary.mark(key, held, trainer, (93, 4, 3, 0))
    # One has ended with every mark and result, and waits to be closed.
    starts = monday(world.on) - dt.timedelta(days=7)
    cohort, version, sessions, _closed = diary.cohort("CSE-TEC-01", "KSG-MTG", starts, "running", world.trainers[0])
    for key, person in _seats(free, "TEC", 24, rng):
        diary.enrol(key, cohort, person, "confirmed", starts - dt.timedelta(days=20))
        diary.mark(key, sessions, world.trainers[0], (95, 4, 1, 0))
        diary.papers.sit(key, version, rng.randint(60, 90), world.trainers[0], world.at(sessions[-1][1], 17))
    # One has ended with results that wait for a second person: its second trainer, or a coordinator.
    lead = world.trainers[1]
    cohort, version, sessions, _closed = diary.cohort("CSE-FRT-01", "KSG-LK", starts, "running", lead)
    diary.teaching.append((cohort, world.trainers[0].pk, "Second trainer, who moderates"))
    for key, person in _seats(free, "FRT", 18, rng):
        diary.enrol(key, cohort, person, "confirmed", starts - dt.timedelta(days=20))
        diary.mark(key, sessions, lead, (95, 4, 1, 0))
        diary.papers.sit(key, version, rng.randint(58, 88), lead, world.at(sessions[-1][1], 17), state="draft")


def _ahead(diary):
    """Cohorts to come: the trainer who signs in teaches every second week; most have free seats, a few are full."""
    world, rng = diary.world, diary.rng
    free = _free(diary)
    plan = ["FRT", "TEC", "FRT", "SNR", "TEC", "FRT", "SQA", "EXE"]
    enrolled_learner = False
    for week in range(1, 14):
        for slot in range(2):
            cadre = plan[(week * 2 + slot) % len(plan)]
            course = CORE[cadre] if slot == 0 else _course(rng, cadre)
            starts = monday(world.on) + dt.timedelta(days=7 * week)
            trainer = world.trainers[0] if slot == 0 and week % 2 else rng.choice(world.trainers[1:])
            state = "planned" if week > 10 else "cancelled" if (week, slot) == (5, 1) else "confirmed" if week <= 2 else "open"
            cohort, version, _sessions, _closed = diary.cohort(course, _campus(rng, course), starts, state, trainer)
            if state in ("planned", "cancelled"):
                continue
            full = (week, slot) in ((2, 0), (4, 1))
            taken = version.capacity if full else rng.randint(4, version.capacity - 5)
            if cadre == "TEC" and week >= 3 and not enrolled_learner and world.learner:
                diary.enrol(ids(Enrolment, 1)[0], cohort, world.learner, "confirmed", world.day(4))
                taken, enrolled_learner = max(taken - 1, 1), True
            for key, person in _seats(free, cadre, taken, rng):
                diary.enrol(key, cohort, person, "confirmed", world.day(rng.randint(1, 14)))


def _free(diary):
    """Officers without a course who could take one, by CSE cadre, Livestock first; each is used once."""
    if not hasattr(diary, "_pool"):
        busy = {row[1].id for row in diary.completed}
        pool = defaultdict(list)
        for person in diary.world.people:
            if person.id not in busy and not person.left and person is not diary.world.learner:
                pool[person.cadre].append(person)
        for people in pool.values():
            diary.rng.shuffle(people)
            people.sort(key=lambda p: p.organisation.code != LIVESTOCK or diary.rng.random() < 0.6)
            people.reverse()
        diary._pool = pool
    return diary._pool


def _seats(free, cadre, n, rng):
    """(enrolment id, person) for up to `n` seats: a handful of Livestock's and others."""
    people = []
    for _ in range(min(n, len(free[cadre]))):
        at = -1 if len(people) < 3 else rng.randrange(len(free[cadre]))
        people.append(free[cadre].pop(at))
    return zip(ids(Enrolment, len(people)), people, strict=True)
