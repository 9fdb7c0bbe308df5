"""From the report to the decision: recommended, reviewed by somebody who took no part, voted on with a quorum, decided."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse

from cse_portal.lib.errors import Refused
from cse_portal.notices.models import Notice
from standards.models import Audit, Decision, PanelVote
from standards.services import audits, ballots, certification, panel, reports, review
from standards.services import panel as panel_service
from tests import factories as make
from training.models import Completion

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"standards:{name}", args=args)


def no(act, *args, **said):
    with pytest.raises(Refused) as refusal:
        act(*args, **said)
    return refusal.value.code


def vote(hat, audit, outcome="certify"):
    return panel.vote(scope(hat), audit, outcome=outcome, reasons="As found.")


def decide(hat, audit, outcome="certify"):
    return certification.decide(scope(hat), audit, outcome=outcome, reasons_given="As voted.")


@pytest.fixture
def case(submitted):
    """Livestock's audit, passed by the technical review."""
    return steps.before_the_panel(submitted)


@pytest.fixture
def members(panel):
    """Four of the panel, the chair first."""
    return steps.panel_of(panel, 4)


# Recommendation and review.
def test_the_lead_recommends_once_the_final_report_is_issued(submitted, amina, brian):
    said = {"outcome": "certify", "reasons": "Fine."}
    assert no(review.recommend, scope(amina), submitted, **said) == "no_report"
    steps.reported(submitted)
    assert no(review.recommend, scope(brian), submitted, **said) == "not_yours"
    review.recommend(scope(amina), submitted, **said)
    assert no(review.recommend, scope(amina), submitted, **said) == "recommended"


def test_another_of_the_team_reports_and_recommends_where_the_lead_has_left(submitted, amina, brian, signed_in):
    assert no(reports.issue_draft, scope(brian), submitted) == "not_yours"
    asks = lambda: "the draft report is to be issued" in signed_in(brian).get("/").content.decode()  # noqa: E731
    assert not asks()
    amina.during = DateRange(make.days_ago(200), make.days_ago(0))
    amina.save()
    assert asks()
    reports.issue_draft(scope(brian), submitted)
    reports.comment(scope(steps.champion_of(submitted)), submitted, text="We agree.")
    reports.issue_final(scope(brian), submitted)
    assert review.recommend(scope(brian), submitted, outcome="certify", reasons="Fine.").made_by == brian.user


def test_a_returned_file_is_recommended_and_reviewed_again(submitted, amina, secretariat, panel):
    steps.recommended(steps.reported(submitted))
    review.review(scope(secretariat), submitted, outcome="returned", notes="Say why 2.1.1 is met.")
    assert no(vote, panel, submitted) == "not_reviewed"
    assert no(review.review, scope(secretariat), submitted, outcome="passed", notes="Fine.") == "nothing_to_review"
    steps.recommended(submitted)
    review.review(scope(secretariat), submitted, outcome="passed", notes="Fine.")
    assert vote(panel, submitted).round == 1


def test_those_who_come_next_are_told_once(submitted, secretariat, panel, amina):
    steps.recommended(steps.reported(submitted))
    review.review(scope(secretariat), submitted, outcome="returned", notes="Say why.")
    steps.reviewed(submitted)
    for words, hat in (("waits for its technical review", secretariat), ("returned by the technical review", amina), ("waits for the panel", panel)):
        assert Notice.objects.filter(subject__contains=words, to=hat.user.email).exists()


def test_nobody_reviews_what_he_audited(submitted, amina, livestock):
    steps.recommended(steps.reported(submitted))
    hat = make.member("secretariat", "", "", of_user=amina.user)
    assert no(review.review, scope(hat), submitted, outcome="passed", notes="Fine.") == "took_part"
    officer = make.officer(livestock, "Lydia", "Atieno")
    own = steps.hat_of("secretariat", "own@huduma.example", "Own")
    officer.user = own.user
    officer.save()
    assert no(review.review, scope(own), submitted, outcome="passed", notes="Fine.") == "interest"


def test_whoever_reviewed_does_not_vote(case):
    reviewer = case.technical_reviews.get().reviewed_by
    hat = make.member("panel", "", "", of_user=reviewer)
    assert no(vote, hat, case) == "took_part"


# Votes.
def test_a_decision_needs_three_votes_and_most_of_them(case, members):
    chair, second, third, fourth = members
    vote(chair, case)
    vote(second, case)
    assert no(decide, chair, case) == "no_quorum"
    vote(third, case, "refuse")
    assert no(decide, chair, case, "refuse") == "no_majority"
    made = decide(chair, case)
    assert (made.round, made.quorum) == (1, 3) and made.certification.level == "certified"
    assert {(c["person"], c["check"], c["passed"]) for c in made.checks} == {
        (str(h.user), check, True) for h in (chair, second, third) for check in ("took_part", "interest", "declared")
    }


def test_a_vote_is_cast_once_a_round(case, panel):
    first = vote(panel, case)
    assert vote(panel, case) == first, "the same again is the one on record"
    assert no(vote, panel, case, "refuse") == "voted"
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_panelvote SET outcome = 'refuse'")


def test_a_declared_interest_counts_for_nothing_and_keeps_its_author_out(case, members):
    chair, second, third, fourth = members
    panel.declare_interest(scope(chair), case, reasons="My sister works there.")
    for hat in (second, third):
        vote(hat, case)
    assert no(decide, second, case) == "no_quorum"
    vote(fourth, case)
    assert no(decide, chair, case) == "declared_interest"
    assert decide(second, case, "certify").certification


def test_divided_votes_are_deferred_and_the_next_round_begins(case, members):
    for hat, outcome in zip(members, ("certify", "certify", "refuse", "refuse"), strict=True):
        vote(hat, case, outcome)
    assert {no(decide, members[0], case, outcome) for outcome in ("certify", "refuse")} == {"no_majority"}
    assert decide(members[0], case, "defer").round == 1
    for hat in members[:3]:
        assert vote(hat, case).round == 2
    assert decide(members[1], case).round == 2


def test_a_majority_to_refuse_is_not_deferred(case, members):
    for hat in members[:3]:
        vote(hat, case, "refuse")
    assert no(decide, members[0], case, "defer") == "no_majority"
    with pytest.raises(DatabaseError, match="most of the votes"), transaction.atomic():
        Decision.objects.create(audit=case, outcome="defer", reasons="So.", result={}, quorum=3, decided_by=members[0].user, decided_at="2026-11-20T10:00Z")


def test_a_vote_counts_if_its_author_was_a_member_when_it_was_cast(case, members):
    """Who leaves the panel afterwards has voted; who was none that day, or has an interest by the decision, has not, and others vote."""
    for hat in members[:3]:
        vote(hat, case)
    of = lambda hat, until: hat.user.memberships.update(during=DateRange(make.days_ago(200), until))  # noqa: E731
    of(members[1], make.days_ahead(1))
    assert len(ballots.tally(case).votes) == 3
    of(members[1], make.days_ago(0))
    officer = make.officer(case.organisation, "Joseph", "Gitonga")
    officer.user = members[2].user
    officer.save()
    tally = ballots.tally(case)
    assert [v.user_id for v in tally.votes] == [members[0].user_id] and {v.user_id for v in tally.void} == {h.user_id for h in members[1:3]}
    assert Audit.objects.waiting_for_decision().get().votes_cast == 1, "lists and homes count as the panel's page"
    assert no(decide, members[0], case) == "no_quorum"
    with pytest.raises(DatabaseError, match="quorum"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO standards_decision (audit_id, outcome, reasons, result, round, quorum, checks, decided_by_id, decided_at)
            VALUES (%s, 'certify', 'Fine.', '{}', 1, 3, '[]', %s, now())""",
            [case.pk, members[0].user.pk],
        )
    vote(members[3], case)
    vote(steps.hat_of("panel", "late@panel.example", "Late Comer"), case)
    assert decide(members[0], case).outcome == "certify"


def test_the_lead_does_not_recommend_anew_once_a_round_is_voted_on(case, members, amina):
    for hat in members[:3]:
        vote(hat, case, "defer")
    decide(members[0], case, "defer")
    vote(members[0], case)
    assert no(review.recommend, scope(amina), case, outcome="certify", reasons="Again.") == "recommended"


def test_direct_sql_cannot_decide_without_a_quorum(case, members):
    vote(members[0], case)
    for quorum in (1, 3):
        with pytest.raises(DatabaseError, match="quorum"), transaction.atomic():
            Decision.objects.create(
                audit=case, outcome="certify", reasons="So.", result={}, quorum=quorum, decided_by=members[0].user, decided_at="2026-11-20T10:00Z"
            )


def test_nobody_recommends_certifying_what_does_not_reach_a_level(audit, amina, panel):
    steps.rate_all(amina, audit, _1_1_1="N")
    audits.submit(scope(amina), audit)
    steps.before_the_panel(audit, "refuse")
    assert no(vote, panel, audit) == "below_threshold"
    assert vote(panel, audit, "refuse")


def test_an_assessor_whose_certificate_was_withdrawn_keeps_it_from_being_certified(case, members, amina):
    for hat in members[:3]:
        vote(hat, case)
    Completion.objects.filter(officer__user=amina.user).update(withdrawn_on=make.days_ago(10))
    assert no(decide, members[0], case) == "team"
    assert decide(members[0], case, "defer").outcome == "defer"


def test_what_is_printed_as_scope_is_the_decisions(case, members):
    for hat in members[:3]:
        vote(hat, case)
    made = certification.decide(scope(members[0]), case, outcome="certify", reasons_given="As voted.", scope_text="Livestock permits")
    assert made.certification.scope_text == "Livestock permits"


# Pages.
def test_the_way_by_pages(signed_in, submitted, amina, secretariat, members, grace):
    steps.reported(submitted)
    lead, office = signed_in(amina), signed_in(secretariat)
    assert page("recommend", submitted.ref) in lead.get(submitted.get_absolute_url()).content.decode()
    lead.post(page("recommend", submitted.ref), {"outcome": "certify", "reasons": "The file shows it."})
    assert page("review", submitted.ref) in office.get(submitted.get_absolute_url()).content.decode()
    office.post(page("review", submitted.ref), {"outcome": "passed", "notes": "Complete."})
    for n, hat in enumerate(members[:3]):
        client = signed_in(hat)
        queue = client.get(page("decisions")).content.decode()
        assert f"{n} of 3" in queue and "Your recommendation is missing" in queue
        assert "Your recommendation" in client.get(page("decide", submitted.ref)).content.decode()
        client.post(page("vote", submitted.ref), {"outcome": "certify", "reasons": "All principles pass."})
    assert "Your recommendation is missing" not in signed_in(members[3]).get(page("decisions")).content.decode(), "the quorum is full"
    shown = client.get(page("decide", submitted.ref)).content.decode()
    assert "Panel: 3 of 3 have recommended" in shown and "when issued" in shown and "cannot be edited" in shown
    client.post(page("decide", submitted.ref), {"outcome": "certify", "reasons": "All principles pass.", "scope_text": "Permits", "sure": "on"})
    assert submitted.decisions.get().certification.scope_text == "Permits"
    assert "The file shows it." not in signed_in(grace).get(submitted.get_absolute_url()).content.decode()


def test_both_scorings_and_the_last_audit_are_shown(signed_in, livestock, edition, amina, brian, panel):
    steps.decided(steps.submitted(livestock, edition, amina, _4_1_1="P"), panel, "refuse")
    audit = steps.submitted(livestock, edition, amina, _2_1_1="P")
    steps.closed(audit.findings.get(about="2.1.1", grade="minor"), ratings={"2.1.1": "M"})
    steps.closed(audit.findings.get(grade="major"))
    steps.before_the_panel(audit)
    shown = signed_in(panel).get(page("decide", audit.ref)).content.decode()
    assert "Last audit" in shown and "At submission and for the decision" in shown
    why = signed_in(panel).get(page("why", audit.ref, audit.sites.get().pk)).content.decode()
    assert "For the decision" in why and "Changed" not in why


def test_every_figure_of_the_result_is_traced(signed_in, audit, site, amina, panel):
    """Weights 2, 1, 2, 1, 1, 1: 1.1.1 met 2, 2.1.1 partly 0.5, 3.1.1 exemplary 2, 3.1.2 and 4.1.1 met 1 each, 5.1.1 not met 0: 6.5 of 8."""
    rated = {"2.1.1": "P", "3.1.1": "E", "5.1.1": "N"}
    for code in steps.elements(site):
        steps.rate(amina, site, code, rated.get(code, "M"))
    steps.closing_held(amina, audit)
    audits.submit(scope(amina), audit)
    answer = signed_in(panel).get(page("why", audit.ref, site.pk))
    rows = [row for group in answer.context["groups"] for row in group["rows"]]
    assert sum(row["then"].counted for row in rows) == answer.context["result"].score.part == Decimal("6.5")
    assert sum(row["then"].of for row in rows) == answer.context["result"].score.whole == 8
    assert "Not reached" in answer.content.decode() and "Raised because" in answer.content.decode()
    assert {row["element"].code for row in rows} == set(steps.elements(site))


def test_who_reads_why(signed_in, anyone, submitted, amina, panel, secretariat, hops, grace, odhiambo):
    url = page("why", submitted.ref, submitted.sites.get().pk)
    read = {hat: signed_in(hat).get(url).status_code for hat in (amina, panel, secretariat, hops, grace, odhiambo)}
    assert list(read.values()) == [200, 200, 200, 403, 403, 404]
    made = steps.decided(submitted, panel).certification
    assert signed_in(grace).get(url).status_code == 200
    register = page("certification", made.code)
    assert url in signed_in(grace).get(register).content.decode() and url not in anyone.get(register).content.decode()
    assert url in signed_in(panel).get(submitted.get_absolute_url()).content.decode()


def test_the_report_is_issued_before_anyone_recommends(submitted, amina):
    reports.issue_draft(scope(amina), submitted)
    assert no(review.recommend, scope(amina), submitted, outcome="certify", reasons="Fine.") == "no_report"


def test_each_home_names_what_is_to_be_done(signed_in, submitted, amina, champion, secretariat, panel):
    def home(hat):
        return signed_in(hat).get("/").content.decode()

    assert "the draft report is to be issued" in home(amina)
    reports.issue_draft(scope(amina), submitted)
    assert "the final report follows the comments" in home(amina)
    submitted.refresh_from_db()
    reports.comment(scope(champion), submitted, text="We agree.")
    assert "the final report is to be issued" in home(amina)
    steps.reported(submitted)
    assert "your recommendation to the panel is missing" in home(amina) and "technical review" not in home(secretariat)
    steps.recommended(submitted)
    review.review(scope(secretariat), submitted, outcome="returned", notes="E4 is missing.")
    assert "the technical review returned the file" in home(amina)
    steps.recommended(submitted)
    assert "waits for its technical review" in home(secretariat) and submitted.ref not in home(panel)
    review.review(scope(secretariat), submitted, outcome="passed", notes="Complete.")
    assert "nobody has recommended yet" in home(panel)


@pytest.mark.parametrize("name", ["recertification", "certification"])
def test_a_renewal_waits_for_a_major_that_an_audit_since_left_open(livestock, edition, amina, panel, case, members, name):
    """Whatever the audit is called that would take the place of what is certified."""
    certified = steps.decided(case, panel).certification
    for kind, ratings in (("short_notice", {"_1_1_1": "N"}), (name, {})):
        audit = steps.plan(livestock, edition, amina, kind=kind, certification=None if kind == "certification" else certified)
        steps.declare(audit, amina)
        steps.rate_all(amina, audit, **ratings)
        audits.submit(scope(amina), audit)
    steps.before_the_panel(audit)
    assert no(panel_service.vote, scope(members[1]), audit, outcome="certify", reasons="As found.") == "open_major"


def test_nobody_recommends_after_colleagues(case, members, signed_in):
    first, second, *_others = members
    vote(first, case)
    page = signed_in(second).get(f"/audits/{case.ref}/vote/").content
    assert b"As found." not in page and b"once your own recommendation is recorded" in page
    assert PanelVote.objects.visible_to(scope(second)).count() == 0 and PanelVote.objects.visible_to(scope(first)).count() == 1
    vote(second, case)
    assert b"As found." in signed_in(second).get(f"/audits/{case.ref}/vote/").content
    torn = members[2]
    told = signed_in(torn).post(f"/audits/{case.ref}/vote/", {"outcome": "interest", "reasons": "My sister works there."}, follow=True)
    assert b"Your interest is on record" in told.content
    assert b"As found." not in signed_in(torn).get(f"/audits/{case.ref}/vote/").content
    assert [v.user_id for v in PanelVote.objects.visible_to(scope(torn))] == [torn.user_id]
