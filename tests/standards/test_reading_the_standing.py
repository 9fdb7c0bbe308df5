"""What stands, read elsewhere: on a day gone by, and on the page of a centre that left the scope."""

import pytest

from cse_portal.lib import clock
from cse_portal.oversight.figures import Figures
from standards.models import Certification, CertificationEvent
from standards.services import audits
from tests import factories as make

from . import steps
from .standing_steps import acted, asked
from .steps import scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(livestock, gpo, edition, amina, panel):
    """Livestock's head office and its centre."""
    gpo.organisation = livestock
    gpo.save()
    audit = steps.plan(livestock, edition, amina, centres=[gpo])
    steps.declare(audit, amina)
    steps.rate_all(amina, audit)
    return steps.decided(audits.submit(scope(amina), audit), panel).certification


def test_between_suspension_and_restoration_it_is_not_in_force(held):
    for kind, n, before, after in (("suspended", 10, "in_force", "suspended"), ("restored", 20, "suspended", "in_force")):
        CertificationEvent.objects.create(
            certification=held, kind=kind, on=make.days_ahead(n), recorded_at=clock.now(), before=before, after=after
        )
    stood = {n: held in Figures(make.days_ahead(n)).certifications for n in (-1, 0, 9, 10, 19, 20)}
    assert stood == {-1: False, 0: True, 9: True, 10: False, 19: False, 20: True}
    assert not held.stood_on(held.expires_on)


def test_the_number_that_is_printed_leads_to_the_page(held, anyone):
    assert anyone.get(f"/certifications/{held.number.lower()}/").context["certification"] == held


def test_a_centre_that_left_the_scope_no_longer_shows_the_certificate(held, gpo, anyone):
    page = gpo.get_absolute_url()
    assert held.number in anyone.get(page).content.decode()
    acted(held, "reduce", "not_cured", sites=[held.sites.get(site__centre=gpo)])
    assert held.number not in anyone.get(page).content.decode()
    assert Certification.objects.at_centre(gpo).get() == held, "its history stays"


def test_what_is_asked_leads_a_centres_manager_to_a_page_that_opens(held, centre_manager, grace, signed_in):
    act = asked(held)
    for hat, address in ((centre_manager, held.get_absolute_url()), (grace, act.get_absolute_url())):
        (row,) = [row for row in signed_in(hat).get("/").context["home"].todo if "Suspension asked for" in str(row["heading"])]
        assert row["url"] == address and signed_in(hat).get(address).status_code == 200


def test_certified_again_too_early_the_years_are_not_added_up(held, edition, brian, panel, gpo):
    audit = steps.plan(held.organisation, edition, brian, centres=[gpo], kind="recertification", certification=held)
    steps.declare(audit, brian)
    steps.rate_all(brian, audit)
    made = steps.decided(audits.submit(scope(brian), audit), panel).certification
    assert made.renews == held and made.expires_on == clock.add_months(clock.today(), 36)


@pytest.mark.slow
def test_the_mda_reads_its_standing_at_home_with_what_comes_next(held, grace, principal_secretary, signed_in, monkeypatch):
    people = [signed_in(hat) for hat in (grace, principal_secretary, steps.champion_of(held.decision.audit))]

    def read(*sentences):
        for client in people:
            home = client.get("/").content.decode()
            assert not [s for s in sentences if s not in home], (client, sentences)
        return home

    until = held.last_day
    assert "Suspended" not in read("Standard certification", "In force")
    held = acted(held)
    read("Suspended: HSEQS", "Major nonconformity overdue", "It is withdrawn if it is not restored before", "Put it right")
    act = held.acts.get()
    home = people[1].get("/").content.decode()
    assert "You may appeal until" in home and act.get_absolute_url() in home
    acted(held, "restore", "cured")
    for day, said in ((until - 20 * clock.DAY, "Ends on"), (until + clock.DAY, "Expired: HSEQS")):
        monkeypatch.setattr(clock, "today", lambda day=day: day)
        read(said, "Apply for")
    monkeypatch.setattr(clock, "today", lambda: until + 400 * clock.DAY)
    assert "Expired: HSEQS" not in people[0].get("/").content.decode()
