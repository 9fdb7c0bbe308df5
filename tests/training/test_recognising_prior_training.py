"""Training done elsewhere: recorded with evidence, counted only once a second person has verified it."""

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from centres.services import changes
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from training.compliance import status
from training.models import Completion, PriorTraining
from training.services import prior_training

pytestmark = pytest.mark.django_db
TODAY = make.days_ago(0)
PDF = b"%PDF-1.7\n" + b"certificate " * 20


def paper(content=PDF, name="certificate.pdf"):
    return ContentFile(content, name=name)


@pytest.fixture
def esther(coordinator, scope_of):
    return scope_of(coordinator)


def recorded(actor, officer, **fields):
    said = {"provider": "KIM", "title": "Customer care", "on": make.days_ago(60), "evidence": paper()}
    return prior_training.record(actor, officer=officer, course_version=make.version(), **said | fields)


@pytest.fixture
def claim(hr, wanjiru):
    make.requirement()
    return recorded(hr, wanjiru)


def status_of(officer, on=TODAY):
    return status.of_officers([officer.pk], on)[officer.pk].status


def test_it_counts_once_verified_from_the_day_it_was_completed(claim, esther, wanjiru):
    assert claim.until == clock.add_months(claim.on, 24)  # as long as the course version says
    assert status_of(wanjiru) == "overdue"
    prior = prior_training.verify(esther, prior=claim)
    assert status_of(wanjiru) == status_of(wanjiru, claim.on) == "current" and prior.completion.on == claim.on
    assert status_of(wanjiru, claim.until) == "overdue"
    prior_training.verify(esther, prior=claim)
    assert Completion.objects.count() == 1
    assert Notice.objects.filter(key__startswith="prior-verified").count() == 2


def test_whoever_recorded_it_does_not_verify_it_under_any_hat(claim, grace, scope_of):
    also = make.member("coordinator", "", "", of_user=grace.user)
    with pytest.raises(Refused) as refusal:
        prior_training.verify(scope_of(also), prior=claim)
    assert refusal.value.code == "not_allowed" and not Completion.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        PriorTraining.objects.filter(pk=claim.pk).update(decided_by=grace.user, state="verified")


@pytest.mark.parametrize("who", ["principal_secretary", "administrator", "hops", "learner"])
def test_only_coordinators_verify(claim, who, request, scope_of):
    with pytest.raises(Refused):
        prior_training.verify(scope_of(request.getfixturevalue(who)), prior=claim)


def test_a_learner_records_own_training_and_no_other(learner, wanjiru, hassan, scope_of):
    assert recorded(scope_of(learner), wanjiru).claimed_by == learner.user
    with pytest.raises(Refused):
        recorded(scope_of(learner), hassan)


def test_refused_with_its_reason(claim, esther, wanjiru):
    with pytest.raises(Refused, match="Say why"):
        prior_training.refuse(esther, prior=claim, reason="")
    prior_training.refuse(esther, prior=claim, reason="Half a day only")
    assert status_of(wanjiru) == "overdue"
    assert "Half a day only" in Notice.objects.filter(key__startswith="prior-refused").first().body


def test_a_withdrawn_verification_no_longer_counts_from_today(claim, esther, wanjiru):
    prior_training.verify(esther, prior=claim)
    prior_training.withdraw(esther, prior=claim, reason="The certificate was forged")
    assert status_of(wanjiru, make.days_ago(1)) == "current" and status_of(wanjiru) == "overdue"


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"on": make.days_ahead(1)}, "dates"),
        ({"until": make.days_ago(60)}, "dates"),
        ({"evidence": paper(b"PK\x03\x04zip", "x.pdf")}, "file_type"),
        ({"evidence": paper(b"<html>hello</html>", "x.pdf")}, "file_type"),
        ({"evidence": paper(b"plain words", "x.txt")}, "file_type"),
        ({"evidence": paper(b"", "x.pdf")}, "file_type"),
        ({"evidence": paper(PDF + b"0" * 10 * 1024 * 1024)}, "too_large"),
    ],
)
def test_what_is_refused(hr, wanjiru, fields, code):
    with pytest.raises(Refused) as refusal:
        recorded(hr, wanjiru, **fields)
    assert refusal.value.code == code and not PriorTraining.objects.exists()


def test_the_same_training_is_recorded_once(claim, hr, wanjiru):
    with pytest.raises(Refused, match="recorded already"):
        recorded(hr, wanjiru)
    with pytest.raises(IntegrityError), transaction.atomic():
        PriorTraining.objects.create(
            officer=wanjiru, course_version=claim.course_version, provider="x", title="x", on=claim.on, claimed_at=clock.now()
        )


def test_two_records_with_the_same_training_are_not_merged_before_one_is_settled(claim, hr, esther, livestock, wanjiru):
    again = make.officer(livestock, "Wanjiru", "Kamau")
    other = recorded(hr, again)
    with pytest.raises(Refused, match="same prior training"):
        changes.officers_merged(wanjiru.pk, again.pk)
    prior_training.refuse(esther, prior=other, reason="Recorded twice")
    changes.officers_merged(wanjiru.pk, again.pk)
    assert PriorTraining.objects.filter(officer=wanjiru).count() == 2
