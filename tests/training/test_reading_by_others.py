"""Certificates read by others: the credential and status list by jwcrypto, the QR code's payload by PyNaCl and another CBOR
reader; mutations of the code and of the PDF are refused or shown to differ."""

import base64
import gzip
import io
import json
import random
import re
import time
from pathlib import Path

import cbor
import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from jwcrypto import jwk, jws
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from tests import factories as make
from tests.training import hall
from training import certificates
from training.models import Certificate
from training.services import awards, certificate_acts

pytestmark = pytest.mark.django_db
NEXT_KEY = "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE"
RNG = random.Random(20261122)


def raw64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def scope(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def issued(embu, livestock, scope):
    make.requirement()
    return hall.closed(scope, livestock, 4)


@pytest.fixture
def rotated(issued, settings, scope):
    """The key changed after these were issued, and one more was issued with the next."""
    settings.SIGNING_KEY = NEXT_KEY
    officer = issued[0].completion.officer
    officer.surname = "Okoth"
    officer.save()
    [new] = awards.reissue(scope, officer=officer)
    awards.retire_key(scope, kid=issued[0].key.kid)
    return [*issued, new]


def read_token(token, anyone):
    """The claims of a token, by jwcrypto with the key of the DID document that its header names."""
    held = jws.JWS()
    held.deserialize(token)
    kid = held.jose_header["kid"]
    document = anyone.get("/.well-known/did.json").json()
    [method] = [m for m in document["verificationMethod"] if m["id"] == kid]
    assert kid in document["assertionMethod"]
    held.verify(jwk.JWK(**method["publicKeyJwk"]))
    return json.loads(held.payload)


def bit(anyone, entry):
    """The bit of a status entry: 1 where the certificate is so."""
    address = entry["statusListCredential"].split("/", 3)[3]
    claims = read_token(anyone.get(f"/{address}").content.decode(), anyone)
    subject = claims["credentialSubject"]
    assert subject["statusPurpose"] == entry["statusPurpose"] and subject["encodedList"][0] == "u"
    bits = gzip.decompress(raw64(subject["encodedList"][1:]))
    assert len(bits) * 8 == 131_072
    place = int(entry["statusListIndex"])
    return bits[place // 8] >> (7 - place % 8) & 1


def bits_of(certificate, anyone):
    token = anyone.get(f"/verify/{certificate.code}/credential.json", headers={"accept": "application/vc+jwt"}).content.decode()
    return {e["statusPurpose"]: bit(anyone, e) for e in read_token(token, anyone)["credentialStatus"]}


def test_another_library_reads_the_credential(rotated, anyone):
    for certificate in rotated:
        envelope = json.loads(anyone.get(f"/verify/{certificate.code}/credential.json").content)
        assert envelope["type"] == "EnvelopedVerifiableCredential"
        claims = read_token(envelope["id"].removeprefix("data:application/vc+jwt,"), anyone)
        subject = claims["credentialSubject"]
        assert "OpenBadgeCredential" in claims["type"] and claims["iss"] == claims["issuer"]["id"]
        assert subject["identifier"][0]["identityHash"] == certificate.holder
        assert subject["achievement"]["humanCode"] == certificate.course_code
        assert claims["validFrom"].startswith(f"{certificate.issued_on}") and claims["validUntil"].startswith(
            f"{certificate.expires_on}"
        )
        assert certificate.completion.officer.personal_no not in json.dumps(claims)
        keys = jwk.JWKSet.from_json(anyone.get("/.well-known/jwks.json").content.decode())
        assert keys.get_key(certificate.key.kid)


def test_the_holder_keeps_it_as_a_file(issued, learner, grace, signed_in, anyone):
    path = f"/certificates/{issued[0].number}.json"
    assert signed_in(grace).get(path)["Content-Disposition"].endswith(f'{issued[0].number}.json"')
    assert signed_in(learner).get(path).status_code == 404  # another officer's
    assert anyone.get(path).status_code == 302


def test_the_status_list_follows_at_once(issued, scope, scope_of, anyone, signed_in, coordinator):
    another = make.member("coordinator", "another@ksg.example", "Another Coordinator")
    assert bits_of(issued[0], anyone) == {"revocation": 0, "suspension": 0, "refresh": 0}
    asked = certificate_acts.ask(scope, kind="revoke", first=issued[1].number, last=issued[2].number, reason="Forged sheet")
    began = time.monotonic()
    signed_in(another).post(f"{asked.get_absolute_url()}decide/", {"outcome": "agree"})
    for certificate in issued[1:3]:
        assert b"This certificate is revoked" in anyone.get(f"/verify/{certificate.code}/").content
    assert time.monotonic() - began < 1
    assert [bits_of(certificate, anyone)["revocation"] for certificate in issued[1:3]] == [1, 1]
    assert bits_of(issued[0], anyone)["revocation"] == bits_of(issued[3], anyone)["revocation"] == 0
    asked = certificate_acts.ask(scope, kind="suspend", first=issued[0].number, reason="Doubted")
    certificate_acts.decide(scope_of(another), act=asked, agree=True)
    assert bits_of(issued[0], anyone) == {"revocation": 0, "suspension": 1, "refresh": 0}


def test_what_was_issued_anew_says_so(rotated, anyone):
    assert bits_of(rotated[0], anyone)["refresh"] == 1 and bits_of(rotated[-1], anyone)["refresh"] == 0


def test_lists_are_counted_from_nought_and_end(issued, anyone, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        assert anyone.get("/credentials/status/revocation/0")["Content-Type"] == "application/vc+jwt"
    assert anyone.get("/credentials/status/revocation/999").status_code == 404
    assert anyone.get("/credentials/status/other/0").status_code == 404


def test_another_library_reads_the_qr_code(rotated, anyone):
    keys = {key["kid"]: raw64(key["x"]) for key in anyone.get("/.well-known/jwks.json").json()["keys"]}
    for certificate in rotated:
        pdf = awards.document_of(certificate)
        [code] = zxingcpp.read_barcodes(PdfDocument(pdf)[0].render(scale=100 / 72).to_pil())
        raw = raw64(code.text.split("#")[1])
        facts = cbor.loads(raw[:-64])
        VerifyKey(keys[facts["s"].hex()]).verify(raw[:-64], raw[-64:])
        assert (facts["n"], facts["h"], facts["c"]) == (certificate.number, certificate.holder, certificate.code)
        with pytest.raises(BadSignatureError):
            VerifyKey(keys[facts["s"].hex()]).verify(raw[:-64] + b"\0", raw[-64:])


# What somebody changed.


def sent(anyone, raw):
    return anyone.post("/verify/file/", {"file": SimpleUploadedFile("paper.pdf", raw, "application/pdf")})


def verdict(anyone, raw):
    return sent(anyone, raw).context["found"]


def test_the_file_as_issued_is_told_from_one_saved_again(issued, anyone):
    from pypdf import PdfWriter

    raw = awards.document_of(issued[0])
    assert verdict(anyone, raw).verdict == "same"
    again = io.BytesIO()
    PdfWriter(clone_from=io.BytesIO(raw)).write(again)
    assert verdict(anyone, again.getvalue()).verdict == "resaved"
    for rubbish in (b"%PDF-1.7 nothing", b"a text", raw[:2000]):
        assert verdict(anyone, rubbish).verdict in ("unreadable", "stranger")


def changed(text):
    """One character of a text changed, added or taken away."""
    i = RNG.randrange(len(text))
    how = RNG.choice(["change", "add", "drop"])
    other = RNG.choice([c for c in "ABCDEFGHJKMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789" if c != text[i]])
    return text[:i] + {"change": other + text[i + 1 :], "add": other + text[i:], "drop": text[i + 1 :]}[how]


@pytest.mark.parametrize("half", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_changes_are_refused_or_shown(issued, anyone, monkeypatch, settings, half):
    """Half to the signed code, half to the words of the PDF under the right code."""
    monkeypatch.setattr("training.views.certificates.CHECKS", 10_000)
    certificate = issued[0]
    for _n in range(half):
        payload = certificate.payload
        while payload == certificate.payload:
            payload = changed(certificate.payload)
        assert awards.signed(certificate.code, payload) is None
        page = anyone.get("/verify/", {"code": f"http://x/verify/{certificate.code}/#{payload}"})
        assert b"This certificate is valid" not in page.content
    facts = awards.facts(certificate)
    seat = certificate.completion.enrolment
    original = PdfReader(io.BytesIO(awards.document_of(certificate))).pages[0].extract_text()
    fields = ["holder", "course_title", "number", "organisation"]
    for n in range(half):
        said = {
            "holder": facts.holder,
            "course_title": facts.course_title,
            "number": facts.number,
            "organisation": str(seat.organisation),
        }
        field = fields[n % len(fields)]
        said[field] = changed(said[field]).strip()
        said[field] = re.sub(r"\s+", " ", said[field])
        forged = certificates.draw(
            certificates.replace(facts, holder=said["holder"], course_title=said["course_title"], number=said["number"]),
            certificate.payload,
            organisation=said["organisation"],
        )
        assert said[field] not in original.split("\n")
        found = verdict(anyone, forged)
        assert found.verdict == "differs" and any(said[field] == held for _issued, held in found.differences), (
            field,
            said[field],
        )
        assert found.certificate == certificate


def test_a_code_of_another_certificate_does_not_help(issued, anyone):
    """Words of one, code of another; and a code altered within the file."""
    one, two = issued[:2]
    forged = certificates.draw(awards.facts(one), two.payload)
    assert verdict(anyone, forged).verdict == "forged"
    raw = awards.document_of(one)
    assert verdict(anyone, raw.replace(one.payload[-8:].encode(), b"AAAAAAAA")).verdict == "forged"


def test_the_command_compares_too(issued, tmp_path, capsys):
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(awards.document_of(issued[0]))
    call_command("verify_certificate", str(paper))
    assert "File: as issued" in capsys.readouterr().out
    paper.write_bytes(certificates.draw(certificates.replace(awards.facts(issued[0]), holder="Another Name"), issued[0].payload))
    with pytest.raises(CommandError, match="ALTERED"):
        call_command("verify_certificate", str(paper))
    assert "In the file: Another Name" in capsys.readouterr().out


def test_the_page_of_a_forged_address_says_so(issued, anyone):
    page = anyone.get("/verify/", {"code": f"http://x/verify/{issued[0].code}/#{issued[1].payload}"})
    assert b"This was not signed by" in page.content
    page = anyone.get("/verify/", {"code": f"http://x/verify/{issued[0].code}/#{issued[0].payload}"})
    assert page.url == f"/verify/{issued[0].code}/#{issued[0].payload}"


def test_public_pages_are_light(issued, anyone):
    from django.contrib.staticfiles import finders

    page = anyone.get(f"/verify/{issued[0].code}/").content.decode()
    files = {finders.find(name) for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page)} - {None}
    weight = sum(len(gzip.compress(Path(f).read_bytes())) for f in files) + len(gzip.compress(page.encode()))
    assert weight < 60 * 1024, weight
    assert Certificate.objects.filter(state="valid").count() == 4
