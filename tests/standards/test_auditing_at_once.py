"""Two people at the same moment: nothing is lost, nothing slips past the submission or the decision."""

from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection

from cse_portal.lib.errors import Conflict, Refused
from standards.models import Decision, Rating, TeamMember
from standards.services import audits, certification

from . import steps
from .steps import rate, scope

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Runs the acts in threads that start together: [what each returned or raised]."""
    start, said = Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        start.wait()
        try:
            said[place] = act()
        except (Refused, DatabaseError) as refusal:
            said[place] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said


def test_two_auditors_save_one_element(audit, site, amina, brian):
    said = at_once(
        lambda: rate(amina, site, "1.1.1", "M", "All greet.", ref="a", base=0), lambda: rate(brian, site, "1.1.1", "N", "None greets.", ref="b", base=0)
    )
    saved, refused = [s for s in said if isinstance(s, Rating)], [s for s in said if isinstance(s, Conflict)]
    assert len(saved) == len(refused) == 1
    held = Rating.objects.get()
    assert held.value == saved[0].value == refused[0].theirs["value"] and held.revision == 1


def test_a_phone_that_sends_ten_times_saves_once(audit, site, amina):
    said = at_once(*[lambda: rate(amina, site, "1.1.1", "E", "Measured.", ref="a", base=0)] * 10)
    assert {type(s) for s in said} == {Rating}
    assert Rating.objects.get().revision == 1 and site.evidence.count() == 1


def test_a_rating_saved_during_the_submission_is_in_it_or_refused(audit, site, amina, brian):
    steps.rate_all(amina, audit)
    said = at_once(lambda: audits.submit(scope(amina), audit), lambda: rate(brian, site, "5.1.1", "P", "Half clean.", ref="b", base=1))
    audit.refresh_from_db()
    (result,) = audits.results_of(audit.result).values()
    partly = sum(counts.get("P", 0) for counts in result.counts.values())
    assert Rating.objects.filter(value="P").count() == partly
    assert isinstance(said[1], Refused) == (partly == 0)


def decide(hat, audit, outcome="certify"):
    return certification.decide(scope(hat), audit, outcome=outcome, reasons_given="All principles pass.")


def test_two_panel_members_decide_once(submitted, panel):
    chair, other, third = steps.panel_of(panel)
    steps.voted(steps.before_the_panel(submitted), chair, other, third)
    said = at_once(*[lambda hat=hat: decide(hat, submitted) for hat in (chair, other)])
    assert sorted(type(s).__name__ for s in said) == ["Decision", "Refused"] and Decision.objects.count() == 1


def test_a_member_who_sends_ten_times_votes_once(submitted, panel):
    steps.before_the_panel(submitted)
    said = at_once(*[lambda: steps.voted(submitted, panel)] * 10)
    assert said == [None] * 10 and submitted.votes.count() == 1


def test_a_vote_during_the_decision_is_in_its_count_or_refused(submitted, panel):
    """A fourth member votes otherwise while the chair records: his vote is counted, or comes too late; never after."""
    chair, second, third, fourth = steps.panel_of(panel, 4)
    steps.voted(steps.before_the_panel(submitted), chair, second, third)
    said = at_once(lambda: decide(chair, submitted), lambda: steps.voted(submitted, fourth, outcome="refuse"))
    assert isinstance(said[0], Decision)
    checked = {check["person"] for check in said[0].checks}
    assert (str(fourth.user) in checked) == (said[1] is None) == (submitted.votes.count() == 4)


def test_no_one_votes_and_joins_the_team_at_the_same_moment(submitted, panel):
    """Whichever comes second is refused, by the database too."""
    steps.before_the_panel(submitted)

    def join():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO standards_teammember (audit_id, user_id, is_lead, declaration) VALUES (%s, %s, false, '')", [submitted.pk, panel.user.pk])

    at_once(lambda: steps.voted(submitted, panel), join)
    assert submitted.votes.count() + TeamMember.objects.filter(user=panel.user).count() == 1
