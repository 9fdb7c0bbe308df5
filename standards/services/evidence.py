"""The one way evidence comes in: of auditors (Evidence) and of the auditee (SubmittedEvidence). Kept with its hash and its three
days, revised without losing what was there, taken back without being deleted."""

import hashlib
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock, unclean, uploads
from cse_portal.lib.errors import Refused
from standards.models import Evidence

from . import editions

Kind = Evidence.Kind
NOTES = (Kind.INTERVIEW, Kind.OBSERVATION, Kind.MYSTERY_VISIT, Kind.DATA)
AT_ONCE = 20  # files in one request
OF_ONE_ELEMENT = 50  # pieces that stand
OF_ONE_AUDIT = 3000

UNCLEAN = {
    "virus": gettext_lazy("%(name)s holds the signature of a virus and was not kept. Have the device it came from looked at."),
    "picture": gettext_lazy("%(name)s is damaged: it is no whole picture."),
    "trailing": gettext_lazy(
        "%(name)s carries something behind its end. Save it again from the program that made it, and send that file."
    ),
    "mixed": gettext_lazy("%(name)s holds a second file of another kind inside. Only plain files are taken."),
    "script": gettext_lazy("%(name)s holds code of a web page. Send the words as plain text."),
    "protected": gettext_lazy("%(name)s is locked with a password. Send it unlocked."),
    "pdf": gettext_lazy("%(name)s cannot be read as a PDF. Print it to a new PDF and send that file."),
    "active": gettext_lazy("%(name)s holds a program or another file inside. Print it to a PDF and send that file."),
    "packed": gettext_lazy("%(name)s cannot be read as a document. Save it again and send that file."),
}
OTHERS = {
    "virus": UNCLEAN["virus"],
    "svg": gettext_lazy("%(name)s is a drawing that can hold code (SVG). Save it as PNG or PDF and send that file."),
    "video": gettext_lazy("%(name)s is a video or a recording; these are not taken. Send photos, or write what was seen."),
    "program": gettext_lazy("%(name)s is a program or a web page; these are not taken."),
    "": gettext_lazy(
        "%(name)s is not taken. Files are taken as PDF, PNG, JPEG, XLSX, DOCX, plain text or CSV; this is none of them, whatever its name says."
    ),
}


class Piece(NamedTuple):
    """Evidence as it comes in: an uploaded file, or a note with its n. `sha256`: of the file as the device worked it out.
    `replaces`: id of the piece that this is a new revision of."""

    kind: str
    note: str = ""
    n: int | None = None
    upload: object = None
    collected_on: object = None
    covers_from: object = None
    covers_to: object = None
    sha256: str = ""
    replaces: int | None = None


def audit_of(held):
    """The audit of a piece of either kind."""
    return held.audit if hasattr(held, "audit_id") else held.site.audit


@transaction.atomic
def add(actor, made, piece, client_ref=""):
    """Keeps `piece` as `made`, an unsaved Evidence or SubmittedEvidence that says what it is for. None when `client_ref` brought it
    before. The caller holds the lock and has asked whether the person may."""
    same = _same_thing(made)
    sent_before = type(made).objects.filter(audit=made.audit) if hasattr(made, "audit_id") else same
    if client_ref and sent_before.filter(client_ref=client_ref).exists():
        return None
    made.kind, made.note, made.n = piece.kind, piece.note.strip(), piece.n
    made.collected_on, made.covers_from, made.covers_to = piece.collected_on or clock.today(), piece.covers_from, piece.covers_to
    made.received_at, made.added_by, made.client_ref = clock.now(), actor.user, client_ref
    _check_days(made)
    _follow(made, piece, same)
    if made.has_file:
        keep_file(made, piece.upload, piece.sha256)
    elif not made.note:
        raise Refused.of("note", _("Write what was said, seen or measured."))
    _check_room(made, same)
    made.save(force_insert=True)
    told = {"kind": (None, made.kind)} | ({"sha256": (None, made.sha256)} if made.sha256 else {})
    told |= {"element": (None, made.element.code)} if made.element_id else {}
    told |= {"revision": (made.revision - 1, made.revision)} if made.replaces_id else {}
    trail.record(actor, "added evidence", made, told)
    return made


def add_all(actor, fresh, pieces, client_ref=""):
    """Keeps several; `fresh()` gives an unsaved one. All or none."""
    pieces = list(pieces)
    check_number(sum(1 for piece in pieces if piece.upload))
    kept = [add(actor, fresh(), piece, f"{client_ref}/{number}" if client_ref else "") for number, piece in enumerate(pieces)]
    return [one for one in kept if one]


def check_number(files):
    if files > AT_ONCE:
        sentence = _("At most %(limit)s files are taken at once; you sent %(n)s. Nothing was saved. Send them in several steps.")
        raise Refused.of("upload", sentence % {"limit": AT_ONCE, "n": files}, "too_many_files")


def _same_thing(made):
    """Pieces for the same thing: the element of a site, or the finding."""
    held = type(made).objects.filter(site=made.site, element=made.element)
    if not hasattr(made, "audit_id"):
        return held
    return type(made).objects.filter(audit=made.audit, finding=made.finding, site=made.site, element=made.element)


def _check_days(made):
    if made.kind not in Kind.values:
        raise Refused.of("kind", _("Choose one of the kinds of evidence."))
    if made.collected_on > clock.today():
        raise Refused.of("collected_on", _("Evidence is not collected in the future."))
    if made.covers_from and made.covers_to and made.covers_to < made.covers_from:
        raise Refused.of("covers_to", _("The period ends before it begins."))


def _follow(made, piece, same):
    """A new revision takes the place of the one that stands; that one stays on record."""
    if piece.replaces is None:
        return
    before = same.held().select_for_update(of=["self"]).filter(pk=piece.replaces).first()
    if before is None:
        raise Refused.of("replaces", _("The piece that this replaces is not there any more. Load the page again."), "gone")
    made.replaces, made.revision = before, before.revision + 1


def _check_room(made, same):
    if made.replaces_id is None and same.held().count() >= OF_ONE_ELEMENT:
        sentence = ngettext(
            "At most %(n)s piece of evidence is kept for one thing. Take one back first.",
            "At most %(n)s pieces of evidence are kept for one thing. Take one back first.",
            OF_ONE_ELEMENT,
        )
        raise Refused.of("upload", sentence % {"n": OF_ONE_ELEMENT}, "too_many")
    of_audit = {"audit": made.audit} if hasattr(made, "audit_id") else {"site__audit": made.site.audit}
    if type(made).objects.filter(**of_audit).count() >= OF_ONE_AUDIT:
        raise Refused.of("upload", _("This audit holds as much evidence as one audit may."), "too_many")


def keep_file(made, upload, sha256=""):
    """Reads, looks into and stores the file; sets name, type, size and hash. Refused with the reason where it is not taken."""
    if upload is None:
        raise Refused.of("upload", _("Choose a file."))
    name, limit = uploads.clean_name(upload.name), settings.EVIDENCE_MAX_BYTES
    if upload.size > limit:
        sentence = _("The file has %(size)s MB; at most %(limit)s MB are taken.") % {
            "size": _megabytes(upload.size),
            "limit": _megabytes(limit),
        }
        raise Refused.of("upload", sentence, "too_large")
    if not upload.size:
        raise Refused.of("upload", _("%(name)s is empty.") % {"name": name}, "file_type")
    content = upload.read()
    found = hashlib.sha256(content).hexdigest()
    if sha256 and sha256.lower() != found:
        raise Refused.of(
            "upload", _("%(name)s did not arrive as it left your device. Send it again.") % {"name": name}, "hash_differs"
        )
    made.media_type, extension = told(content, upload.name, name, made.kind)
    made.file_name = uploads.safe_name(upload.name, extension)
    made.size, made.sha256 = len(content), found
    made.file.save(f"{uuid4().hex}.{extension}", ContentFile(content), save=False)


def told(content, sent_as, name, kind=Kind.FILE):
    """(media type, extension) from the bytes; Refused when it is none of the kinds taken, or not clean."""
    known = uploads.sniff(content, sent_as)
    if known is None:
        what = unclean.looks_like(content, sent_as)
        raise Refused.of("upload", str(OTHERS[what]) % {"name": name}, "unclean" if what == "virus" else "file_type")
    if kind == Kind.PHOTO and not known[0].startswith("image/"):
        raise Refused.of("upload", _("%(name)s is no photo. Photos are taken as JPEG or PNG.") % {"name": name}, "file_type")
    if fault := unclean.fault(content, known[0]):
        raise Refused.of("upload", str(UNCLEAN[fault]) % {"name": name}, "unclean")
    return known


def _megabytes(size):
    return f"{size / 1024 / 1024:.1f}".rstrip("0").rstrip(".")


def take_back(actor, held):
    """It is on record, but counts no longer. The caller holds the lock and has asked whether the person may. Again: no change."""
    if held.removed_at is None:
        held.removed_at = clock.now()
        held.save(update_fields=["removed_at"])
        trail.record(actor, "removed evidence", held, {"element": (held.element.code, None)} if held.element_id else None)
    return held


def look_back(audit):
    """(first, last) day that evidence of the audit may speak of."""
    months = editions.process_of(audit.edition).look_back_months
    return clock.add_months(audit.starts_on, -months), audit.ends_on


def outside(piece, audit):
    """The period it speaks of, or the day it was collected, lies outside what the audit looks back at: shown, not refused."""
    first, last = look_back(audit)
    begins = piece.covers_from or piece.covers_to or piece.collected_on
    ends = piece.covers_to or piece.covers_from or piece.collected_on
    corrects = getattr(piece, "finding_id", None)  # a correction comes after the audit
    return ends < first or (begins > last and not corrects)


def mark(pieces, audit):
    """Sets `.outside` on each, for pages."""
    for piece in pieces:
        piece.outside = outside(piece, audit)
    return pieces
