"""The certificate as a document: what is signed, the QR that carries it, the drawing, and checking it again.

The QR holds `<site>/verify/<code>/#<payload>`: the code finds the certificate's state on record; the payload, base64url of CBOR
facts and their Ed25519 signature, proves offline what was printed. Keys and facts come in; nothing here reads the database.
"""

import base64
import datetime as dt
import io
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cbor2
import segno
import typst
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext as _

HERE = Path(__file__).resolve().parent / "document"
MOST_IN_QR = 350  # characters: a 40 mm QR of more is not read from a 72 dpi picture (docs/performance.md)
QR_MASK = 4  # fixed: choosing the best of eight costs five times as much and gains nothing for a camera
SIGNATURE_BYTES = 64
EPOCH = dt.date(2020, 1, 1)
ADDRESS = re.compile(rb"/verify/([0-9A-Z-]{10,30})/#([A-Za-z0-9_-]{80,})")


class Forged(Exception):
    """The payload is not one that a key of ours signed."""


@dataclass(frozen=True)
class Facts:
    """What is printed and signed. In the payload: keys n c h k t v i x s, days counted from 2020."""

    number: str
    code: str
    holder: str
    course_code: str
    course_title: str
    version: int
    issued_on: dt.date
    expires_on: dt.date | None
    kid: str


# Keys.


def decode(text):
    """Bytes of unpadded base64url, in its one canonical spelling: a changed last character never means the same bytes."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def private_key(secret):
    """The Ed25519 key of 32 bytes given as base64url."""
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))


def new_key():
    """A fresh secret, as `private_key` reads it."""
    return encode(Ed25519PrivateKey.generate().private_bytes_raw())


def public_text(key):
    """(kid, public key as base64url) of a private key; kid: first 8 bytes of the SHA-256 of the public key, hex."""
    raw = key.public_key().public_bytes_raw()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(raw)
    return digest.finalize()[:8].hex(), encode(raw)


# Signing and checking.


def sign(facts, key, site_url=None):
    """The payload. Long titles and names are shortened in it (never in print) until the whole address fits the QR."""
    facts, cut = replace(facts, kid=public_text(key)[0]), "…"
    while True:
        body = cbor2.dumps(_packed(facts), canonical=True)
        payload = encode(body + key.sign(body))
        excess = len(address(facts.code, payload, site_url)) - MOST_IN_QR
        if excess <= 0:
            return payload
        if len(facts.course_title.encode()) > 24:
            facts = replace(facts, course_title=facts.course_title.rstrip(cut)[:-3].rstrip() + cut)
        elif not facts.holder.rstrip(cut):
            raise ValueError("SITE_URL is too long for a certificate's QR")
        else:
            facts = replace(facts, holder=facts.holder.rstrip(cut)[:-3].rstrip() + cut)


def _packed(facts):
    day = lambda d: None if d is None else (d - EPOCH).days  # noqa: E731
    return {
        "n": facts.number, "c": facts.code, "h": facts.holder, "k": facts.course_code, "t": facts.course_title,
        "v": facts.version, "i": day(facts.issued_on), "x": day(facts.expires_on), "s": bytes.fromhex(facts.kid),
    }  # fmt: skip


def verify(payload, find_key):
    """Facts of a payload, if a key of ours signed it. `find_key(kid)`: public key as base64url, or None. Forged otherwise."""
    try:
        raw = decode(payload)
        body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        said = cbor2.loads(body)
        public = find_key(said["s"].hex())
        if public is None:
            raise Forged
        Ed25519PublicKey.from_public_bytes(decode(public)).verify(signature, body)
        day = lambda n: None if n is None else EPOCH + dt.timedelta(days=n)  # noqa: E731
        return Facts(
            said["n"], said["c"], said["h"], said["k"], said["t"], said["v"], day(said["i"]), day(said["x"]), said["s"].hex()
        )
    except InvalidSignature as error:
        raise Forged from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, cbor2.CBORDecodeError) as error:
        raise Forged from error


def signed(public, message, signature):
    """Whether `signature` (base64url) over the bytes `message` is of the key whose public half is `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(decode(public)).verify(decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def address(code, payload, site_url=None):
    return f"{(site_url or settings.SITE_URL).rstrip('/')}/verify/{code}/#{payload}"


def found_in(raw):
    """(code, payload) of the address in a certificate's PDF or in a text, or None. The PDF carries it as a link."""
    match = ADDRESS.search(raw)
    return (match[1].decode(), match[2].decode()) if match else None


# Drawing.


def qr(url):
    """SVG of the QR, without quiet zone: the white round it is the page's."""
    out = io.BytesIO()
    segno.make(url, error="l", boost_error=True, micro=False, mask=QR_MASK).save(
        out, kind="svg", border=0, xmldecl=False, dark="#14211b", svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()


@cache
def compiler():
    """Typst with our fonts only, so that the same data give the same bytes on every machine."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "certificate.typ"), root=str(HERE), font_paths=fonts)


def draw(facts, payload, *, organisation="", meta="", assessed=True):
    """The PDF. The words of a certificate are English."""
    with translation.override("en"):
        url = address(facts.code, payload)
        beside = [_("Issued %(day)s") % {"day": long_day(facts.issued_on)}]
        if facts.expires_on:
            beside.append(_("Valid until %(day)s") % {"day": long_day(facts.expires_on - dt.timedelta(days=1))})
        beside.append(_("Check at %(place)s") % {"place": settings.SITE_URL.split("://")[-1].rstrip("/") + "/verify"})
        data = {
            "number": facts.number,
            "code": facts.code,
            "course_code": facts.course_code,
            "holder": facts.holder,
            "of": organisation,
            "course": facts.course_title,
            "meta": meta,
            "issued_on": facts.issued_on.isoformat(),
            "url": url,
            "qr": qr(url),
            "beside": beside,
            "warning": _("Demonstration: invented names, not a certificate") if settings.DEMO else "",
            "words": {
                "issuer": _("Kenya School of Government"),
                "with": _("with Huduma Kenya, Centre of Excellence"),
                "title": _("Certificate of completion"),
                "certify": _("This is to certify that"),
                "completed": _("has completed the course and passed the assessment in")
                if assessed
                else _("has completed the course"),
                "qr": _("QR code: check this certificate"),
            },
            "signatories": [
                [_("Director General"), _("Kenya School of Government")],
                [_("Chief Executive Officer"), _("Huduma Kenya")],
            ],
        }
        return compiler().compile(format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})


def long_day(day):
    return formats.date_format(day, "j F Y")
