"""Two people at the same moment: nothing is lost, nothing slips past the submission or the decision."""

from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection

from cse_portal.lib.errors import Conflict, Refused
from standards.models import Decision, Rating, TeamMember
from standards.services import audits, certification
from tests import factories as make

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


def test_two_panel_members_decide_once(submitted, panel):
    other = make.member("panel", "other@huduma.example", "Other Member")
    said = at_once(*[lambda hat=hat: steps.decided(submitted, hat) for hat in (panel, other)])
    assert sorted(type(s).__name__ for s in said) == ["Decision", "Refused"] and Decision.objects.count() == 1


def test_no_one_decides_and_joins_the_team_at_the_same_moment(submitted, panel):
    """Whichever comes second is refused, by the database too."""

    def join():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO standards_teammember (audit_id, user_id, is_lead, declaration) VALUES (%s, %s, false, '')", [submitted.pk, panel.user.pk])

    at_once(lambda: certification.decide(scope(panel), submitted, outcome="refuse", reasons_given="No."), join)
    assert Decision.objects.count() + TeamMember.objects.filter(user=panel.user).count() == 1
