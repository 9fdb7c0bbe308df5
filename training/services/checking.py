"""Checking a certificate that somebody holds: a code, the address of its QR code, or its PDF."""

from dataclasses import dataclass, field

from training import certificates, paper
from training.models import Certificate

from .drawing import document_of
from .issuing import find_key


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
    certificate = Certificate.objects.filter(code=code, payload=payload).first()
    if certificate is None:
        return Checked("unknown", facts)
    issued = document_of(certificate)
    if issued == raw:
        return Checked("same", facts, certificate)
    found = paper.differences(paper.read(issued).lines, held.lines)
    return Checked("differs" if found else "resaved", facts, certificate, found)


def signed(code, payload):
    """The facts that a key of ours signed for that code, or None."""
    try:
        facts = certificates.verify(payload, find_key)
    except certificates.Forged:
        return None
    return facts if facts.code == code else None
