"""An HR officer files a staff return through the pages: upload, preview, confirm."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from centres import tasks
from centres.models import Officer, Posting, Roster
from tests import factories as make

HEADING = "P/No.,UPN,Surname,First name,Other names,Gender,MDA code,CSE cadre,Job group,Designation,Terms,County code,Centre code,In post since,Email,Phone"


def line(
    personal_no="21000042",
    upn="",
    surname="Kamau",
    first="Wanjiru",
    mda="SDLD",
    cadre="FRT",
    since="2019-05-06",
    phone="0712 345678",
    designation="Clerical Officer",
    **cells,
):
    return f"{personal_no},{upn},{surname},{first},,F,{mda},{cadre},K,{designation},Permanent,047,,{since},,{phone}"


@pytest.fixture(autouse=True)
def reference(db, livestock, dairy_board, immigration):
    for code, _ in make.CADRES:
        make.cadre(code)
    make.county(), make.job_group()


@pytest.fixture
def file_return(signed_in, grace, django_capture_on_commit_callbacks, monkeypatch):
    """file_return(lines, ...) uploads as Grace and lets the worker read it: the Roster."""
    monkeypatch.setattr(tasks.read_roster, "delay", tasks.read_roster)

    def file(*lines, hat=None, heading=HEADING, **more):
        client = signed_in(hat or grace)
        content = "\n".join([heading, *lines]).encode()
        data = {"file": SimpleUploadedFile("staff.csv", content), "as_at": make.days_ago(0).isoformat()} | more
        if hat is None:
            data.setdefault("organisation", grace.organisation_id)
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(reverse("centres:roster_upload"), data)
        assert response.status_code == 302, response.content.decode()
        return Roster.objects.latest("pk")

    return file


def codes(roster):
    return [problem["code"] for row in roster.lines.filter(outcome="rejected") for problem in row.problems]


def test_a_return_is_previewed_then_taken_in_whole(file_return, signed_in, grace):
    roster = file_return(line(), line("21000043", first="Amina", mda="KDB"))
    client = signed_in(grace)
    page = client.get(reverse("centres:roster", args=[roster.ref]))
    assert "Add 2 officers" in page.content.decode()
    assert not Officer.objects.exists()

    assert client.post(reverse("centres:roster_confirm", args=[roster.ref])).status_code == 302
    client.post(reverse("centres:roster_confirm", args=[roster.ref]))  # twice does no harm
    wanjiru, amina = Officer.objects.order_by("personal_no")
    assert (wanjiru.phone, wanjiru.number_series, amina.number_series) == ("+254712345678", "national", "KDB")
    assert wanjiru.postings.get().during.lower.isoformat() == "2019-05-06"


def test_the_same_file_again_changes_nothing(file_return, signed_in, grace):
    for expected in ("created", "unchanged"):
        roster = file_return(line())
        assert getattr(roster, expected) == 1
        signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    assert Posting.objects.count() == 1


def test_a_change_takes_effect_on_the_as_at_day(file_return, signed_in, grace):
    signed_in(grace).post(reverse("centres:roster_confirm", args=[file_return(line()).ref]))
    as_at = make.days_ago(30)
    roster = file_return(line(cadre="SNR", surname="Otieno", since="2026-01-01"), as_at=as_at.isoformat())
    page = signed_in(grace).get(reverse("centres:roster", args=[roster.ref])).content.decode()
    assert "<del>Kamau</del>" in page and "<ins>SNR</ins>" in page

    signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    officer = Officer.objects.get()
    old, new = officer.postings.order_by("during")
    assert officer.surname == "Otieno"
    assert (old.cadre.code, old.during.upper, new.cadre.code, new.during.lower) == ("FRT", as_at, "SNR", as_at)
    assert old.during.lower.isoformat() == "2019-05-06", "in post since starts a first posting only"


def test_cancelling_writes_nothing(file_return, signed_in, grace):
    roster = file_return(line())
    signed_in(grace).post(reverse("centres:roster_cancel", args=[roster.ref]))
    answer = signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    assert answer.status_code == 409 and not Officer.objects.exists()


def test_hr_may_name_only_the_own_mda_and_those_under_it(file_return):
    assert codes(file_return(line(mda="SDICS"), line("21000043", mda="KDB"))) == ["not_your_mda"]


def test_an_officer_in_post_elsewhere_is_asked_for_and_not_moved(file_return, signed_in, grace, hassan):
    roster = file_return(line(hassan.personal_no, surname="Mwakio"))
    assert roster.transfer == 1
    page = signed_in(grace).get(reverse("centres:roster", args=[roster.ref])).content.decode()
    assert "SDICS" in page and "Ask for 1 officer" in page
    signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    request = hassan.transfers.get()
    assert (request.state, request.from_organisation.code, request.to_organisation.code) == ("requested", "SDICS", "SDLD")
    assert [p.organisation.code for p in hassan.postings.all()] == ["SDICS"]


def test_numbers_of_different_series_are_different_people(file_return, signed_in, grace, dairy_board):
    make.officer(dairy_board, personal_no="555001")
    assert file_return(line("555001")).created == 1


def test_a_number_twice_names_the_earlier_row(file_return):
    roster = file_return(line(), line("0021 000042", first="Other"))
    assert codes(roster) == ["duplicate_personal_no"] and "Line 2" in roster.lines.get(outcome="rejected").problems[0]["remedy"]


def test_rejected_rows_come_back_with_their_reasons(file_return, signed_in, grace):
    roster = file_return(line(phone="07AB"), line("21000043"))
    sheet = b"".join(
        signed_in(grace).get(reverse("centres:roster_rows", args=[roster.ref, "csv"]) + "?outcome=rejected").streaming_content
    ).decode()
    assert "07AB" in sheet and "Write the phone as" in sheet and "21000043" not in sheet


def test_a_preview_that_is_no_longer_true_is_not_confirmed(file_return, signed_in, grace, livestock):
    roster = file_return(line())
    make.officer(livestock, "Wanjiru", "Kamau", personal_no="21000042")
    answer = signed_in(grace).post(reverse("centres:roster_confirm", args=[roster.ref]))
    assert answer.status_code == 409 and "changed since this file was read" in answer.content.decode()
    roster.refresh_from_db()
    assert (roster.state, roster.created, roster.changed) == ("read", 0, 1)


@pytest.mark.parametrize(
    ("heading", "says"),
    [("Surname,First name", "Missing: “P/No.”"), (HEADING.replace("UPN", "Mobile"), "two columns for “Phone”")],
)
def test_a_file_without_its_columns_is_refused_whole(file_return, heading, says):
    roster = file_return("a,b", heading=heading)
    assert roster.state == "failed" and says in roster.problem


def test_the_as_at_date_is_never_in_the_future(signed_in, grace):
    answer = signed_in(grace).post(
        reverse("centres:roster_upload"),
        {
            "file": SimpleUploadedFile("a.csv", b"x"),
            "as_at": make.days_ahead(1).isoformat(),
            "organisation": grace.organisation_id,
        },
    )
    assert answer.status_code == 409 and "today or an earlier day" in answer.content.decode()


def test_a_stranger_sees_no_trace_of_it(file_return, signed_in, odhiambo):
    roster = file_return(line())
    client = signed_in(odhiambo)
    assert client.get(reverse("centres:roster", args=[roster.ref])).status_code == 404
    assert roster.file_name not in client.get(reverse("centres:rosters")).content.decode()
