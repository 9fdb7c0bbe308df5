"""The certificate of the Standard as a document: drawn by typst from what was signed, by workers; whole or not there."""

import json
from functools import cache
from pathlib import Path

import typst
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from standards.models import Certification
from training import certificates
from training.certificates import long_day
from training.services.checking import signed
from training.services.drawing import keep, kept

HERE = Path(certificates.__file__).resolve().parent / "document"
WITH = ("organisation", "centre", "key", "decision__audit__edition")
AT_ONCE = 10
BESIDE = 3  # places listed on the first page; more of them go to a page of their own


@cache
def compiler():
    """Typst with our fonts only: the same data give the same bytes on every machine."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "standard.typ"), root=str(HERE), font_paths=fonts)


def pdf(certification):
    """The PDF, drawn anew from what was signed: the same bytes each time. The words of a certificate are English."""
    with translation.override("en"):
        return compiler().compile(format="pdf", sys_inputs={"data": json.dumps(said(certification), ensure_ascii=False)})


def said(certification):
    """What the template writes. Places as they were certified: those that left since are in the register."""
    edition = certification.decision.audit.edition
    url = certificates.address(certification.code, certification.payload)
    places = [
        [
            str(one.site),
            one.get_level_display(),
            one.site.centre.county.name if one.site.centre_id and one.site.centre.county_id else "",
        ]
        for one in certification.sites.select_related("site__centre__county").order_by("pk")
    ]
    return {
        "number": certification.number,
        "code": certification.code,
        "holder": certification.holder,
        "of": str(certification.organisation) if certification.centre_id else "",
        "level": certification.get_level_display(),
        "stars": certification.stars,
        "scope": certification.scope_text,
        "edition": str(edition),
        "places": places,
        "beside_n": BESIDE,
        "issued_on": certification.issued_on.isoformat(),
        "url": url,
        "qr": certificates.qr(url),
        "beside": [
            _("Certified %(day)s") % {"day": long_day(certification.issued_on)},
            _("Valid until %(day)s") % {"day": long_day(certification.last_day)},
            _("Check at %(place)s") % {"place": settings.SITE_URL.split("://")[-1].rstrip("/") + "/verify"},
        ],
        "warning": _("Demonstration: invented names, not a certificate") if settings.DEMO else "",
        "words": {
            "issuer": _("Huduma Kenya, Centre of Excellence"),
            "with": _("Certification panel of the Huduma Service Excellence Quality Standard"),
            "title": _("Certificate of service excellence"),
            "certify": _("This is to certify that"),
            "meets": _("meets the Huduma Service Excellence Quality Standard"),
            "scope": _("Scope"),
            "places": _("Places covered"),
            "schedule": _("Places covered by %(number)s") % {"number": certification.number},
            "more": _("%(n)s places, listed on the next page") % {"n": len(places)},
            "stars": _("%(n)s stars") % {"n": certification.stars},
            "qr": _("QR code: check this certificate"),
        },
        "signatories": [
            [_("Chair"), _("Certification panel")],
            [_("Chief Executive Officer"), _("Huduma Kenya")],
        ],
    }


def document_of(certification):
    """The PDF's bytes: kept, or drawn now."""
    return kept(certification.document) or pdf(Certification.objects.select_related(*WITH).get(pk=certification.pk))


def draw_waiting(limit=200):
    """Draws certificates that have no document yet; safe side by side: how many."""
    done = 0
    while done < limit and (drawn := _draw_some(min(AT_ONCE, limit - done))):
        done += drawn
    return done


@transaction.atomic
def _draw_some(n):
    held = Certification.objects.select_for_update(skip_locked=True, of=("self",)).filter(drawn_at=None)
    held = list(held.select_related(*WITH).order_by("pk")[:n])
    for certification in held:
        certification.document.name = f"certifications/{certification.issued_on:%Y}/{certification.number}.pdf"
        keep(certification.document.name, pdf(certification))
        certification.drawn_at = clock.now()
        certification.save(update_fields=["document", "drawn_at"])
    return len(held)


def find(code, payload=None):
    """The certification of a code, and of that payload if one is given, or of one signed before its level was lowered; or None."""
    found = Certification.objects.filter(code=code)
    return (
        (found if not payload or signed(code, payload) else found.filter(payload=payload))
        .select_related("organisation", "centre", "decision__audit__edition")
        .first()
    )


LOOK = {"in_force": "valid", "replaced": "superseded"}


def look(certification, on):
    """Its state in the words of a check: valid, suspended, expired, withdrawn or superseded."""
    state = certification.state_as_of(on)
    return LOOK.get(state, state)


def title(certification):
    return f"{certification.decision.audit.edition}, {certification.get_level_display()}"
