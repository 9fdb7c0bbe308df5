"""Rejected rows: corrected in the page, or in the downloaded file which is uploaded again."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from centres.models import Officer, Roster
from cse_portal.activity.models import Entry
from tests import factories as make
from tests.centres.test_filing_a_staff_return import HEADING, codes, file_return, line, reference  # noqa: F401

PHONE, NUMBER, UPN = 15, 0, 1  # places of the heading


@pytest.fixture
def fix(signed_in, grace):
    """fix(roster, line, {place: text}) posts the row's form with these cells changed, as Grace."""

    def post(roster, number, cells, hat=None):
        row = roster.lines.get(line=number)
        given = {f"cell_{place}": text for place, text in enumerate(row.cells)}
        url = reverse("centres:roster_fix", args=[roster.ref, number])
        return signed_in(hat or grace).post(url, given | {f"cell_{p}": text for p, text in cells.items()})

    return post


def test_a_rejected_row_is_corrected_in_the_page_and_taken_in(file_return, fix, signed_in, grace):  # noqa: F811
    roster = file_return(line(), line("21000043", phone="07AB"))
    client = signed_in(grace)
    page = client.get(reverse("centres:roster_fix", args=[roster.ref, 3])).content.decode()
    assert "Write the phone as" in page and 'value="07AB"' in page

    assert fix(roster, 3, {PHONE: "07ABC"}).status_code == 302
    assert codes(roster) == ["bad_phone"]
    assert fix(roster, 3, {PHONE: "0712345679"})["Location"] == reverse("centres:roster", args=[roster.ref])
    roster.refresh_from_db()
    assert (roster.created, roster.rejected, roster.rows) == (2, 0, 2)
    client.post(reverse("centres:roster_confirm", args=[roster.ref]))
    assert Officer.objects.get(personal_key="21000043").phone == "+254712345679"
    assert Entry.objects.get(verb="staff return row corrected", note="row 3", changes__Phone=["07ABC", "0712345679"])


def test_a_corrected_row_may_not_name_an_officer_of_another_row(file_return, fix):  # noqa: F811
    roster = file_return(line(), line("123"))
    fix(roster, 3, {NUMBER: "21000042"})
    assert codes(roster) == ["duplicate_personal_no"]
    fix(roster, 3, {NUMBER: "21000044"})
    roster.refresh_from_db()
    assert (roster.created, roster.rejected) == (2, 0)


def test_a_corrected_row_is_compared_with_the_register(file_return, fix, wanjiru):  # noqa: F811
    Officer.objects.update(upn="21200000098")
    roster = file_return(line(wanjiru.personal_no, upn="21200000099"))
    assert codes(roster) == ["other_upn"]
    fix(roster, 2, {UPN: "21200000098"})
    roster.refresh_from_db()
    assert (roster.changed, roster.rejected, roster.created) == (1, 0, 0)


def test_only_rejected_rows_of_an_open_return_are_corrected(file_return, fix, signed_in, grace, odhiambo):  # noqa: F811
    roster = file_return(line(), line("21000043", phone="07AB"))
    assert signed_in(grace).get(reverse("centres:roster_fix", args=[roster.ref, 2])).status_code == 404
    assert fix(roster, 3, {}, hat=odhiambo).status_code == 404
    signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    answer = fix(roster, 3, {PHONE: "0712345679"})
    assert answer.status_code == 409 and "before the return is confirmed" in answer.content.decode()


def test_the_rejected_rows_go_out_and_come_back_for_the_same_day(
    file_return,  # noqa: F811
    signed_in,
    grace,
    django_capture_on_commit_callbacks,
    monkeypatch,
):
    first = file_return(line(), line("21000043", phone="07AB"), as_at=make.days_ago(9).isoformat())
    client = signed_in(grace)
    client.post(reverse("centres:roster_confirm", args=[first.ref]))
    out = client.get(reverse("centres:roster_rows", args=[first.ref, "csv"]) + "?outcome=rejected")
    sheet = b"".join(out.streaming_content).decode("utf-8-sig")
    assert sheet.splitlines()[0] == f"{HEADING},status,error" and len(sheet.splitlines()) == 2

    mended = SimpleUploadedFile("mended.csv", io.BytesIO(sheet.replace("07AB", "0712345679").encode()).read())
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("centres:roster_corrections", args=[first.ref]), {"file": mended})
    second = Roster.objects.latest("pk")
    assert answer["Location"] == reverse("centres:roster", args=[second.ref])
    assert (second.follows, second.as_at, second.organisation, second.created, second.rejected) == (
        first,
        first.as_at,
        first.organisation,
        1,
        0,
    )
    assert first.file_name in client.get(answer["Location"]).content.decode()
    assert second.file_name in client.get(reverse("centres:roster", args=[first.ref])).content.decode()
