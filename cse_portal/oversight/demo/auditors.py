"""The demonstration's auditors: officers with certificates of the portal's own training, one of them expired, one who lately left
Livestock; whom they advised; and calibration cases closed, open and being made."""

from datetime import timedelta

from django.db.models import Exists, OuterRef

from centres.models import Officer, Posting
from cse_portal.lib.clock import add_months
from standards.models import Auditor, Calibration, CalibrationAnswer, CalibrationItem, Edition, Element, Engagement
from training.models import Completion, CourseVersion

from .bulk import days
from .cast import AUDITORS, LIVESTOCK

# Of whom nobody is audited here: those who serve there may audit everywhere else.
ELSEWHERE = ("constitutional_commission", "public_university", "ministry", "county_government", "independent_office")
MEMBER, LEAD = "CSE-SQA-01", "CSE-SQA-02"
# (course, days ago on which it was completed) by the auditor's place in AUDITORS
COMPLETED = {
    0: [(MEMBER, 1500), (LEAD, 1490), (MEMBER, 420), (LEAD, 415)],
    1: [(MEMBER, 1500), (LEAD, 1480), (MEMBER, 430), (LEAD, 425)],
    2: [(MEMBER, 1130)],
    3: [(MEMBER, 210), (LEAD, 150)],
    4: [(MEMBER, 300)],
}
LINES = [
    ("Land, health", "Kiswahili, Somali, English", 24), ("Agriculture, identity documents", "Kiswahili, Turkana, English", 24),
    ("Health", "Kiswahili, Dholuo, English", 8), ("Agriculture", "Kiswahili, Kalenjin, English", 8), ("Education", "Kiswahili, Ekegusii, English", 6),
]  # fmt: skip
CASE = {
    "1.1.1": ("M", "The charter is signed by the head of the MDA and hangs at every counter; the last review is eleven months old."),
    "1.2.1": ("P", "At four of six counters officers greeted and gave their name; at two they did not look up."),
    "2.1.1": ("M", "An exit survey of last quarter with 412 answers, its results discussed in the management minutes of May."),
    "3.1.1": ("N", "Fees are not shown anywhere, and two officers named different ones for the same service."),
    "4.1.1": ("P", "Times are promised for seven of the twelve services that the charter names."),
    "5.1.1": ("E", "The waiting area, signs and parking exceed what is asked; two other MDAs have come to see them."),
}
# Answers by the auditor's place, element by element in the order of CASE.
ANSWERS = {0: "MPMNPE", 1: "MPMNPM", 2: "MMMNNE", 3: "MPMPPE", 4: "MPPNPE"}


class Holder:
    """As the maker of certificates needs a person."""

    def __init__(self, name):
        self.full_name = name


def qualify(world):
    """Makes officers of the auditors, with their completions: [(completion id, holder, version, day, until)]."""
    free = Posting.objects.filter(organisation__kind__in=ELSEWHERE, during__endswith=None, officer__user=None, officer__transfers=None)
    another = Posting.objects.filter(officer=OuterRef("officer")).exclude(pk=OuterRef("pk"))
    officers = list(free.filter(~Exists(another)).order_by("organisation__kind", "officer_id").values_list("officer_id", flat=True)[: len(AUDITORS)])
    versions = {code: CourseVersion.objects.filter(course__code=code).select_related("course").order_by("number").first() for code in (MEMBER, LEAD)}
    done = []
    for place, ((email, name), pk) in enumerate(zip(AUDITORS, officers, strict=True)):
        first_name, _space, surname = name.partition(" ")
        Officer.objects.filter(pk=pk).update(user=world.users[email], first_name=first_name, other_names="", surname=surname, email=email)
        holder = Holder(name)
        for code, ago in COMPLETED[place]:
            on = world.day(ago)
            made = Completion.objects.create(officer_id=pk, course_version=versions[code], on=on, until=add_months(on, versions[code].validity_months))
            done.append((made.pk, holder, versions[code], on, made.until))
    _left_livestock(world, officers[3])
    _enter(world)
    return done


def _left_livestock(world, officer):
    """Served there until 23 months ago: refused for its audits, a month later accepted."""
    left = add_months(world.on, -23)
    now = Posting.objects.get(officer=officer)
    now.during = days(left)
    now.save(update_fields=["during"])
    Posting.objects.create(
        officer_id=officer, organisation=world.organisations[LIVESTOCK], cadre=now.cadre, job_group=now.job_group, county=now.county, terms=now.terms,
        designation=now.designation, during=days(left - timedelta(days=1600), left), end_reason=Posting.End.TRANSFERRED,
    )  # fmt: skip


def _enter(world):
    by = world.users["secretariat@demo.example"]
    Auditor.objects.bulk_create(
        Auditor(user=world.users[email], sectors=sectors, languages=languages, audits_a_year=most, entered_by=by, entered_on=world.day(1400))
        for (email, _name), (sectors, languages, most) in zip(AUDITORS, LINES, strict=True)
    )


def make(world):
    """Engagements and calibration, once audits and an edition are there."""
    users = [world.users[email] for email, _name in AUDITORS]
    mdas = [o for o in world.organisations.values() if o.kind == "county_government"]
    Engagement.objects.bulk_create([
        Engagement(
            user=users[0], organisation=mdas[0], kind=Engagement.Kind.ADVISED, during=days(world.day(500), world.day(320)),
            note="Advised on the service charter", recorded_by=users[0], recorded_at=world.at(world.day(310)),
        ),
        Engagement(
            user=users[1], organisation=mdas[1], kind=Engagement.Kind.TIE, during=days(world.day(900)), note="A close relative heads a department",
            recorded_by=world.users["secretariat@demo.example"], recorded_at=world.at(world.day(200)),
        ),
    ])  # fmt: skip
    edition = Edition.objects.published().order_by("-pk").first()
    elements = {e.code: e for e in Element.objects.of(edition.pk)}
    told = {code: said for code, said in CASE.items() if code in elements}
    by = world.users["secretariat@demo.example"]
    for title, state, ago, answering in (
        ("A licensing office, last year's case", Calibration.State.CLOSED, 190, range(5)),
        ("A registry in a county town", Calibration.State.OPEN, -12, (1, 3)),
        ("A call centre", Calibration.State.DRAFT, None, ()),
    ):
        case = Calibration.objects.create(title=title, edition=edition, closes_on=ago and world.day(ago), made_by=by)
        items = CalibrationItem.objects.bulk_create(
            CalibrationItem(calibration=case, element=elements[code], story=story, expected=expected)
            for code, (expected, story) in list(told.items())[: 2 if state == Calibration.State.DRAFT else None]
        )
        if state == Calibration.State.DRAFT:
            continue
        Calibration.objects.filter(pk=case.pk).update(state=Calibration.State.OPEN)
        CalibrationAnswer.objects.bulk_create(
            CalibrationAnswer(item=item, user=users[who], value=value, at=world.at(world.day((ago if ago > 0 else 3) + 2)))
            for who in answering
            for item, value in zip(items, ANSWERS[who], strict=False)
        )
        Calibration.objects.filter(pk=case.pk).update(state=state)
