"""What stands, read elsewhere: on a day gone by, and on the page of a centre that left the scope."""

import pytest

from cse_portal.lib import clock
from cse_portal.oversight.figures import Figures
from standards.models import Certification, CertificationEvent
from standards.services import audits
from tests import factories as make

from . import steps
from .standing_steps import acted
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


def test_a_centre_that_left_the_scope_no_longer_shows_the_certificate(held, gpo, anyone):
    page = gpo.get_absolute_url()
    assert held.number in anyone.get(page).content.decode()
    acted(held, "reduce", "not_cured", sites=[held.sites.get(site__centre=gpo)])
    assert held.number not in anyone.get(page).content.decode()
    assert Certification.objects.at_centre(gpo).get() == held, "its history stays"


def test_certified_again_too_early_the_years_are_not_added_up(held, edition, brian, panel, gpo):
    audit = steps.plan(held.organisation, edition, brian, centres=[gpo], kind="recertification", certification=held)
    steps.declare(audit, brian)
    steps.rate_all(brian, audit)
    made = steps.decided(audits.submit(scope(brian), audit), panel).certification
    assert made.renews == held and made.expires_on == clock.add_months(clock.today(), 36)
