"""A PDF that somebody holds, beside the document that was issued: what was signed, and where the texts differ. Pure."""

import difflib
import io
from dataclasses import dataclass, field

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from training import certificates

MOST_PAGES = 3


class Unreadable(Exception):
    """Not a PDF that can be read."""


@dataclass(frozen=True)
class Paper:
    """`address`: (code, payload) of the link behind the QR code, or None; `lines` of text as a reader sees them."""

    raw: bytes
    address: tuple | None
    lines: list = field(default_factory=list)


def read(raw):
    """Paper of a PDF's bytes; Unreadable where it is none."""
    try:
        pages = PdfReader(io.BytesIO(raw)).pages
        if not 0 < len(pages) <= MOST_PAGES:
            raise Unreadable
        text = "\n".join(page.extract_text() for page in pages)
        links = [str(note.get_object().get("/A", {}).get("/URI", "")) for page in pages for note in page.get("/Annots", [])]
    except Unreadable:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OverflowError,
        OSError,
    ) as error:
        raise Unreadable from error
    address = certificates.found_in("\n".join(links).encode()) or certificates.found_in(raw)
    return Paper(raw, address, lines_of(text))


def lines_of(text):
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def differences(issued, held):
    """[(what was issued, what the file says)], line by line, in the order of the page; "" where there is nothing."""
    if len(issued) == len(held):
        return [(a, b) for a, b in zip(issued, held, strict=True) if a != b]
    found = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, issued, held, autojunk=False).get_opcodes():
        if what != "equal":
            left, right = issued[a:b], held[c:d]
            found += [(left[i] if i < len(left) else "", right[i] if i < len(right) else "") for i in range(max(b - a, d - c))]
    return found
