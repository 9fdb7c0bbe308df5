"""Satisfaction, timeliness and complaints by quarter: the secretariat records them, a correction is a new row, the decision reads four."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import MeasuredFigure
from standards.services import measures

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db
D = dt.date
ON = D(2026, 11, 22)


def four(secretariat, organisation, kind="csi", value="0.92", on=None, n=4, **more):
    for day in measures.last_quarters(on or clock.today(), n):
        measures.record(
            scope(secretariat),
            organisation=organisation,
            kind=kind,
            quarter_end=day,
            value=Decimal(value),
            n=250,
            source="exit survey",
            **more,
        )


def test_the_quarters_that_had_ended():
    assert measures.last_quarters(ON, 3) == [D(2026, 9, 30), D(2026, 6, 30), D(2026, 3, 31)]
    assert measures.last_quarters(D(2026, 9, 30), 2) == [D(2026, 9, 30), D(2026, 6, 30)]
    assert measures.last_quarters(D(2027, 1, 1), 1) == [D(2026, 12, 31)]


def test_the_secretariat_records_and_corrects_through_the_page(secretariat, livestock, signed_in):
    day = measures.last_quarters(clock.today(), 1)[0]
    browser = signed_in(secretariat)
    sent = {
        "organisation": "SDLD",
        "centre": "",
        "kind": "csi",
        "quarter_end": day.isoformat(),
        "value": "91.4",
        "n": "312",
        "source": "exit survey",
    }
    assert browser.post(reverse("standards:record_measure"), sent).status_code == 302
    first = MeasuredFigure.objects.get()
    assert first.value == Decimal("0.914") and first.recorded_by == secretariat.user
    shown = browser.get(reverse("standards:correct_measure", args=[first.pk])).content.decode()
    assert 'value="91.4"' in shown
    browser.post(reverse("standards:correct_measure", args=[first.pk]), sent | {"value": "88"})
    standing = MeasuredFigure.objects.standing().get()
    first.refresh_from_db()
    assert standing.value == Decimal("0.88") and first.replaced_by == standing and first.value == Decimal("0.914")
    page = browser.get(reverse("standards:measures")).content.decode()
    assert "88.0%" in page and "91.4%" not in page
    assert "91.4%" in browser.get(reverse("standards:measures") + "?replaced=yes").content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"value": Decimal("1.2")}, "value"), ({"n": 0}, "n"), ({"source": " "}, "source"), ({"quarter_end": D(2026, 8, 30)}, "quarter_end"), ({"quarter_end": D(2036, 9, 30)}, "quarter_end")],
)  # fmt: skip
def test_what_is_not_a_figure_is_refused(secretariat, livestock, changed, field):
    asked = {
        "organisation": livestock,
        "kind": "csi",
        "quarter_end": D(2025, 9, 30),
        "value": Decimal("0.9"),
        "n": 9,
        "source": "survey",
    }
    with pytest.raises(Refused) as refusal:
        measures.record(scope(secretariat), **asked | changed)
    assert field in refusal.value.fields


def test_others_do_not_record(grace, amina, panel, hops, livestock, signed_in):
    for hat in (grace, amina, panel, hops):
        assert signed_in(hat).get(reverse("standards:record_measure")).status_code == 403
        with pytest.raises(Refused):
            four(hat, livestock)
    assert not MeasuredFigure.objects.exists()


def test_the_decision_reads_four_quarters_without_a_gap(secretariat, livestock, audit):
    assert measures.for_decision(audit, clock.today()) == {}
    four(secretariat, livestock)
    four(secretariat, livestock, "timeliness", "0.97")
    four(secretariat, livestock, "complaints", "12")
    found = measures.for_decision(audit, clock.today())
    assert set(found) == {"csi", "timeliness"}
    assert found["csi"].quarters == (Decimal("0.92"),) * 4 and found["csi"].n == 1000 and found["csi"].source == "exit survey"


def test_a_quarter_that_is_missing_ends_the_run(secretariat, livestock, audit):
    days = measures.last_quarters(clock.today(), 4)
    for day in (days[0], *days[2:]):
        measures.record(
            scope(secretariat), organisation=livestock, kind="csi", quarter_end=day, value=Decimal("0.92"), n=250, source="survey"
        )
    assert measures.for_decision(audit, clock.today())["csi"].quarters == (Decimal("0.92"),)


def test_a_figure_of_long_ago_is_not_one_of_the_last_quarters(secretariat, livestock, audit):
    four(secretariat, livestock, on=clock.add_months(clock.today(), -3))
    four(secretariat, livestock, "timeliness", on=clock.add_months(clock.today(), -6))
    found = measures.for_decision(audit, clock.today())
    assert len(found["csi"].quarters) == 4 and "timeliness" not in found


def test_the_database_keeps_figures_as_they_were_recorded(secretariat, livestock):
    four(secretariat, livestock, n=1)
    four(secretariat, livestock, value="0.85", n=1)
    first, second = MeasuredFigure.objects.order_by("pk")
    table = MeasuredFigure._meta.db_table
    for sql in (
        f"UPDATE {table} SET value = 0.99 WHERE id = {second.pk}",
        f"UPDATE {table} SET n = 1 WHERE id = {first.pk}",
        f"UPDATE {table} SET replaced_by_id = NULL WHERE id = {first.pk}",
        f"DELETE FROM {table}",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert first.replaced_by == second


def test_a_centres_figures_are_not_the_mdas(secretariat, livestock, audit, gpo):
    four(secretariat, livestock, centre=gpo)
    assert measures.for_decision(audit, clock.today()) == {}


def test_by_api(secretariat, grace, livestock, signed_in):
    day = measures.last_quarters(clock.today(), 1)[0].isoformat()
    sent = {
        "organisation": "SDLD",
        "kind": "timeliness",
        "quarter_end": day,
        "value": "0.951",
        "n": 800,
        "source": "queue system",
    }
    assert signed_in(secretariat).post("/api/v1/measures/", sent, "application/json").status_code == 201
    assert signed_in(grace).get("/api/v1/measures/").json()["results"][0]["value"] == "0.9510"
    assert signed_in(grace).post("/api/v1/measures/", sent, "application/json").status_code == 403


def test_excellence_is_reached_with_figures_recorded_by_page_and_not_without(
    secretariat, panel, livestock, edition, amina, brian, signed_in
):
    """Everything exemplary, satisfaction 92% and timeliness 97% in each of the last four quarters."""
    from standards.services import certification

    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    site = audit.sites.get()
    for code in steps.elements(site):
        steps.rate(amina, site, code, "E")
    steps.closing_held(amina, audit)
    steps.audits.submit(scope(amina), audit)
    audit.refresh_from_db()
    assert certification.level_today(audit, clock.today()) == "commended"
    browser = signed_in(secretariat)
    for day in measures.last_quarters(clock.today(), 4):
        for kind, value in (("csi", "92"), ("timeliness", "97")):
            sent = {
                "organisation": "SDLD",
                "kind": kind,
                "quarter_end": day.isoformat(),
                "value": value,
                "n": "400",
                "source": "survey",
            }
            assert browser.post(reverse("standards:record_measure"), sent).status_code == 302
    assert certification.level_today(audit, clock.today()) == "excellence"
    made = steps.decided(audit, panel)
    assert made.certification.level == "excellence" and str(made.result)
    measures.record(
        scope(secretariat),
        organisation=livestock,
        kind="csi",
        quarter_end=measures.last_quarters(clock.today(), 1)[0],
        value=Decimal("0.8"),
        n=400,
        source="survey, corrected",
    )
    made.refresh_from_db()
    assert made.certification.level == "excellence", "what was decided stays as it was decided"
