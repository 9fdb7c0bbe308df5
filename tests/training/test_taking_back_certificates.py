"""Revoking, suspending and reinstating: one coordinator asks, another decides; what it does to status, notices and the public."""


import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.reading import said
from tests.training import hall
from training.compliance import verify
from training.models import Certificate, CertificateAct, Completion
from training.services import awards, certificate_acts

pytestmark = pytest.mark.django_db


@pytest.fixture
def another(db):
    return make.member("coordinator", "another@ksg.example", "Another Coordinator")


@pytest.fixture
def issued(embu, livestock, coordinator, scope_of):
    make.requirement()
    return hall.closed(scope_of(coordinator), livestock, 5)


@pytest.fixture
def act(coordinator, another, scope_of):
    """act(kind, first, last) asks as one coordinator and agrees as another."""

    def do(kind, first, last="", reason="Sheet found to be falsified"):
        asked = certificate_acts.ask(scope_of(coordinator), kind=kind, first=first, last=last, reason=reason)
        return certificate_acts.decide(scope_of(another), act=asked, agree=True)

    return do


def states():
    return list(Certificate.objects.order_by("number").values_list("state", flat=True))


def test_a_range_is_revoked_through_the_pages(issued, coordinator, another, signed_in, anyone):
    first, last = issued[1].number, issued[3].number
    one, two = signed_in(coordinator), signed_in(another)
    posted = {"kind": "revoke", "first_number": first, "last_number": last, "reason": "Sheet found to be falsified"}
    shown = said(one.post("/certificates/acts/ask/", posted))
    assert "3 certificates" in shown and "State Department for Livestock Development: 3" in shown
    assert not CertificateAct.objects.exists()
    page = one.post("/certificates/acts/ask/", posted | {"sure": "1"}).url
    assert "To be decided" in said(one.get(page)) and states() == ["valid"] * 5
    assert one.get(f"{page}decide/").status_code == 403
    assert "1 act to decide" in said(two.get("/certificates/"))
    assert Notice.objects.get(key__startswith="asked:act").to == "another@ksg.example"
    assert two.post(f"{page}decide/", {"outcome": "agree"}).url == page
    assert states() == ["valid", "revoked", "revoked", "revoked", "valid"]
    text = said(anyone.get(f"/verify/{issued[2].code}/"))
    today = make.days_ago(0)
    assert "This certificate is revoked" in text and f"{today.day} {today:%B %Y}" in text and "falsified" not in text
    assert [day for _n, day in sorted(hall.completions().items())] == [None, today, today, today, None]
    assert Entry.objects.filter(kind="certificate", verb="revoked", note="Sheet found to be falsified").count() == 3
    assert Notice.objects.filter(key__startswith="revoked:").count() == 3
    assert "Another Coordinator" in said(one.get(page))


def test_the_command_says_that_it_is_revoked(issued, act, capsys):
    act("revoke", issued[0].number)
    with pytest.raises(CommandError, match="is revoked"):
        call_command("verify_certificate", issued[0].code)
    assert f"State: revoked since {make.days_ago(0)}" in capsys.readouterr().out


def test_statuses_follow_and_the_ledger_agrees(issued, act):
    officer = issued[0].completion.officer
    assert hall.status_of(officer) == "current"
    act("suspend", issued[0].number)
    assert hall.status_of(officer) != "current" and states()[0] == "suspended"
    act("reinstate", issued[0].number)
    assert hall.status_of(officer) == "current" and states()[0] == "valid"
    act("revoke", issued[0].number)
    assert hall.status_of(officer) != "current"
    assert not list(verify.differences())


def test_a_completion_withdrawn_for_another_reason_stays_withdrawn(issued, act):
    act("suspend", issued[0].number)
    Completion.objects.filter(pk=issued[0].completion_id).update(withdrawn_on=make.days_ago(-1))
    act("reinstate", issued[0].number)
    assert Completion.objects.get(pk=issued[0].completion_id).withdrawn_on == make.days_ago(-1)


def test_revoking_replaced_paper_leaves_the_new_paper_and_the_training(issued, act, scope_of, coordinator):
    old = issued[0]
    officer = old.completion.officer
    officer.surname = "Okoth"
    officer.save()
    [new] = awards.reissue(scope_of(coordinator), officer=officer)
    act("revoke", old.number)
    assert Certificate.objects.get(pk=new.pk).state == "valid" and hall.status_of(officer) == "current"
    act("revoke", new.number)
    assert hall.status_of(officer) != "current"


def test_what_was_renewed_while_suspended_comes_back_superseded(issued, act, scope_of, coordinator):
    act("suspend", issued[0].number)
    again = make.completion(issued[0].completion.officer, on=make.days_ago(0))
    awards.issue(scope_of(coordinator), [again], make.days_ago(0))
    act("reinstate", issued[0].number)
    assert Certificate.objects.get(pk=issued[0].pk).state == "superseded"


def test_nobody_decides_alone_nor_twice(issued, coordinator, another, scope_of):
    one, two = scope_of(coordinator), scope_of(another)
    asked = certificate_acts.ask(one, kind="revoke", first=issued[0].number, reason="Forged")
    with pytest.raises(Refused, match="another coordinator"):
        certificate_acts.decide(one, act=asked, agree=True)
    with pytest.raises(Refused, match="Say why"):
        certificate_acts.decide(two, act=asked, agree=False)
    certificate_acts.decide(two, act=asked, agree=False, reason="No evidence")
    with pytest.raises(Refused, match="decided already"):
        certificate_acts.decide(two, act=asked, agree=True)
    assert states() == ["valid"] * 5
    with pytest.raises(IntegrityError):
        hall.change(CertificateAct, asked_by=coordinator.user, decided_by=coordinator.user)


def test_who_asked_takes_it_back(issued, coordinator, another, signed_in, scope_of):
    asked = certificate_acts.ask(scope_of(coordinator), kind="suspend", first=issued[0].number, reason="Doubted")
    assert signed_in(another).post(f"{asked.get_absolute_url()}withdraw/").status_code == 403
    assert signed_in(coordinator).post(f"{asked.get_absolute_url()}withdraw/").status_code == 302
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("CSE-1", "", "as on the certificate"),
        ("CSE-2026-000002", "CSE-2026-000001", "comes after"),
        ("CSE-2025-000002", "CSE-2026-000003", "comes after"),
        ("CSE-2031-000001", "CSE-2031-000009", "can be revoked"),
    ],
)
def test_what_is_no_range_is_refused(issued, coordinator, scope_of, first, last, sentence):
    with pytest.raises(Refused, match=sentence):
        certificate_acts.ask(scope_of(coordinator), kind="revoke", first=first, last=last, reason="x")


def test_only_coordinators_ask(issued, kiprono, grace, administrator, signed_in):
    for hat in (kiprono, grace, administrator):
        assert signed_in(hat).get("/certificates/acts/ask/").status_code == 403
    assert signed_in(grace).get("/certificates/").status_code == 403
    assert signed_in(administrator).get("/certificates/").status_code == 200


def test_deciding_costs_the_same_for_five_as_for_one(issued, embu, immigration, act, coordinator, scope_of, another):
    asked = [
        certificate_acts.ask(scope_of(coordinator), kind="suspend", first=a.number, last=b.number, reason="x")
        for a, b in ((issued[0], issued[0]), (issued[1], issued[4]))
    ]
    counts = []
    for one in asked:
        with CaptureQueriesContext(connection) as captured:
            certificate_acts.decide(scope_of(another), act=one, agree=True)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 30


def test_the_list_finds_by_number_name_mda_cohort_and_state(issued, act, coordinator, signed_in):
    act("revoke", issued[0].number)
    client = signed_in(coordinator)
    for query, n in ((issued[1].number, 1), ("Aana", 1), ("nothing", 0)):
        assert client.get("/certificates/", {"q": query}).context["total"] == n
    assert client.get("/certificates/", {"state": "revoked"}).context["total"] == 1
    assert client.get("/certificates/", {"mda": "SDLD"}).context["total"] == 5
    assert client.get("/certificates/", {"cohort": "emb-26-001", "state": "valid"}).context["total"] == 4
    rows = client.get("/certificates/", {"export": "csv"}).getvalue().decode("utf-8-sig").splitlines()
    assert len(rows) == 6 and sum("Revoked" in row for row in rows) == 1


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/certificates/", "/certificates/acts/"])
def test_lists_cost_the_same_at_any_length(address, issued, embu, immigration, coordinator, another, signed_in, scope_of):
    client, counts = signed_in(coordinator), []
    certificate_acts.ask(scope_of(coordinator), kind="suspend", first=issued[0].number, reason="x")
    client.get(address)
    for turn in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        counts.append(len(captured))
        if turn:
            break
        hall.closed(scope_of(coordinator), immigration, 30, code="EMB-26-002")
        for certificate in issued[1:]:
            certificate_acts.ask(scope_of(another), kind="suspend", first=certificate.number, reason="x")
        client.get(address)
    assert counts[0] == counts[1]


# What the database keeps.


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM training_certificate",
        "UPDATE training_certificate SET holder = 'Another'",
        "UPDATE training_certificate SET number = number || 'x'",
        "UPDATE training_certificate SET payload = 'x'",
        "UPDATE training_certificate SET expires_on = expires_on + 1",
        "UPDATE training_certificate SET completion_id = completion_id + 1",
    ],
)
def test_the_database_keeps_what_was_issued(issued, sql):
    with pytest.raises(DatabaseError):
        hall.run_sql(sql)


def test_revoked_is_for_good(issued, act):
    act("revoke", issued[0].number)
    with pytest.raises(IntegrityError):
        hall.run_sql("UPDATE training_certificate SET state = 'valid'")
