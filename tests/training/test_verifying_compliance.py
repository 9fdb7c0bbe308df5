"""The night compares ledger, spans and the rule, and alarms on any difference."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from centres.models import Posting
from cse_portal.lib import clock
from cse_portal.notices.models import Notice
from tests import factories as make
from training.compliance import ledger, spans, verify
from training.models import Completion, ComplianceSpan

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(livestock, immigration, wanjiru, hassan):
    make.requirement()
    make.completion(wanjiru)
    return livestock


def tampered(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_all_is_well(register, capsys):
    call_command("rebuild_compliance", verify=True)
    assert "agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    "tamper, what",
    [
        ("UPDATE training_compliancespan SET status = 2 WHERE status = 0", "spans and the rule"),
        ("UPDATE centres_posting SET during = daterange('2020-01-01', NULL)", "spans and the rule"),
        ("INSERT INTO training_compliancedelta (organisation_id, cadre_id, status, delta, effective_on, recorded_at) VALUES (1, 1, 0, 1, '2026-01-01', now())", "ledger and spans"),
        ("INSERT INTO training_compliancecountydelta (county_id, cadre_id, status, delta, effective_on, recorded_at) VALUES (1, 1, 0, 1, '2026-01-01', now())", "county ledger and spans"),
        ("UPDATE training_requirementscope SET due_days = 1", "reach of the rules"),
        ("DELETE FROM training_compliancespan", "headcount and register"),
    ],
)  # fmt: skip
def test_whatever_wrote_past_the_services_is_found_and_told(register, administrator, tamper, what, capsys):
    tampered(tamper)
    assert what in dict(verify.differences())
    with pytest.raises(CommandError):
        call_command("rebuild_compliance", verify=True)
    assert what in capsys.readouterr().err
    told = Notice.objects.get(key__startswith="compliance-differs:")
    assert told.to == administrator.user.email and what in told.body


def test_spans_that_overlap_are_found(register, wanjiru):
    span = ComplianceSpan.objects.filter(officer=wanjiru).first()
    ComplianceSpan.objects.create(
        officer=wanjiru,
        organisation_id=register.pk,
        cadre_id=1,
        status=1,
        starts=span.starts - dt.timedelta(days=9),
        ends=clock.today(),
    )
    assert "spans of one officer overlap" in dict(verify.differences())


def test_rebuilding_puts_the_figures_right(register, wanjiru):
    tampered("UPDATE training_compliancespan SET status = 2 WHERE status = 0")
    call_command("rebuild_compliance")
    assert verify.differences() == []
    assert {row[2] for row in ledger.of_organisations([register.pk], clock.today())} == {"current"}


def test_an_empty_ledger_is_filled_at_once(register):
    before = sorted(ledger.cells(clock.today()))
    tampered(
        "SET LOCAL cse.compacting = 'on'; DELETE FROM training_compliancespan; DELETE FROM training_compliancedelta; DELETE FROM training_compliancecountydelta; SET LOCAL cse.compacting = ''"
    )
    assert spans.rebuild() > 0
    assert verify.differences() == []
    assert sorted(ledger.cells(clock.today())) == before


def test_deltas_are_never_changed(register):
    for act in ("UPDATE training_compliancedelta SET delta = 1", "DELETE FROM training_compliancecountydelta"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            tampered(act)


def test_three_transfers_in_a_year(livestock, immigration, dairy_board, wanjiru):
    """Each MDA's figures are right on every day; the certificate follows the officer, the requirement the cadre."""
    make.requirement(in_force=make.since(make.days_ago(1000)))
    make.requirement("TEC", "CSE-TEC-01", in_force=make.since(make.days_ago(1000)), due_within_days=30)
    make.completion(wanjiru, on=make.days_ago(380))
    Posting.objects.filter(officer=wanjiru).delete()
    moves = [
        (livestock, "FRT", 400, 300),
        (immigration, "FRT", 300, 200),
        (dairy_board, "TEC", 200, 100),
        (livestock, "FRT", 100, None),
    ]
    for place, cadre, first, end in moves:
        Posting.objects.create(
            officer=wanjiru, organisation=place, cadre=make.cadre(cadre),
            during=(make.days_ago(first), end and make.days_ago(end)),
        )  # fmt: skip
    spans.refresh([wanjiru.pk])
    for ago in range(400, -1, -1):
        place, cadre = next((p, c) for p, c, first, end in moves if ago <= first and (end is None or ago > end))
        if cadre == "TEC":
            status = "due" if ago > 170 else "overdue"
        else:
            status = "due" if ago > 380 else "current"
        assert ledger.cells(make.days_ago(ago)) == [(place.pk, make.cadre(cadre).pk, status, 1)], ago


@pytest.mark.django_db(transaction=True)
def test_two_who_change_facts_of_the_same_officers_at_once(livestock):
    """In opposite order, again and again: nobody waits for ever, and nothing is counted twice."""
    make.requirement()
    officers = [make.officer(livestock, f"Officer{n}") for n in range(40)]
    version = make.version()

    def work(mine):
        try:
            for n in range(6):
                with transaction.atomic():
                    Completion.objects.create(officer=mine[n], course_version=version, on=make.days_ago(30 + n))
                    spans.refresh([officer.pk for officer in mine])
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, [officers[:30], officers[:9:-1], officers[5:25]]))
    assert verify.differences() == []
    assert sum(n for *_cell, n in ledger.cells(clock.today())) == 40


def test_a_backup_restored_into_another_server(register, wanjiru, hassan):
    """Its transactions have smaller numbers than those of the rows: figures are right at once, and after the night."""
    spans.build_checkpoints(clock.today())
    tampered(
        "SET LOCAL cse.compacting = 'on'; UPDATE training_compliancedelta SET written_by = '9000000000000';"
        "UPDATE training_compliancecountydelta SET written_by = '9000000000000'; SET LOCAL cse.compacting = '';"
        "UPDATE training_compliancewatermark SET upto = '9000000000001'"
    )
    make.completion(hassan)
    assert verify.differences() == []
    tampered("SELECT compliance_compact(current_date + 1)")
    spans.build_checkpoints(clock.today())
    assert verify.differences() == []
    tampered("UPDATE training_compliancewatermark SET upto = '5'")  # all that was adopted lies before the mark
    make.completion(wanjiru, on=make.days_ago(300))
    spans.refresh([wanjiru.pk])
    assert verify.differences() == []
