"""Closing a cohort, whose outcomes a later correction may change; certificates issued anew; keys that follow each other."""

import threading
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from tests import factories as make
from tests.training import hall
from training import certificates
from training.models import AssessmentResult, Attendance, Certificate, Completion, SerialNumber, SigningKey
from training.services import awards

pytestmark = pytest.mark.django_db
NEXT_KEY = "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE"


@pytest.fixture
def scope(coordinator, scope_of):
    return scope_of(coordinator)


@pytest.fixture
def cohort(embu, livestock):
    make.requirement()
    people = {"Akinyi": ("PPP", 80), "Brian": ("PPP", 41), "Charity": ("PAA", 90)}
    return hall.held(livestock, people)


def seat(cohort, name):
    return cohort.enrolments.get(officer__first_name=name)


def rescore(enrolment, score):
    AssessmentResult.objects.filter(enrolment=enrolment).update(superseded_at=timezone.now())
    AssessmentResult.objects.create(enrolment=enrolment, score=Decimal(score), recorded_at=timezone.now())


def test_who_was_approved_counts_and_who_never_answered_leaves(cohort, scope, livestock):
    approved = seat(cohort, "Akinyi")
    cohort.enrolments.filter(pk=approved.pk).update(state="approved")
    for name, state in (("Nafula", "nominated"), ("Otieno", "waitlisted")):
        made = make.seat(cohort, make.officer(livestock, name, "Wekesa"), "nominated")
        cohort.enrolments.filter(pk=made.pk).update(state=state, queued_at=timezone.now())
    awards.close_cohort(scope, cohort=cohort)
    found = dict(cohort.enrolments.values_list("officer__first_name", "state"))
    assert found == {
        "Akinyi": "completed",
        "Brian": "not_completed",
        "Charity": "not_completed",
        "Nafula": "withdrawn",
        "Otieno": "withdrawn",
    }
    assert "closed without" in seat(cohort, "Nafula").withdrawn_reason


def test_a_cancelled_session_is_not_counted(cohort, scope):
    cohort.sessions.filter(number=3).update(cancelled_at=timezone.now())
    Attendance.objects.filter(session__number=3).delete()
    awards.close_cohort(scope, cohort=cohort)
    assert seat(cohort, "Akinyi").outcome_reason.startswith("Attended 2 of 2 sessions")


def test_a_better_result_brings_completion_and_certificate(cohort, scope):
    awards.close_cohort(scope, cohort=cohort)
    brian = seat(cohort, "Brian")
    rescore(brian, 75)
    again = awards.decide_again(scope, brian, "Marked with the wrong key")
    assert again.state == "completed" and "Scored 75" in again.outcome_reason
    done = Completion.objects.get(enrolment=brian)
    assert done.on == make.days_ago(0) and done.certificates.get().state == "valid"
    assert hall.status_of(brian.officer) == "current"
    assert Notice.objects.filter(key__startswith=f"outcome:enrolment-{brian.pk}:").get().subject.startswith("Your certificate")


def test_a_worse_mark_takes_both_back_and_a_second_correction_returns_them(cohort, scope):
    awards.close_cohort(scope, cohort=cohort)
    akinyi = seat(cohort, "Akinyi")
    Attendance.objects.filter(enrolment=akinyi, session__number__gt=1).update(mark="absent")
    assert awards.decide_again(scope, akinyi, "Signed for by another").state == "not_completed"
    [old] = Certificate.objects.filter(completion__enrolment=akinyi)
    assert (old.state, old.state_reason) == ("revoked", "Signed for by another")
    assert hall.status_of(akinyi.officer) != "current"
    Attendance.objects.filter(enrolment=akinyi).update(mark="present")
    assert awards.decide_again(scope, akinyi, "The first correction was wrong").state == "completed"
    assert sorted(Certificate.objects.filter(completion__enrolment=akinyi).values_list("state", flat=True)) == [
        "revoked",
        "valid",
    ]
    assert hall.status_of(akinyi.officer) == "current"


def test_nothing_changes_where_the_outcome_stays_or_the_cohort_is_open(cohort, scope):
    akinyi = seat(cohort, "Akinyi")
    assert awards.decide_again(scope, akinyi, "x").state == "confirmed"
    awards.close_cohort(scope, cohort=cohort)
    rescore(akinyi, 85)
    again = awards.decide_again(scope, akinyi, "Added up wrong")
    assert again.state == "completed" and "Scored 85" in again.outcome_reason and Certificate.objects.count() == 1
    assert not Notice.objects.filter(key__startswith=f"outcome:enrolment-{akinyi.pk}:").exists()


# Issued anew.


def test_a_corrected_name_brings_a_new_certificate_of_the_same_validity(cohort, scope, anyone):
    awards.close_cohort(scope, cohort=cohort)
    old = Certificate.objects.get()
    officer = old.completion.officer
    assert awards.reissue(scope, officer=officer) == []
    officer.surname = "Okoth"
    officer.save()
    [new] = awards.reissue(scope, officer=officer)
    old.refresh_from_db()
    assert (old.state, old.state_reason) == ("superseded", "Issued anew: the holder's name was corrected")
    assert new.holder == officer.full_name and new.expires_on == old.expires_on
    assert new.number != old.number and new.code != old.code
    assert certificates.verify(new.payload, awards.find_key).holder == officer.full_name
    assert awards.reissue(scope, officer=officer) == []
    assert b"A newer certificate has replaced" in anyone.get(f"/verify/{old.code}/").content
    assert Notice.objects.get(key__startswith="reissued:").body.count("/verify/") == 1
    assert awards.draw_waiting() == 2  # at most a minute away: the worker's next round


# Keys.


def test_old_certificates_verify_after_the_key_changed(cohort, scope, settings, capsys):
    awards.close_cohort(scope, cohort=cohort)
    old = Certificate.objects.get()
    settings.SIGNING_KEY = NEXT_KEY
    officer = old.completion.officer
    officer.surname = "Okoth"
    officer.save()
    [new] = awards.reissue(scope, officer=officer)
    call_command("signing_key", "retire", old.key.kid)
    call_command("signing_key", "list")
    printed = capsys.readouterr().out
    assert f"{old.key.kid}" in printed and "signs now" in printed and "retired" in printed
    assert new.key_id != old.key_id
    for certificate in (old, new):
        assert certificates.verify(certificate.payload, awards.find_key).number == certificate.number


def test_a_retired_key_does_not_sign(cohort, scope, settings):
    first = settings.SIGNING_KEY
    kid = awards.signing_key(make.days_ago(1))[0].kid
    with pytest.raises(CommandError, match="still signs"):
        call_command("signing_key", "retire", kid)
    settings.SIGNING_KEY = NEXT_KEY
    call_command("signing_key", "retire", kid)
    settings.SIGNING_KEY = first
    with pytest.raises(Refused, match="retired"):
        awards.close_cohort(scope, cohort=cohort)
    assert not Certificate.objects.exists() and SigningKey.objects.get(kid=kid).retired_on == make.days_ago(0)


# Side by side.


@pytest.mark.django_db(transaction=True)
def test_five_who_close_at_once_issue_once(embu, livestock, coordinator, scope_of):
    cohort = hall.held(livestock, {f"{c}nne": ("PPP", 80) for c in "ABCDEFG"})
    wait, failed = threading.Barrier(5), []

    def close():
        try:
            wait.wait()
            awards.close_cohort(scope_of(coordinator), cohort=cohort)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=close) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert Certificate.objects.count() == Completion.objects.count() == 7
    assert SerialNumber.objects.get(series__startswith="CSE-2").last == 7
