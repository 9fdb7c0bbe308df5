"""The centres of an MDA's audit are drawn from a recorded seed, once, and the draw can be repeated by whoever doubts it."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from centres.models import Posting
from cse_portal.lib.errors import Refused
from standards import sampling as pure
from standards.models import SiteSample
from standards.services import programme, sampling
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def centres(livestock):
    return [make.huduma_centre(f"HC-{n:02}", f"Centre {n:02}", organisation=livestock) for n in range(9)]


@pytest.fixture
def planned(livestock, edition, amina, centres):
    return steps.plan(livestock, edition, amina)


def test_the_square_root_is_drawn_and_added_to_the_audit(secretariat, planned):
    sample = sampling.draw(scope(secretariat), planned)
    assert len(sample.chosen) == 3 and {one["how"] for one in sample.chosen} == {"random"}
    assert sorted(planned.sites.exclude(centre=None).values_list("centre__code", flat=True)) == sorted(
        one["code"] for one in sample.chosen
    )
    assert sampling.is_reproducible(SiteSample.objects.get()) and len(sample.seed) == 32
    with pytest.raises(Refused) as refusal:
        sampling.draw(scope(secretariat), planned)
    assert refusal.value.code == "drawn"


def test_the_size_is_the_officers_posted_there(secretariat, planned, livestock, centres):
    for n in range(12):
        officer = make.officer(livestock, f"Otieno{n}", "Barasa")
        Posting.objects.filter(officer=officer).update(centre=centres[0])
    frame = sampling.frame(planned, make.clock.today())
    assert [(s.size, s.band) for s in frame][:2] == [(12, 1), (0, 0)]
    sample = sampling.draw(scope(secretariat), planned)
    assert "HC-00" in [one["code"] for one in sample.chosen] and len(sample.chosen) == 1 + 3  # one of 1, three of 8


def test_a_person_adds_a_centre_with_a_reason_through_the_page(secretariat, planned, signed_in):
    browser, address = signed_in(secretariat), reverse("standards:draw_sites", args=[planned.ref])
    page = browser.get(address).content.decode()
    assert "Centre 05" in page and "3 of 9 centres, at least 1 at random" in page
    assert browser.post(address, {"why_HC-05": "Serious complaints."}).status_code == 302
    sample = SiteSample.objects.get()
    drawn = {one["code"]: one for one in sample.chosen}
    assert "HC-05" in drawn and (drawn["HC-05"]["how"] == "random" or drawn["HC-05"]["why"] == "Serious complaints.")
    page = browser.get(planned.get_absolute_url()).content.decode()
    assert sample.seed in page and "the same sites" in page


def test_a_centre_named_at_planning_is_judgement_not_chance(secretariat, livestock, edition, amina, centres):
    audit = steps.plan(livestock, edition, amina, centres=centres[:3])
    sample = sampling.draw(scope(secretariat), audit)
    chosen = {one["code"] for one in sample.chosen}
    assert {c.code for c in centres[:3]} <= chosen and sum(one["how"] == "random" for one in sample.chosen) * 4 >= len(chosen)
    assert audit.sites.count() == 1 + len(chosen)


def test_a_sample_that_was_tampered_with_is_seen(secretariat, planned):
    sample = sampling.draw(scope(secretariat), planned)
    sample.chosen = sample.chosen[:-1]
    assert not sampling.is_reproducible(sample)
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteSample.objects.update(seed="chosen")


def test_who_serves_at_a_drawn_centre_does_not_audit_it(secretariat, immigration, amina, planned, centres):
    make.posting(amina.user.officer, immigration, centre=centres[8])
    sampling.centres_in_scope(planned).exclude(code="HC-08").update(status="closed")
    with pytest.raises(Refused) as refusal:
        sampling.draw(scope(secretariat), planned)
    assert refusal.value.code == "interest" and not SiteSample.objects.exists()


def test_others_draw_nothing_and_one_centre_alone_is_not_sampled(
    secretariat, amina, grace, panel, planned, livestock, edition, centres
):
    for hat in (amina, grace, panel):
        with pytest.raises(Refused):
            sampling.draw(scope(hat), planned)
    alone = steps.plan(livestock, edition, amina, head_office=False, centres=centres[:1])
    with pytest.raises(Refused):
        sampling.draw(scope(secretariat), alone)
    programme.declare(scope(amina), planned, interest=False)
    steps.rate(amina, planned.sites.first(), "1.1.1")
    with pytest.raises(Refused):
        sampling.draw(scope(secretariat), planned)


def test_a_program_draws_it_again_from_what_the_api_gives(secretariat, planned, hops, grace, odhiambo, signed_in):
    sampling.draw(scope(secretariat), planned, judged={"HC-04": "Complaints."})
    said = signed_in(hops).get("/api/v1/site-samples/").json()["results"][0]
    assert said["reproducible"] and said["rule"] == {"bands": [10, 30], "random_share": "0.25"}
    frame = tuple(pure.Site(**site) for site in said["frame"])
    judged = {one["code"]: one["why"] for one in said["chosen"] if one["how"] == "judgement"}
    assert pure.draw(said["seed"], frame, said["rule"]["random_share"], judged) == said["chosen"]
    assert (
        signed_in(grace).get("/api/v1/site-samples/").json()["results"]
        and not signed_in(odhiambo).get("/api/v1/site-samples/").json()["results"]
    )
