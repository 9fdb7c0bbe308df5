"""Checking a certificate that somebody holds: a code, the address of its QR code, or its PDF."""

from collections.abc import Callable
from dataclasses import dataclass, field

from training import certificates, paper
from training.models import Certificate

from .drawing import document_of
from .issuing import find_key


@dataclass(frozen=True)
class Kind:
    """A kind of certificate that can be checked. `find(code, payload or None)`: the one on record, or None; `state(it, on)`: valid,
    suspended, expired, revoked, withdrawn or superseded; `document(it)`: its PDF; `facts`: the template that says them; `title(it)`:
    the course, or what was certified."""

    find: Callable
    state: Callable
    document: Callable
    facts: str
    title: Callable


def _find(code, payload=None):
    found = Certificate.objects.filter(code=code)
    return (found.filter(payload=payload) if payload else found).first()


# Higher apps append theirs in AppConfig.ready(); a code is unguessable, so that no two kinds share one.
KINDS = [Kind(_find, Certificate.state_as_of, document_of, "training/verify_facts.html", lambda it: it.course_title)]


def on_record(code, payload=None):
    """(its kind, the certificate), or (None, None)."""
    for kind in KINDS:
        if (found := kind.find(code, payload)) is not None:
            return kind, found
    return None, None


def check(text):
    """What someone typed or scanned -> (code as stored, payload or ""). Forgiving of spaces, case and missing hyphens."""
    if found := certificates.found_in(text.encode()):
        return found
    bare = "".join(ch for ch in text.upper() if ch.isalnum())
    return "-".join(bare[i : i + 5] for i in range(0, len(bare), 5)), ""


@dataclass(frozen=True)
class Checked:
    """`verdict`: unreadable (no PDF), stranger (no address of a certificate in it), forged (not signed by us, or for another
    code), unknown (signed, but not on record), differs (`differences`: as issued, as in the file), resaved (the text is as
    issued, the file is not byte for byte), same."""

    verdict: str
    facts: object = None
    certificate: object = None
    differences: list = field(default_factory=list)
    kind: Kind | None = None


def check_pdf(raw):
    """What can be said about the bytes of a PDF."""
    try:
        held = paper.read(raw)
    except paper.Unreadable:
        return Checked("unreadable")
    if held.address is None:
        return Checked("stranger")
    code, payload = held.address
    facts = signed(code, payload)
    if facts is None:
        return Checked("forged")
    kind, certificate = on_record(code, payload)
    if certificate is None:
        return Checked("unknown", facts)
    issued = kind.document(certificate)
    if issued == raw:
        return Checked("same", facts, certificate, kind=kind)
    found = paper.differences(paper.read(issued).lines, held.lines)
    return Checked("differs" if found else "resaved", facts, certificate, found, kind)


def signed(code, payload):
    """The facts that a key of ours signed for that code, or None."""
    try:
        facts = certificates.verify(payload, find_key)
    except certificates.Forged:
        return None
    return facts if facts.code == code else None
