"""Joining instructions as a PDF, in the officer's language: what, when, in which room or by which link, what to bring, whom to ask."""

import json
from functools import cache
from pathlib import Path

import typst
from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from cse_portal.lib.templatetags.cse import clock, long_day, span

from . import seat_links
from .models import Enrolment

HERE = Path(__file__).resolve().parent / "document"


@cache
def compiler():
    """Typst with our fonts only."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "joining.typ"), root=str(HERE), font_paths=fonts)


def language_of(officer):
    return officer.user.language if officer.user else "en"


def sessions_of(cohort):
    return list(cohort.sessions.filter(cancelled_at=None).select_related("room").order_by("starts_at"))


def facts(enrolment):
    """What the sheet says, in the language that is active: a dict for joining.typ."""
    cohort, officer = enrolment.cohort, enrolment.officer
    campus, version = cohort.campus, cohort.course_version
    where = ", ".join(dict.fromkeys(filter(None, [campus.name, campus.address or campus.town, str(campus.county)])))
    sessions = sessions_of(cohort)
    local = timezone.localtime
    rows = [
        {
            "day": formats.date_format(local(s.starts_at), "D j M Y"),
            "time": f"{clock(s.starts_at)}–{clock(s.ends_at)}",
            "title": s.title or _("Session %(n)s") % {"n": s.number},
            "room": s.room.name if s.room else campus.name,
            "link": s.link,
        }
        for s in sessions
    ]
    says = [
        (_("For"), f"{officer} ({officer.personal_no})"),
        (_("MDA"), str(enrolment.organisation)),
        (_("When"), span(cohort.starts_on, cohort.ends_on)),
        (_("Where"), where),
        (_("How"), str(version.get_mode_display())),
    ]
    if sessions:
        first = sessions[0].starts_at
        words = {"day": long_day(local(first).date()), "time": clock(first)}
        says.insert(3, (_("Report"), _("%(day)s at %(time)s") % words))
    return {
        "language": translation.get_language() or "en",
        "title": _("Joining instructions"),
        "course": version.course.title,
        "cohort": cohort.code,
        "facts": says,
        "sessions": rows,
        "notes": [line for line in cohort.joining_notes.splitlines() if line.strip()],
        "contact": contact(enrolment),
        "answer": seat_links.address(enrolment)
        if enrolment.state in (Enrolment.State.APPROVED, Enrolment.State.CONFIRMED)
        else "",
        "footer": f"{version.course.title}, {cohort.code}",
        "warning": _("Demonstration: invented names, not an invitation") if settings.DEMO else "",
        "words": {
            "issuer": _("Kenya School of Government"),
            "sessions": _("Sessions"),
            "columns": [_("Day"), _("Time"), _("Session"), _("Room or link")],
            "notes": _("Before you come and what to bring"),
            "contact": _("Questions"),
            "answer": _("Confirm or decline"),
            "answer_text": _("Please say whether you will come. If you decline, your seat goes to the next officer."),
            "page": _("Page"),
        },
    }


def contact(enrolment):
    """Whom to ask, as a sentence: the coordinator who opened the cohort, and the MDA."""
    words = {"campus": enrolment.cohort.campus.name, "mda": enrolment.organisation}
    if who := enrolment.cohort.opened_by:
        words |= {"name": who, "email": who.email}
        return _("%(name)s at %(campus)s, %(email)s, or the HR officer of %(mda)s, who nominated you.") % words
    return _("%(campus)s, or the HR officer of %(mda)s, who nominated you.") % words


def draw(enrolment):
    """The PDF."""
    with translation.override(language_of(enrolment.officer)):
        return compiler().compile(format="pdf", sys_inputs={"data": json.dumps(facts(enrolment), ensure_ascii=False)})
