"""The training framework of the demonstration: a version that was published lately, one that is drafted, and two handouts. Invented."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from centres.access import Scope
from centres.models import Membership, Role
from training.models import Course, CourseVersion
from training.services import framework, materials

PUBLISHED, DRAFTED, HANDED_OUT = "CSE-TEC-03", "CSE-FRT-04", "CSE-FRT-01"
PUBLISHED_AGO = 24  # days
PAPERS = [
    ("Ten steps of a counter conversation (invented)", False, ["Greet, and give your name.", "Listen to the end before you answer.", "Say what it costs and how long it takes.", "Say it again in plain words.", "Write down what you promised."]),
    ("Role play: cases and notes for trainers (invented)", True, ["Case 1: the file cannot be found.", "Case 2: the customer is deaf.", "Case 3: the fee was paid twice.", "Score each criterion at once, before the talk afterwards."]),
]  # fmt: skip


def make(world):
    who = world.users["coordinator@demo.example"]
    actor = Scope(user=who, membership=Membership.objects.get(user=who, role=Role.COORDINATOR), today=world.on)
    courses = {c.code: c for c in Course.objects.filter(code__in=[PUBLISHED, DRAFTED, HANDED_OUT])}
    if len(courses) < 3:
        return
    _published(world, actor, courses[PUBLISHED])
    draft = framework.draft_version(actor, course=courses[DRAFTED])
    framework.change_draft(
        actor, version=draft, days=Decimal(4), changes="A day more for written chat, and two scored parts (invented draft).",
        components=[
            {"kind": "test", "name": "Test", "weight": 40, "pass_mark": None, "rubric": []},
            {"kind": "practical", "name": "Scored calls", "weight": 60, "pass_mark": 60, "rubric": [{"name": "Greeting", "most": 20}, {"name": "Answer at first contact", "most": 50}, {"name": "Closing", "most": 30}]},
        ],
    )  # fmt: skip
    version = courses[HANDED_OUT].versions.get(state=CourseVersion.State.PUBLISHED)
    for title, trainers_only, lines in PAPERS:
        materials.add(
            actor,
            version=version,
            title=title,
            file=ContentFile(pdf(title, lines), name="paper.pdf"),
            trainers_only=trainers_only,
        )


def _published(world, actor, course):
    """Version 2, published some weeks before the day it is told on."""
    then = Scope(user=actor.user, membership=actor.membership, today=world.on - timedelta(days=PUBLISHED_AGO))
    draft = framework.draft_version(then, course=course)
    framework.change_draft(
        then, version=draft, days=Decimal(3), changes="A day more for decisions written in Kiswahili (invented).",
        competencies=[*draft.competencies, "decisions in Kiswahili"],
    )  # fmt: skip
    framework.publish(then, version=draft)


def pdf(title, lines):
    """One page of text, as PDF."""
    rows = [f"BT /F 16 Tf 50 780 Td ({_plain(title)}) Tj ET"]
    rows += [f"BT /F 12 Tf 50 {740 - 24 * n} Td ({_plain(line)}) Tj ET" for n, line in enumerate(lines)]
    stream = "\n".join(rows).encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def _plain(text):
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
