"""An officer has the own record put right: asked, decided by the own MDA, certificates issued anew in the right name."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from centres.access import Scope
from centres.models import Officer
from cse_portal.activity.models import Entry
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.models import Certificate, CorrectionRequest
from training.services import awards, corrections

pytestmark = pytest.mark.django_db
CARD = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def card():
    return SimpleUploadedFile("id card.png", CARD, "image/png")


def sheet(**changed):
    """The form as the learner sends it."""
    officer = Officer.objects.get()
    held = {name: getattr(officer, name) for name in corrections.FIELDS}
    return held | {"reason": "As on my card", "evidence": card()} | changed


@pytest.fixture
def certificate(wanjiru):
    done = make.completion(wanjiru)
    return awards.issue(Scope.system_task("test"), [done], make.days_ago(99))[0]


def test_a_name_is_corrected_and_its_certificate_issued_anew(learner, grace, signed_in, wanjiru, certificate):
    """E4: seconds after the approval the register, the new certificate and the old one say so."""
    answer = signed_in(learner).post("/my/data/correct/", sheet(surname="Kamaú"))
    asked = CorrectionRequest.objects.get()
    assert answer.url == f"/corrections/{asked.pk}/"
    assert asked.fields == {"surname": ["Kamau", "Kamaú"]}
    hr = signed_in(grace)
    assert "asks to have their record corrected" in hr.get("/").content.decode()
    assert "Kamaú" in hr.get("/corrections/").content.decode()
    assert hr.get(f"/corrections/{asked.pk}/evidence/").getvalue() == CARD
    began = clock.now()
    hr.post(f"/corrections/{asked.pk}/decide/", {"outcome": "make", "reason": "Seen"})
    awards.draw_waiting()
    assert clock.now() - began < dt.timedelta(minutes=1)
    wanjiru.refresh_from_db()
    assert wanjiru.surname == "Kamaú"
    certificate.refresh_from_db()
    new = Certificate.objects.exclude(pk=certificate.pk).get()
    assert (certificate.state, new.state, new.holder) == ("superseded", "valid", "Wanjiru Kamaú")
    assert new.drawn_at and new.completion_id == certificate.completion_id
    assert Notice.objects.filter(about_kind="correction_request", to=wanjiru.email).get().subject == "Your record is corrected"
    page = signed_in(learner).get("/my/record/").content.decode()
    assert new.number in page and certificate.number in page
    learner.user.refresh_from_db()
    assert learner.user.name == "Wanjiru Kamaú"
    verbs = set(Entry.objects.filter(kind__in=["correction_request", "officer"]).values_list("verb", flat=True))
    assert {"asked for a correction", "made the correction", "officer corrected"} <= verbs


def test_a_phone_needs_no_document_and_touches_no_certificate(learner, grace, signed_in, scope_of, wanjiru, certificate):
    signed_in(learner).post("/my/data/correct/", sheet(phone="0712 345678", evidence=""))
    asked = CorrectionRequest.objects.get()
    assert asked.fields == {"phone": ["", "+254712345678"]}
    corrections.make(scope_of(grace), request=asked)
    corrections.make(scope_of(grace), request=asked)  # again: nothing more
    wanjiru.refresh_from_db()
    assert wanjiru.phone == "+254712345678"
    assert Certificate.objects.get().state == "valid"
    assert Notice.objects.filter(about_kind="correction_request").count() == 1


def test_what_cannot_be_asked_is_said_and_what_was_typed_stays(learner, signed_in, wanjiru):
    browser = signed_in(learner)
    answer = browser.post("/my/data/correct/", sheet(surname="Kamaú", evidence=""))
    assert answer.status_code == 409
    assert "choose the file" in answer.content.decode() and "Kamaú" in answer.content.decode()
    assert "on record already" in browser.post("/my/data/correct/", sheet()).content.decode()
    text = SimpleUploadedFile("card.png", b"<svg>", "image/png")
    assert "PDF, JPEG or PNG" in browser.post("/my/data/correct/", sheet(surname="Kamaú", evidence=text)).content.decode()
    assert not CorrectionRequest.objects.exists()


def test_one_request_at_a_time_and_it_can_be_taken_back(learner, signed_in, wanjiru):
    browser = signed_in(learner)
    browser.post("/my/data/correct/", sheet(surname="Kamaú"))
    assert "Withdraw it first" in browser.post("/my/data/correct/", sheet(surname="Kamo")).content.decode()
    asked = CorrectionRequest.objects.get()
    assert browser.post(f"/corrections/{asked.pk}/withdraw/").url == "/my/data/"
    browser.post("/my/data/correct/", sheet(surname="Kamo"))
    assert [c.state for c in CorrectionRequest.objects.order_by("pk")] == ["withdrawn", "asked"]


def test_a_refusal_tells_why_and_changes_nothing(learner, grace, signed_in, scope_of, wanjiru):
    signed_in(learner).post("/my/data/correct/", sheet(surname="Kamaú"))
    asked = CorrectionRequest.objects.get()
    with pytest.raises(Refused):
        corrections.refuse(scope_of(grace), request=asked, reason=" ")
    corrections.refuse(scope_of(grace), request=asked, reason="The card says Kamau")
    wanjiru.refresh_from_db()
    assert wanjiru.surname == "Kamau"
    assert "The card says Kamau" in Notice.objects.get(about_kind="correction_request").body
    with pytest.raises(Refused):
        corrections.make(scope_of(grace), request=asked)


def test_nobody_decides_on_the_own_record_nor_strangers(learner, grace, odhiambo, signed_in, scope_of, wanjiru, livestock):
    signed_in(learner).post("/my/data/correct/", sheet(surname="Kamaú"))
    asked = CorrectionRequest.objects.get()
    own_hr = make.member("hr_officer", "", "", livestock, of_user=learner.user)
    assert not corrections.to_decide(scope_of(own_hr)).exists()
    with pytest.raises(Refused):
        corrections.make(scope_of(own_hr), request=asked)
    assert signed_in(odhiambo).get(f"/corrections/{asked.pk}/").status_code == 404
    assert corrections.to_decide(scope_of(grace)).get() == asked


def test_a_personal_number_that_another_has_is_refused_in_words(learner, grace, signed_in, scope_of, wanjiru, livestock):
    other = make.officer(livestock, "Achieng", "Otieno")
    browser = signed_in(learner)
    held = {name: getattr(wanjiru, name) for name in corrections.FIELDS}
    browser.post("/my/data/correct/", held | {"personal_no": other.personal_no, "reason": "Payslip", "evidence": card()})
    asked = CorrectionRequest.objects.get()
    answer = signed_in(grace).post(f"/corrections/{asked.pk}/decide/", {"outcome": "make", "reason": ""})
    assert answer.status_code == 409
    assert CorrectionRequest.objects.get().state == "asked"
