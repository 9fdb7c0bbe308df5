"""The certificate as paper: its QR is read by another decoder from a picture, and what it carries cannot be altered."""

import datetime as dt
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader

from training import certificates

KEY = certificates.private_key("c2l4dHktZm91ciBoZXggY2hhcmFjdGVycyBvZiBrZXk")
KID, PUBLIC = certificates.public_text(KEY)
FACTS = certificates.Facts(
    number="CSE-2026-000123",
    code="7K2M9-QWERT-YUPAS-DFGHJ",
    holder="Wanjikũ Ng'ang'a Mũthoni",
    course_code="CSE-FRT-01",
    course_title="Frontline Service Excellence",
    version=1,
    issued_on=dt.date(2026, 11, 24),
    expires_on=dt.date(2028, 11, 24),
    kid=KID,
)


def find_key(kid):
    return PUBLIC if kid == KID else None


def drawn(facts, payload):
    return certificates.draw(
        facts, payload, organisation="State Department for Livestock Development", meta="5 days, 16 to 20 November 2026, KSG Embu"
    )


def decoded(pdf, dpi):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [code.text for code in zxingcpp.read_barcodes(document[0].render(scale=dpi / 72).to_pil())]
    finally:
        document.close()


@pytest.mark.parametrize("dpi", [72, 100])
def test_the_qr_of_a_picture_leads_to_the_facts(dpi):
    payload = certificates.sign(FACTS, KEY)
    [text] = decoded(drawn(FACTS, payload), dpi)
    assert text == certificates.address(FACTS.code, payload) and len(text) <= 350
    assert certificates.verify(text.split("#")[1], find_key) == FACTS


def test_the_paper_says_what_was_signed(tmp_path):
    (tmp_path / "paper.pdf").write_bytes(drawn(FACTS, certificates.sign(FACTS, KEY)))
    reader = PdfReader(tmp_path / "paper.pdf")
    text = reader.pages[0].extract_text()
    for words in (
        "Wanjikũ Ng'ang'a Mũthoni",
        "CSE-2026-000123",
        "24 November 2026",
        "23 November 2028",
        "Frontline Service Excellence",
    ):
        assert words in text
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == (842, 595) and len(reader.pages) == 1
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged, for screen readers


def test_the_same_facts_give_the_same_bytes():
    payload = certificates.sign(FACTS, KEY)
    assert drawn(FACTS, payload) == drawn(FACTS, payload)


def test_the_address_is_found_in_the_file():
    payload = certificates.sign(FACTS, KEY)
    assert certificates.found_in(drawn(FACTS, payload)) == (FACTS.code, payload)
    assert certificates.found_in(b"a staff list") is None


def test_every_flipped_character_is_refused():
    payload = certificates.sign(FACTS, KEY)
    for i, character in enumerate(payload):
        for other in {"A", "B", "_", chr(ord(character) ^ 1)} - {character}:
            with pytest.raises(certificates.Forged):
                certificates.verify(payload[:i] + other + payload[i + 1 :], find_key)


def test_another_key_does_not_sign_for_us():
    stranger = certificates.private_key("YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE")
    with pytest.raises(certificates.Forged):
        certificates.verify(certificates.sign(FACTS, stranger), find_key)


@example("\U0001f642" * 200, "\U0001f642" * 24)
@example("\U0001f642" * 5, "\U0001f642" * 200)
@given(st.text(min_size=1, max_size=200), st.text(max_size=200))
def test_any_name_and_title_fit_the_qr(holder, title):
    facts = replace(FACTS, holder=holder, course_title=title)
    payload = certificates.sign(facts, KEY)
    assert len(certificates.address(facts.code, payload)) <= 350
    said = certificates.verify(payload, find_key)
    assert said.number == facts.number and said.holder[:5] == holder[:5]


@given(st.text(max_size=300))
def test_rubbish_is_refused_quietly(payload):
    with pytest.raises(certificates.Forged):
        certificates.verify(payload, find_key)
