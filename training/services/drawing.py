"""Drawing certificates: workers draw those that wait, side by side; a document is whole or not there."""

import os
import secrets
import time
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import span
from training import certificates, completion
from training.models import Certificate

from .issuing import facts

DRAWN_WITH = (
    "key",
    "completion__course_version__course__cadre",
    "completion__enrolment__cohort__campus",
    "completion__enrolment__organisation",
)
AT_ONCE = 20  # certificates that a worker holds at a time; as many are drawn again after a crash
PARTS = "certificates/parts"  # documents being written
ABANDONED = 3600  # seconds after which a part belongs to a worker that died


def pdf(certificate):
    """The certificate's PDF, drawn anew: the same bytes each time."""
    version, seat = certificate.completion.course_version, certificate.completion.enrolment
    organisation = meta = ""
    with translation.override("en"):
        if seat:
            days = ngettext("%(n)s day", "%(n)s days", int(version.days) or 1) % {"n": completion.plain(version.days)}
            organisation = str(seat.organisation)
            meta = _("%(days)s, %(dates)s, %(campus)s. CSE cadre: %(cadre)s") % {
                "days": days,
                "dates": span(seat.cohort.starts_on, seat.cohort.ends_on),
                "campus": seat.cohort.campus,
                "cadre": version.course.cadre,
            }
    return certificates.draw(
        facts(certificate), certificate.payload, organisation=organisation, meta=meta, assessed=version.assessed
    )


def kept(file):
    """The bytes of a document that was drawn; None where there is none, or its file is gone."""
    if not file or not file.storage.exists(file.name):
        return None
    with file.open() as held:
        return held.read()


def document_of(certificate):
    """The PDF's bytes: kept, or drawn now."""
    return kept(certificate.document) or pdf(Certificate.objects.select_related(*DRAWN_WITH).get(pk=certificate.pk))


def draw_waiting(limit=4000):
    """Draws certificates that have no document yet, oldest first; safe side by side: returns how many."""
    _sweep()
    done = 0
    while done < limit:
        drawn = _draw_some(min(AT_ONCE, limit - done))
        if not drawn:
            break
        done += drawn
    return done


@transaction.atomic
def _draw_some(n):
    """Draws up to n that no other worker holds. A worker that dies gives them back: its transaction ends with it."""
    held = Certificate.objects.select_for_update(skip_locked=True, of=("self",)).filter(drawn_at=None)
    held = list(held.select_related(*DRAWN_WITH).order_by("pk")[:n])
    for certificate in held:
        certificate.document.name = f"certificates/{certificate.issued_on:%Y}/{certificate.number}.pdf"
        keep(certificate.document.name, pdf(certificate))
        certificate.drawn_at = clock.now()
    if held:
        Certificate.objects.bulk_update(held, ["document", "drawn_at"])
    return len(held)


def keep(name, content):
    """Writes the file at exactly that name, whole or not at all; written again it replaces itself."""
    target = Path(default_storage.path(name))
    part = Path(default_storage.path(f"{PARTS}/{secrets.token_hex(12)}"))
    target.parent.mkdir(parents=True, exist_ok=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(target)


def _sweep():
    """Removes what workers that died had begun to write."""
    place = Path(default_storage.path(PARTS))
    if place.is_dir():
        for part in place.iterdir():
            try:
                if part.stat().st_mtime < time.time() - ABANDONED:
                    part.unlink()
            except FileNotFoundError:  # another worker was here
                continue
