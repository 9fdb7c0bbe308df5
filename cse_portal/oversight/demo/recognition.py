"""Waivers everywhere and in every state at the demonstration's MDA, training elsewhere, and a change of the rules that is being tried."""

import datetime as dt
import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.backends.postgresql.psycopg_any import DateRange

from cse_portal.lib import clock
from training.models import Completion, Course, CourseVersion, PriorTraining, RequirementChange, RequirementChangeLine, Waiver

from .bulk import copy, days
from .cast import LIVESTOCK

REASONS = ["Drought response in Garissa", "Seconded to the census until it closes", "Long illness", "Election duty"]
PROVIDERS = [
    ("Kenya Institute of Management", "Customer care for public servants"),
    ("Utumishi Academy", "Frontline service, 40 hours"),
]
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 298]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
    b"4 0 obj<</Length 73>>stream\nBT /F 14 Tf 40 200 Td (Certificate of attendance: an invented example) Tj ET\nendstream endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
W, P = Waiver.State, PriorTraining.State
# state, first day and last day as days from the day it is told on
WAIVERS = [(W.REQUESTED, 3, 90), (W.REQUESTED, 0, 45), (W.REQUESTED, 10, 120), (W.REFUSED, 0, 200), (W.APPROVED, -120, -20)]
WAIVERS += [(W.APPROVED, -40, 60)] * 4
SHARE = 0.01  # of the officers of other MDAs
PRIOR = [P.CLAIMED, P.CLAIMED, P.CLAIMED, P.VERIFIED, P.VERIFIED, P.REFUSED]


def make(world):
    rng, home = world.chance("recognition"), world.organisations.get(LIVESTOCK)
    staff = [p for p in world.people if p.left is None and p.organisation == home and p is not world.learner]
    if home is None or len(staff) < len(WAIVERS) + len(PRIOR):
        return
    rng.shuffle(staff)
    hr, authorised = world.users["hr@demo.example"], world.users["authorised@demo.example"]
    Waiver.objects.bulk_create(
        _waiver(world, rng, person, home, *row, hr, authorised) for person, row in zip(staff, WAIVERS, strict=False)
    )
    _elsewhere(world, world.chance("waivers elsewhere"), home)
    _prior(world, rng, staff[len(WAIVERS) :], hr)
    _rules(world, rng)


def _elsewhere(world, rng, home):
    """Of one officer in a hundred, a waiver that was approved: in force, or over."""
    admin = world.users["admin@demo.example"]
    fields = [
        "officer_id",
        "organisation_id",
        "reason",
        "during",
        "state",
        "requested_at",
        "decided_by_id",
        "decided_at",
        "decision_reason",
    ]

    def rows():
        for person in world.people:
            if person.left is not None or person.organisation == home or rng.random() >= SHARE:
                continue
            first = world.day(rng.randint(10, 300))
            last = first + dt.timedelta(days=rng.randint(30, 360))
            asked, decided = world.at(first - dt.timedelta(days=9), 10), world.at(first - dt.timedelta(days=4), 15)
            yield (
                person.id,
                person.organisation.pk,
                rng.choice(REASONS),
                days(first, last),
                W.APPROVED.value,
                asked,
                admin.pk,
                decided,
                "",
            )

    copy(Waiver, fields, rows())


def _waiver(world, rng, person, home, state, first, last, hr, authorised):
    asked = world.day(max(5, 7 - first))
    decided = state != W.REQUESTED
    return Waiver(
        officer_id=person.id,
        organisation=home,
        reason=rng.choice(REASONS),
        during=DateRange(world.on + dt.timedelta(days=first), world.on + dt.timedelta(days=last + 1)),
        state=state,
        requested_by=hr,
        requested_at=world.at(asked, 10),
        decided_by=authorised if decided else None,
        decided_at=world.at(asked + dt.timedelta(days=2), 15) if decided else None,
        decision_reason="The course is held at the duty station" if state == W.REFUSED else "",
    )


def _prior(world, rng, staff, hr):
    version = CourseVersion.objects.filter(course__code="CSE-FRT-01").order_by("-number").first()
    if version is None:
        return
    name, coordinator = (
        default_storage.save("prior-training/example.pdf", ContentFile(PAPER)),
        world.users["coordinator@demo.example"],
    )
    for person, state in zip(staff, PRIOR, strict=False):
        (provider, title), on, asked = rng.choice(PROVIDERS), world.day(rng.randint(60, 400)), world.day(rng.randint(2, 9))
        verified, decided = state == P.VERIFIED, state != P.CLAIMED
        made = PriorTraining.objects.create(
            officer_id=person.id, course_version=version, provider=provider, title=title, on=on, until=on + world.years(2), evidence=name,
            evidence_sha256=hashlib.sha256(PAPER).hexdigest(), state=state, claimed_by=hr, claimed_at=world.at(asked, 11),
            decided_by=coordinator if decided else None, decided_at=world.at(asked + dt.timedelta(days=1), 9) if decided else None,
            decision_reason="Half a day only" if state == P.REFUSED else "",
        )  # fmt: skip
        if verified:
            Completion.objects.create(officer_id=person.id, course_version=version, prior=made, on=on, until=made.until)


def _rules(world, rng):
    """A draft: technical officers are to hold the frontline course too, from the first day of next month."""
    cadre, course = world.cadres.get("TEC"), Course.objects.filter(code="CSE-FRT-01").first()
    if cadre is None or course is None:
        return
    change = RequirementChange.objects.create(
        ref=world.ref(rng, "RC"), title="Technical officers meet the public too", drafted_by=world.users["coordinator@demo.example"],
        drafted_at=world.at(world.day(3), 14),
    )  # fmt: skip
    first = clock.add_months(world.on.replace(day=1), 1)
    act = RequirementChangeLine.Act.ADD
    change.lines.create(act=act, cadre=cadre, course=course, in_force=DateRange(first, None), due_within_days=90)
