"""Evidence comes in through page and API: what is taken, what is refused and why, and what nobody can do to it afterwards."""

import hashlib
import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cse_portal.lib.errors import Refused
from standards.models import Evidence, Rating
from standards.services import evidence
from standards.services.evidence import Piece
from tests import factories as make
from tests.pictures import jpeg, office, pdf, png

from .steps import rate, scope

pytestmark = pytest.mark.django_db
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def archive(**contents):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for name, content in contents.items():
            held.writestr(name, content)
    return out.getvalue()


def by_page(client, audit, site, *files, **more):
    url = reverse("standards:rate", args=[audit.ref, site.pk, "2.1.1"])
    body = {
        "client_ref": more.pop("ref", "page-1"),
        "base_revision": 0,
        "value": "M",
        "justification": "",
        "kind": "observation",
        "upload": files,
    }
    return client.post(url, body | more)


def by_api(client, audit, site, *files, **more):
    body = {
        "audit": audit.ref,
        "site": site.pk,
        "element": "2.1.1",
        "value": "M",
        "client_ref": more.pop("ref", "api-1"),
        "uploads": files,
    }
    return client.post("/api/v1/ratings/", body | more)


def said_by(answer):
    return answer.json()["detail"] if answer["Content-Type"] == "application/json" else answer.content.decode()


BAD = {
    "a video": ("queue.mp4", b"\0\0\0\x20ftypisom" + b"\0" * 99, "video"),
    "a program named as a picture": ("photo.jpg", b"MZ\x90\0" + b"\0" * 99, "program"),
    "a picture and an archive": ("a.png", png() + archive(x="y"), "behind its end"),
    "a picture and a page": ("a.jpg", jpeg(b"<script>alert(1)</script>"), "second file"),
    "a picture and an archive in its comment": ("a.jpg", jpeg(archive(x="y")), "second file"),
    "a picture and a page behind it": ("a.jpg", jpeg() + b"<html><script>1</script></html>", "behind its end"),
    "a picture with a page in a chunk": ("a.png", png((b"tEXt", b"c\0<svg onload=alert(1)>")), "second file"),
    "a PDF in a picture": ("a.png", png((b"tEXt", b"c\0%PDF-1.7")), "second file"),
    "half a picture": ("a.png", png()[:-20], "damaged"),
    "a picture with a wrong sum": ("a.png", png().replace(b"IHDR\0\0\0\1", b"IHDR\0\0\0\2"), "damaged"),
    "a picture beyond measure": ("a.png", png(width=200_000_000), "damaged"),
    "a PDF that runs a script": ("a.pdf", pdf(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "program"),
    "a PDF that starts a program": ("a.pdf", pdf(b"/OpenAction<</S/#4caunch/F(cmd.exe)>>"), "program"),
    "a PDF with an archive behind it": ("a.pdf", pdf() + archive(x="y"), "second file"),
    "a PDF with a page in it": ("a.pdf", pdf(text=b"% <script>alert(1)</script>\n"), "second file"),
    "a PDF that is none": ("a.pdf", b"%PDF-1.7 nothing", "cannot be read as a PDF"),
    "a drawing with a script": ("plan.svg", SVG, "SVG"),
    "a drawing named as a picture": ("plan.png", SVG, "SVG"),
    "a page named as text": ("words.txt", b"Notes\n<script src=//x></script>", "code of a web page"),
    "a document with macros": ("a.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin"), "not taken"),
    "a document with a program": ("a.docx", office("word/document.xml", "word/embeddings/oleObject1.bin"), "program"),
    "a document with something behind it": ("a.docx", office("word/document.xml") + b"<html>", "behind its end"),
    "a virus": ("eicar.txt", EICAR, "virus"),
    "a virus named as a program": ("eicar.com", EICAR, "virus"),
    "a virus in a document": ("a.docx", office("word/document.xml", "word/a.txt", **{"word/a.txt": EICAR}), "virus"),
    "nothing": ("empty.pdf", b"", "empty"),
}


FEW = [
    "a video",
    "a picture and an archive",
    "a PDF that runs a script",
    "a drawing with a script",
    "a virus",
    "a program named as a picture",
    "nothing",
]


@pytest.mark.parametrize(("door", "kinds"), [(by_page, FEW), (by_api, BAD)])
def test_what_is_not_a_plain_file_is_refused_with_the_reason(signed_in, audit, site, amina, door, kinds):
    client, taken = signed_in(amina), []
    for what in kinds:
        name, content, reason = BAD[what]
        answer = door(client, audit, site, SimpleUploadedFile(name, content))
        words = said_by(answer)
        if answer.status_code != 409 or reason not in words or name.partition(".")[0] not in words:
            taken.append((what, answer.status_code, reason))
    assert taken == [] and not Evidence.objects.exists() and not Rating.objects.exists()


GOOD = {
    "a path": ("../../../etc/passwd.png", png(), "passwd.png"),
    "a path of another system": ("..\\..\\windows\\a.pdf", pdf(), "a.pdf"),
    "the end of another kind": ("report.pdf.exe", jpeg(), "report.pdf.jpg"),
    "a name that turns its direction": ("photo\u202egpj.exe", jpeg(), "photogpj.jpg"),
    "markup in its name": ('"><img src=x onerror=alert(1)>.png', png(), "img src=x onerror=alert(1).png"),
    "no end": ("minutes", "Wanjikũ said".encode(), "minutes.txt"),
    "a second picture behind it, as phones add": ("a.jpg", jpeg() + b"\0\0" + jpeg(), "a.jpg"),
}


@pytest.mark.parametrize("door", [by_page, by_api])
def test_a_name_never_leads_anywhere_and_says_what_the_file_is(signed_in, audit, site, amina, door, settings):
    client = signed_in(amina)
    for number, (what, (name, content, kept_as)) in enumerate(GOOD.items()):
        answer = door(client, audit, site, SimpleUploadedFile(name, content), ref=f"g{number}", base_revision=min(number, 1))
        assert answer.status_code in (200, 302), (what, answer.content[:300])
        held = site.evidence.latest("pk")
        assert (
            held.file_name.strip() == kept_as
            and held.sha256 == hashlib.sha256(content).hexdigest()
            and held.file.read() == content
        )
        assert held.file.path.startswith(str(settings.MEDIA_ROOT)) and re.fullmatch(
            r"evidence/[0-9/]+/[0-9a-f]{32}\.\w+", held.file.name
        )


@pytest.mark.parametrize("door", [by_page, by_api])
def test_a_video_of_40_mb_is_too_large(signed_in, audit, site, amina, door):
    film = SimpleUploadedFile("queue.mp4", b"\0\0\0\x20ftypisom" + bytes(40 * 1024 * 1024), content_type="video/mp4")
    answer = door(signed_in(amina), audit, site, film)
    assert answer.status_code == 409 and "The file has 40 MB; at most 10 MB are taken." in said_by(answer)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("door", [by_page, by_api])
def test_300_files_at_once_get_a_sentence(signed_in, audit, site, amina, door):
    answer = door(signed_in(amina), audit, site, *[SimpleUploadedFile(f"{n}.png", png()) for n in range(300)])
    assert answer.status_code == 409 and "At most 20 files are taken at once; you sent 300" in said_by(answer)
    assert not Evidence.objects.exists()
    answer = door(signed_in(amina), audit, site, *[SimpleUploadedFile(f"{n}.png", png()) for n in range(20)])
    assert answer.status_code in (200, 302) and site.evidence.count() == 20


@pytest.mark.parametrize("door", [by_page, by_api])
def test_more_files_than_are_ever_read_get_a_page_that_says_so(signed_in, audit, site, amina, door, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 30
    answer = door(signed_in(amina), audit, site, *[SimpleUploadedFile(f"{n}.png", png()) for n in range(31)])
    assert answer.status_code == 413 and "Too many files" in said_by(answer)


@pytest.mark.parametrize("door", [by_page, by_api])
def test_a_request_beyond_all_measure_is_not_read(signed_in, audit, site, amina, door, settings):
    settings.REQUEST_MAX_BYTES = 2000
    answer = door(signed_in(amina), audit, site, SimpleUploadedFile("a.txt", b"x" * 3000))
    assert answer.status_code == 413 and "larger than" in said_by(answer)


def test_what_the_device_says_of_the_file_is_compared(site, amina):
    content = png()
    right = hashlib.sha256(content).hexdigest()
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", pieces=[Piece("photo", upload=SimpleUploadedFile("a.png", content + b""), sha256="0" * 64)])
    assert refusal.value.code == "hash_differs"
    rate(amina, site, "2.1.1", pieces=[Piece("photo", upload=SimpleUploadedFile("a.png", content), sha256=right.upper())])
    assert site.evidence.get().sha256 == right


def test_a_photo_is_a_picture(site, amina):
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", pieces=[Piece("photo", upload=SimpleUploadedFile("a.pdf", pdf()))])
    assert "no photo" in refusal.value.message


# What is kept.
def test_a_revision_takes_the_place_and_the_earlier_one_stays(signed_in, audit, site, amina):
    client = signed_in(amina)
    by_page(client, audit, site, SimpleUploadedFile("roster.csv", b"a;1\n"))
    first = site.evidence.get()
    answer = by_page(
        client, audit, site, SimpleUploadedFile("roster.csv", b"a;2\n"), ref="page-2", base_revision=1, replaces=first.pk
    )
    assert answer.status_code == 302
    second = site.evidence.held().get()
    assert (second.revision, second.replaces, site.evidence.count()) == (2, first, 2)
    for piece, content in ((first, b"a;1\n"), (second, b"a;2\n")):
        assert b"".join(client.get(reverse("standards:evidence", args=[audit.ref, piece.pk])).streaming_content) == content
    again = by_page(
        client, audit, site, SimpleUploadedFile("roster.csv", b"a;3\n"), ref="page-3", base_revision=1, replaces=first.pk
    )
    assert again.status_code == 200 and "Takes the place of" in again.content.decode() and site.evidence.count() == 2


def test_three_days_are_kept_apart_and_a_period_outside_the_look_back_is_marked(signed_in, audit, site, amina):
    client = signed_in(amina)
    old = {"collected_on": f"{make.days_ago(2):%Y-%m-%d}", "covers_from": "2019-01-01", "covers_to": "2019-12-31"}
    assert by_page(client, audit, site, SimpleUploadedFile("returns.csv", b"q;1\n"), **old).status_code == 302
    held = site.evidence.get()
    assert (held.collected_on, held.covers_to.year, held.received_at.date()) == (
        make.days_ago(2),
        2019,
        make.days_ago(0),
    ) or held.received_at
    assert evidence.outside(held, audit)
    page = client.get(reverse("standards:rate", args=[audit.ref, site.pk, "2.1.1"])).content.decode()
    assert "Outside the period looked at" in page and "Covers" in page
    held.covers_to = make.days_ago(30)
    assert not evidence.outside(held, audit)
    turned = by_page(
        client,
        audit,
        site,
        SimpleUploadedFile("r.csv", b"q\n"),
        ref="p2",
        base_revision=1,
        covers_from="2026-02-01",
        covers_to="2026-01-01",
    )
    assert turned.status_code == 409 and "ends before it begins" in turned.content.decode()
    future = by_page(
        client, audit, site, SimpleUploadedFile("r.csv", b"q\n"), ref="p3", base_revision=1, collected_on="2099-01-01"
    )
    assert future.status_code == 409 and "not collected in the future" in future.content.decode()


def test_the_kinds_of_note_with_their_n(signed_in, audit, site, amina):
    client = signed_in(amina)
    for number, kind in enumerate(["interview", "observation", "mystery_visit", "data"]):
        answer = by_page(
            client, audit, site, ref=f"n{number}", base_revision=min(number, 1), kind=kind, note="Seven clerks.", n=7
        )
        assert answer.status_code == 302, answer.content
    assert sorted(site.evidence.values_list("kind", "n")) == [
        ("data", 7),
        ("interview", 7),
        ("mystery_visit", 7),
        ("observation", 7),
    ]


# What goes out.
def test_a_file_leaves_as_an_attachment_that_runs_nowhere(signed_in, audit, site, amina):
    by_page(signed_in(amina), audit, site, SimpleUploadedFile("a.png", png(), content_type="image/png"))
    held = site.evidence.get()
    answer = signed_in(amina).get(reverse("standards:evidence", args=[audit.ref, held.pk]))
    assert held.kind == "photo" and answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'attachment; filename="a.png"' and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox" and "no-store" in answer["Cache-Control"]


def test_who_is_not_of_the_audit_finds_no_file(signed_in, anyone, audit, site, amina, grace, champion, hops, secretariat):
    by_page(signed_in(amina), audit, site, SimpleUploadedFile("a.png", png()))
    url = reverse("standards:evidence", args=[audit.ref, site.evidence.get().pk])
    stranger = make.member("auditor", "other@huduma.example", "Other Auditor")
    assert [signed_in(hat).get(url).status_code for hat in (stranger, grace, champion, hops)] == [404] * 4
    assert signed_in(secretariat).get(url).status_code == 200 and anyone.get(url).status_code == 302


REWRITES = [
    "UPDATE standards_evidence SET sha256 = repeat('0', 64)",
    "UPDATE standards_evidence SET file = 'other.png'",
    "UPDATE standards_evidence SET note = 'Better.'",
    "UPDATE standards_evidence SET collected_on = '2020-01-01', received_at = '2020-01-01'",
    "UPDATE standards_evidence SET replaces_id = id",
    "DELETE FROM standards_evidence",
]


def test_the_database_refuses_to_rewrite_evidence(site, amina):
    rate(amina, site, "2.1.1", pieces=[Piece("file", upload=SimpleUploadedFile("a.png", png()))])
    for sql in REWRITES:
        with pytest.raises(DatabaseError, match="not rewritten|not deleted"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    evidence.take_back(scope(amina), site.evidence.get())
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_evidence SET removed_at = NULL")
