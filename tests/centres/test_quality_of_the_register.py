"""The register quality page: counts MDA by MDA, each with its list behind it for who may see names."""

import pytest
from django.utils import timezone

from centres.models import Officer, PossibleLeaver, Roster, RosterCoverage, TransferRequest
from centres.services.changes import postings_changed
from cse_portal.lib import clock
from tests import factories as make

pytestmark = pytest.mark.django_db


def filed(organisation, as_at, rejected=0):
    roster = Roster.objects.create(
        organisation=organisation, as_at=as_at, file="x.csv", file_name="x.csv", sha256="0" * 64, state="applied", rejected=rejected,
        uploaded_at=timezone.now(), applied_at=timezone.now(),
    )  # fmt: skip
    RosterCoverage.objects.create(roster=roster, organisation=organisation, officers=1)
    return roster


@pytest.fixture
def untidy(livestock, dairy_board, immigration):
    """Livestock: known, two officers, one with nothing; the Dairy Board: stale; Immigration: never filed."""
    roster = filed(livestock, make.days_ago(20), rejected=3)
    filed(dairy_board, make.days_ago(300))
    whole = make.officer(livestock, phone="+254700000009", upn="2024001")
    bare = make.officer(livestock, "Ali", "Hassan", email="")
    bare.postings.update(county=None, job_group=None)
    PossibleLeaver.objects.create(roster=roster, officer=bare, organisation=livestock)
    other = make.officer(immigration, phone="+254700000009")
    for officer, days in ((whole, -3), (other, 3)):
        there = officer.postings.get().organisation
        TransferRequest.objects.create(
            officer=officer, from_organisation=there, to_organisation=dairy_board, on=clock.today(),
            answer_by=make.days_ahead(days), requested_at=timezone.now(),
        )  # fmt: skip
    postings_changed([whole.pk, bare.pk, other.pk])
    return livestock


def table(client, query=""):
    return {row.code: row for row in client.get(f"/register/{query}").context["object_list"]}


def test_hops_reads_counts_and_no_name_leads_further(signed_in, hops, untidy):
    page = signed_in(hops).get("/register/")
    rows = {row.code: row for row in page.context["object_list"]}
    said = rows["SDLD"]
    assert (said.state, said.age, said.in_post, said.rejected, said.leavers, said.transfers, said.overdue) == (
        "known",
        20,
        2,
        3,
        1,
        1,
        1,
    )
    assert (said.no_county, said.no_email, said.no_phone, said.no_upn, said.no_job_group, said.duplicates) == (1, 1, 1, 1, 1, 1)
    assert (rows["KDB"].state, rows["SDICS"].state, rows["SDICS"].overdue, rows["SDICS"].duplicates) == ("stale", "never", 0, 1)
    body = page.content.decode()
    assert "Hassan" not in body and "/officers/?" not in body
    assert "Known" in body and "Out of date" in body and "never filed" in body


def test_each_figure_leads_to_a_list_as_long(signed_in, grace, untidy):
    mine = signed_in(grace)
    rows = mine.get("/register/").context["page_obj"].object_list
    assert [row.code for row in rows] == ["KDB", "SDLD"]
    seen = 0
    for row in rows:
        for column, n, url in row.cells:
            if not url or column.key == "rejected":
                continue
            page = mine.get(url)
            total = page.context["counted"][0] if "counted" in page.context else page.context["total"]
            assert total == n, f"{row.code} {column.key}: {url}"
            seen += 1
    assert seen == 10
    assert (
        f"/rosters/{Roster.objects.get(organisation__code='SDLD').ref}/?outcome=rejected"
        in mine.get("/register/").content.decode()
    )


def test_it_is_narrowed_sorted_and_exported(signed_in, administrator, untidy):
    office = signed_in(administrator)
    assert set(table(office, "?state=stale")) == {"KDB"}
    assert set(table(office, "?missing=no_email")) == {"SDLD"}
    assert set(table(office, "?q=immigration")) == {"SDICS"}
    assert list(table(office, "?sort=-age"))[0] in ("MOALD", "SDICS"), "never filed is oldest"
    assert list(table(office, "?sort=-in_post"))[0] == "SDLD"
    lines = b"".join(office.get("/register/?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("MDA,Register,Last return,In post,No county")
    assert len(lines) == 1 + len(table(office))


def test_page_and_api_say_the_same(signed_in, hops, grace, champion, untidy):
    for hat in (hops, grace):
        rows = table(signed_in(hat))
        answer = signed_in(hat).get("/api/v1/register-quality/").json()["results"]
        assert {row["code"] for row in answer} == set(rows)
        for row in answer:
            assert all(
                row[key] == getattr(rows[row["code"]], key) for key in ("state", "in_post", "no_upn", "leavers", "duplicates")
            )
    assert signed_in(champion).get("/register/").status_code == 403
    assert signed_in(champion).get("/api/v1/register-quality/").status_code == 403


def test_a_merged_record_is_no_officer_here(signed_in, hops, untidy):
    from centres.access import Scope
    from centres.services import merging

    kept = Officer.objects.get(upn="2024001")
    dropped = Officer.objects.get(postings__organisation__code="SDICS")
    TransferRequest.objects.update(state="withdrawn")
    merging.merge(Scope.system_task("test"), kept=kept, dropped=dropped)
    rows = table(signed_in(hops))
    assert sum(row.in_post for row in rows.values()) == 2 and sum(row.duplicates for row in rows.values()) == 0
