"""Acts, the clock and appeals at the same moment: one after the other, and the history stays whole."""

import pytest

from standards.models import Certification, CertificationAct, CertificationAppeal, CertificationEvent
from standards.services import certification_appeals, standing, surveillances

from . import steps
from .standing_steps import acted, asked, chair, keeper
from .steps import SYSTEM, hat_of, make, scope
from .test_auditing_at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def held(submitted, panel):
    return steps.decided(submitted, panel).certification


def chained(held):
    held.refresh_from_db()
    state = "in_force"
    for event in held.events.all():
        assert not event.before or event.before == state
        state = state if event.after == "expired" else event.after
    return state == held.state


def test_an_act_and_the_expiry(held):
    act = asked(held)
    said = at_once(
        lambda: standing.decide(scope(chair()), act, grant=True, reason="Seen."), lambda: lapse(held), lambda: lapse(held)
    )
    act.refresh_from_db()
    assert held.events.filter(kind="expired").count() == 1 and chained(held)
    assert (act.state == CertificationAct.State.DONE) == isinstance(said[0], CertificationAct) == (held.state == "suspended")


def lapse(held):
    from django.db import transaction

    with transaction.atomic():
        return standing.expire(SYSTEM, held, held.expires_on)


def test_two_of_the_panel_decide_one_act(held, panel):
    act = asked(held)
    said = at_once(*[lambda hat=hat: standing.decide(scope(hat), act, grant=True, reason="Seen.") for hat in (panel, chair())])
    assert sorted(type(s).__name__ for s in said) == ["CertificationAct", "Refused"]
    assert CertificationEvent.objects.filter(kind="suspended").count() == 1 and chained(held)


def test_two_ask_at_once_and_one_is_taken(held):
    by = keeper()
    said = at_once(*[lambda kind=kind: asked(held, kind, "misuse", by=by) for kind in ("suspend", "withdraw")])
    assert sorted(type(s).__name__ for s in said) == ["CertificationAct", "Refused"]


def test_an_appeal_decided_twice_at_once(held, principal_secretary):
    acted(held)
    appeal = certification_appeals.lodge(scope(principal_secretary), act=held.acts.get(), grounds="Not so.")
    judges = [hat_of("panel", f"{n}@panel.example", f"Judge {n}") for n in ("seventh", "eighth")]
    said = at_once(
        *[lambda hat=hat: certification_appeals.decide(scope(hat), appeal, uphold=True, reasons="Seen.") for hat in judges]
    )
    assert sorted(type(s).__name__ for s in said) == ["CertificationAppeal", "Refused"]
    assert (
        CertificationAppeal.objects.get().state == "upheld" and held.events.filter(kind="restored").count() == 1 and chained(held)
    )


def test_an_award_while_a_withdrawal_is_undone(held, edition, amina, panel, principal_secretary):
    """Whichever comes first, one stands afterwards."""
    acted(held, "withdraw", "falsification")
    appeal = certification_appeals.lodge(scope(principal_secretary), act=held.acts.get(), grounds="Not so.")
    audit = steps.before_the_panel(steps.submitted(held.organisation, edition, amina))
    steps.voted(audit, *steps.panel_of(panel))
    judge = hat_of("panel", "seventh@panel.example", "Judge")
    said = at_once(
        lambda: steps.certification.decide(scope(panel), audit, outcome="certify", reasons_given="All principles pass."),
        lambda: certification_appeals.decide(scope(judge), appeal, uphold=True, reasons="Genuine."),
    )
    assert [type(s).__name__ for s in said] == ["Decision", "CertificationAppeal"]
    held.refresh_from_db()
    assert held.state == "replaced" and chained(held) and Certification.objects.standing().count() == 1


def test_two_awards_to_one_office_at_once(livestock, edition, amina, panel):
    both = [steps.before_the_panel(steps.submitted(livestock, edition, amina)) for _n in range(2)]
    for audit in both:
        steps.voted(audit, *steps.panel_of(panel))
    decide = steps.certification.decide
    said = at_once(*[lambda a=a: decide(scope(panel), a, outcome="certify", reasons_given="All principles pass.") for a in both])
    assert [type(s).__name__ for s in said] == ["Decision", "Decision"]
    assert sorted(Certification.objects.values_list("state", flat=True)) == ["in_force", "replaced"]


def test_a_surveillance_planned_twice_at_once(held, secretariat, amina):
    row = held.surveillances.first()
    dates = {"starts_on": make.days_ahead(10), "ends_on": make.days_ahead(12), "lead": amina.user}
    said = at_once(*[lambda: surveillances.plan(scope(secretariat), row, **dates)] * 2)
    assert sorted(type(s).__name__ for s in said) == ["Audit", "Refused"]
