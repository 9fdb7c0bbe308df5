"""The transfers inbox: what is asked of us and by us, answering one or several, asking by number and surname."""

import pytest
from django.urls import reverse

from centres.access import Scope
from centres.models import Posting, TransferRequest
from cse_portal.lib import clock
from tests import factories as make
from training.services import awards

pytestmark = pytest.mark.django_db


def listed(browser, **asked):
    return [t.officer.first_name for t in browser.get(reverse("centres:transfers"), asked).context["page_obj"]]


def test_each_side_has_it_in_its_own_box_and_a_third_in_none(wanjiru, immigration, grace, odhiambo, signed_in):
    transfer = make.transfer(wanjiru, immigration)
    ours, theirs = signed_in(grace), signed_in(odhiambo)
    assert (listed(ours), listed(ours, box="incoming"), listed(ours, box="history")) == (["Wanjiru"], [], [])
    assert (listed(theirs), listed(theirs, box="incoming")) == ([], ["Wanjiru"])
    assert listed(ours, q=wanjiru.personal_no) == ["Wanjiru"] and listed(ours, q="Nobody") == []
    treasury = make.member("hr_officer", "hr@treasury.go.ke", "Treasury HR", make.organisation("TNT", "The National Treasury"))
    assert signed_in(treasury).get(transfer.get_absolute_url()).status_code == 404


def test_several_are_accepted_at_once_and_what_cannot_be_is_told(livestock, immigration, grace, signed_in):
    officers = [make.officer(livestock, f"Officer {n}", "Many") for n in range(3)]
    asked = [make.transfer(o, immigration) for o in officers]
    Posting.objects.filter(officer=officers[2]).update(organisation=make.organisation("TNT", "The National Treasury"))
    browser = signed_in(grace)
    page = browser.post(reverse("centres:transfers_accept"), {"transfers": [t.ref for t in asked]}, follow=True).content.decode()
    assert "2 transfers accepted." in page and "can no longer be made" in page
    assert sorted(TransferRequest.objects.values_list("state", flat=True)) == ["accepted", "accepted", "requested"]
    rows = b"".join(browser.get(reverse("centres:transfers"), {"box": "history", "export": "csv"}).streaming_content).decode()
    assert rows.count("State Department for Immigration") == 2


def test_an_officer_is_asked_for_by_number_and_surname(hassan, livestock, immigration, grace, odhiambo, signed_in):
    browser, url = signed_in(grace), reverse("centres:transfer_new")
    given = {
        "surname": "mwakio",
        "personal_no": hassan.personal_no,
        "of_organisation": immigration.pk,
        "organisation": livestock.pk,
    }
    wrong = browser.post(url, given | {"surname": "Otieno", "on": "1 Nov 2026"})
    assert wrong.status_code == 409 and "No officer on the register has this number and this surname" in wrong.content.decode()
    assert browser.post(url, given | {"on": clock.today().isoformat()}).status_code == 302
    transfer = TransferRequest.objects.get()
    assert "answers by" in browser.get(transfer.get_absolute_url()).content.decode()
    theirs = signed_in(odhiambo)
    theirs.post(reverse("centres:transfer_dispute", args=[transfer.ref]), {"reason": "Paid here until June"})
    page = browser.get(transfer.get_absolute_url()).content.decode()
    assert "Paid here until June" in page and "Withdraw" in page
    browser.post(reverse("centres:transfer_withdraw", args=[transfer.ref]), {"reason": "Agreed by phone"})
    assert hassan.postings.get().organisation == immigration


def test_the_record_and_the_certificate_come_along(wanjiru, immigration, grace, odhiambo, signed_in):
    certificate = awards.issue(Scope.system_task("test"), [make.completion(wanjiru)], make.days_ago(99))[0]
    transfer = make.transfer(wanjiru, immigration)
    ours, theirs = signed_in(grace), signed_in(odhiambo)
    assert theirs.get(wanjiru.get_absolute_url()).status_code == 404
    ours.post(reverse("centres:transfer_accept", args=[transfer.ref]))
    page = theirs.get(wanjiru.get_absolute_url())
    assert page.status_code == 200 and certificate.number in page.content.decode()
    assert ours.get(wanjiru.get_absolute_url()).status_code == 404
    assert ours.get(transfer.get_absolute_url()).status_code == 200  # what was settled stays in the history of both
