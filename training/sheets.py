"""Sign-in sheets as a PDF: one session or all, officers in the order of the screen, with a code per row that ties paper to screen."""

import json
from functools import cache
from pathlib import Path

import typst
from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cse_portal.lib.templatetags.cse import clock

HERE = Path(__file__).resolve().parent / "document"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another


@cache
def compiler():
    """Typst with our fonts only."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "sheet.typ"), root=str(HERE), font_paths=fonts)


def row_code(session, seat):
    """Three characters that the sheet and the screen show for one officer in one session."""
    n = int.from_bytes(salted_hmac("training.sheet", f"{session.uid}:{seat.pk}").digest()[:4])
    return "".join(LETTERS[(n >> 5 * i) % 32] for i in range(3))


def draw(cohort, sessions, seats):
    """The PDF, in the language that is active; `seats` with officer and organisation, in order."""
    local = timezone.localtime
    sheets = [
        {
            "session": _("Session %(n)s") % {"n": s.number} + (f": {s.title}" if s.title else ""),
            "day": formats.date_format(local(s.starts_at), "l, j F Y"),
            "time": f"{clock(s.starts_at)}–{clock(s.ends_at)}",
            "place": ", ".join(filter(None, [s.room.name if s.room else "", cohort.campus.name])),
            "codes": [row_code(s, seat) for seat in seats],
        }
        for s in sessions
    ]
    data = {
        "language": translation.get_language() or "en",
        "cohort": cohort.code,
        "course": cohort.course_version.course.title,
        "trainers": ", ".join(str(t.user) for t in cohort.trainers.all()),
        "rows": [{"name": str(seat.officer), "mda": seat.organisation.name} for seat in seats],
        "sheets": sheets,
        "warning": _("Demonstration: invented names") if settings.DEMO else "",
        "words": {
            "issuer": _("Kenya School of Government"),
            "title": _("Sign-in sheet"),
            "page": _("Page"),
            "columns": ["", _("Code"), _("Officer"), _("MDA"), _("Signature")],
            "below": [_("In the hall, counted"), _("Trainer"), _("Date and signature")],
        },
    }
    return compiler().compile(format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
