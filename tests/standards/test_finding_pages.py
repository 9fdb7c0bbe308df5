"""The pages and routes of findings, walked by each in turn."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from centres.models import Posting
from cse_portal.lib import clock
from standards.models import Escalation, Finding, FindingNomination
from standards.services import audits, conduct, overdue, verifying
from tests import factories as make
from training.compliance import spans

from . import steps
from .steps import SYSTEM, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def audit(livestock, edition, amina, brian, champion):
    planned = steps.plan(livestock, edition, amina, brian)
    steps.declare(planned, amina, brian)
    steps.rate_all(amina, planned, _2_1_1="P")
    return audits.submit(scope(amina), planned)


@pytest.fixture
def finding(audit):
    return audit.findings.get(grade="minor")


def page(client, finding, act="", **data):
    url = finding.get_absolute_url() + (f"{act}/" if act else "")
    return client.post(url, data) if data or act in ("acknowledge",) else client.get(url)


def state(finding):
    return Finding.objects.values_list("state", flat=True).get(pk=finding.pk)


PLAN = steps.PLAN | {"due_on": "2030-01-01"}


def test_a_finding_is_walked_through_its_pages(finding, signed_in, champion, amina, brian, secretariat, principal_secretary, grace):
    mda, lead, second, office = map(signed_in, (champion, amina, brian, secretariat))
    shown = page(mda, finding).content.decode()
    assert "Acknowledge" in shown and "Dispute" in shown and "Seen at three counters" not in shown
    assert "Seen at three counters" in page(lead, finding).content.decode()
    assert "Acknowledge</button>" not in page(signed_in(grace), finding).content.decode()
    assert page(signed_in(grace), finding, "acknowledge").status_code == 403
    assert page(mda, finding, "acknowledge").status_code == 302 and state(finding) == "plan_due"
    assert page(mda, finding, "acknowledge").status_code == 409
    assert page(mda, finding, "plan", **PLAN).status_code == 409  # done after the time of the finding ends
    day = (clock.today() + dt.timedelta(days=30)).isoformat()
    assert page(mda, finding, "plan", **PLAN | {"due_on": day, "owner": " "}).status_code == 200
    assert page(signed_in(principal_secretary), finding, "plan", **PLAN | {"due_on": day}).status_code == 302
    assert "Nobody was told." in page(lead, finding, "review").content.decode()
    assert page(office, finding, "review").status_code == 403
    assert page(second, finding, "review", accept="no").status_code == 409
    assert page(second, finding, "review", accept="no", note="Which officer?").status_code == 302
    assert "Which officer?" in page(mda, finding, "plan").content.decode()
    assert page(mda, finding, "plan", **PLAN | {"due_on": day}).status_code == 302
    assert page(second, finding, "review", accept="yes").status_code == 302 and state(finding) == "plan_accepted"
    assert page(mda, finding, "evidence").status_code == 200
    assert page(mda, finding, "evidence", note="").status_code == 200  # neither file nor note
    assert page(mda, finding, "evidence", note="Asked 40 people.", kind="data", n="40", complete="on").status_code == 302
    assert "As at submission" in page(lead, finding, "verify").content.decode()
    assert page(lead, finding, "verify", accept="yes", note="Read them.").context["form"].errors["rating_2.1.1"]
    assert page(lead, finding, "verify", accept="yes", note="Read them.", **{"rating_2.1.1": "M"}).status_code == 302
    whole = page(mda, finding).content.decode()
    assert "Asked 40 people." in whole and "2.1.1: Met" in whole and "Correction verified" in whole
    assert page(second, finding, "effect", accept="yes", note="Still so.").status_code == 409


def test_a_dispute_is_walked_through_its_pages(finding, signed_in, champion, amina, panel):
    before = clock.now()
    assert page(signed_in(champion), finding, "dispute", reason="It was there.").status_code == 302
    assert before <= finding.disputes.get().made_at <= clock.now()
    assert page(signed_in(champion), finding, "reply", text="We have the report.").status_code == 302
    assert page(signed_in(amina), finding, "decide").status_code == 403
    before_the_panel = page(signed_in(panel), finding, "decide").content.decode()
    assert all(said in before_the_panel for said in ("It was there.", "We have the report.", "Seen at three counters"))
    assert page(signed_in(panel), finding, "decide", outcome="stands", grade="major", reason="No.").context["form"].errors["grade"]
    assert page(signed_in(panel), finding, "decide", outcome="regraded", grade="major", reason="No.").context["form"].errors["grade"]
    assert page(signed_in(panel), finding, "decide", outcome="regraded", grade="", reason="No.").status_code == 409
    assert page(signed_in(panel), finding, "decide", outcome="withdrawn", reason="It was.").status_code == 302
    shown = page(signed_in(champion), finding).content.decode()
    assert "Dispute decided: The finding is withdrawn" in shown and "We have the report." in shown


def test_findings_are_raised_on_a_page_from_evidence_of_their_elements(livestock, edition, amina, signed_in):
    made = steps.plan(livestock, edition, amina)
    steps.declare(made, amina)
    steps.rate_all(amina, made)
    lead, site = signed_in(amina), made.sites.get()
    assert "Raise a finding" in lead.get(made.get_absolute_url()).content.decode()
    url = f"/audits/{made.ref}/sites/{site.pk}/raise/"
    assert "Raise the finding" not in lead.get(url).content.decode()
    piece = site.evidence.get(element__code="2.1.1")
    other = site.evidence.get(element__code="3.1.1")
    said = {"grade": "observation", "statement": "Only in English."}
    assert lead.post(f"{url}?element=2.1.1", said | {"evidence": [other.pk]}).status_code == 200
    assert lead.post(f"{url}?element=2.1.1", said).context["form"].errors["evidence"]
    assert lead.post(f"{url}?element=2.1.1", said | {"evidence": [piece.pk]}).status_code == 302
    finding = made.findings.get()
    assert page(lead, finding, "grade", grade="minor", reason="Most visitors.").status_code == 302
    assert page(lead, finding).status_code == 200
    assert lead.post(finding.get_absolute_url() + "take-back/").status_code == 302 and not made.findings.exists()


def test_a_centre_manager_answers_for_the_own_centre_only(livestock, gpo, edition, amina, centre_manager, signed_in):
    gpo.organisation = livestock
    gpo.save()
    made = steps.plan(livestock, edition, amina, head_office=True, centres=[gpo])
    steps.declare(made, amina)
    steps.rate_all(amina, made, _2_1_1="P")
    audits.submit(scope(amina), made)
    manager = signed_in(centre_manager)
    own = made.findings.get(site__centre=gpo, grade="minor")
    head = made.findings.get(site__centre=None, grade="minor")
    assert page(manager, own, "acknowledge").status_code == 302
    assert page(manager, head, "acknowledge").status_code == 404
    verifying.review_plan(scope(amina), steps.planned(Finding.objects.get(pk=own.pk), centre_manager), accept=True)
    assert page(manager, own, "evidence", note="Asked 30 people.", kind="data", n="30", complete="on").status_code == 302
    assert "Asked 30 people." in page(manager, own).content.decode()


def test_the_list_says_what_waits_for_the_reader(finding, audit, signed_in, champion, amina, secretariat):
    def listed(hat, **asked):
        return signed_in(hat).get("/findings/", asked).context["total"]

    assert listed(champion) == 2 and listed(champion, only="mine") == 2 and listed(amina, only="mine") == 0
    steps.planned(finding, champion)
    assert listed(champion, only="mine") == 1 and listed(amina, only="mine") == 1
    Finding.objects.filter(pk=audit.findings.get(grade="major").pk).update(state="plan_due", plan_by=make.days_ago(2))
    assert listed(champion, only="overdue") == 1 and listed(secretariat, only="open") == 2
    assert b"NC-01" in b"".join(signed_in(champion).get("/findings/?export=csv"))


def test_the_home_says_what_waits(finding, signed_in, champion, amina, secretariat, panel):
    def home(hat):
        return signed_in(hat).get("/").content.decode()

    assert "Acknowledge or dispute 2 findings" in home(champion) and "finding" not in home(amina).partition("<main")[2].partition("</main")[0]
    steps.planned(finding, champion)
    assert "Review the plan for 1 finding" in home(amina)
    other = finding.audit.findings.exclude(pk=finding.pk).get()
    page(signed_in(champion), other, "dispute", reason="It was there.")
    assert "Decide 1 dispute about a finding" in home(secretariat) and "Decide 1 dispute about a finding" in home(panel)


def test_hops_reads_overdue_action_in_counts(audit, signed_in, hops, champion, grace):
    overdue.run(SYSTEM, audit.findings.first().answer_by + dt.timedelta(days=1))
    Finding.objects.update(plan_by=make.days_ago(20))
    overdue.escalate(SYSTEM, clock.today())
    assert Escalation.objects.filter(step=3).count() == 2
    response = signed_in(hops).get("/findings/overdue/")
    row = response.context["object_list"][0]
    assert (row.told, row.majors, row.minors) == (2, 1, 1) and b"NC-0" not in response.content
    assert signed_in(champion).get("/findings/overdue/").status_code == 403
    assert signed_in(hops).get("/findings/").status_code == 403
    assert signed_in(hops).get("/api/v1/overdue-findings/").json()["results"][0]["with_hops"] == 2


def test_the_same_way_through_the_api(finding, signed_in, champion, amina, brian):
    def post(hat, act, **data):
        return signed_in(hat).post(f"/api/v1/findings/{finding.pk}/{act}/", json.dumps(data), content_type="application/json")

    assert post(amina, "acknowledge").status_code == 403
    assert post(champion, "acknowledge").json()["state"] == "plan_due"
    assert post(champion, "plan", **steps.PLAN, due_on=(clock.today() + dt.timedelta(days=9)).isoformat()).json()["plans"][0]["state"] == "submitted"
    assert post(brian, "review", accept=True).json()["state"] == "plan_accepted"
    refused = post(champion, "evidence", complete=True)
    assert refused.status_code == 409 and refused.json()["code"] == "no_evidence"
    notes = [{"kind": "data", "note": "Asked again.", "n": 12}]
    assert post(champion, "evidence", notes=notes, complete=True).json()["state"] == "evidence_submitted"
    assert post(champion, "verify", accept=True, note="Fine.").status_code == 403
    whole = post(amina, "verify", accept=True, note="Seen.", ratings={"2.1.1": "M"}).json()
    assert whole["state"] == "verified" and whole["re_ratings"][0]["value"] == "M"
    assert post(brian, "effect", accept=True, note="Seen.").json()["code"] == "too_early"


# Conduct.


@pytest.fixture
def about_conduct(livestock, edition, amina, champion, wanjiru):
    """A minor on courtesy, in an office whose frontline officer Wanjiru is not up to date."""
    make.requirement()
    Posting.objects.filter(officer=wanjiru).update(during=make.since(make.days_ago(800)))
    spans.refresh([wanjiru.pk])
    audit = steps.plan(livestock, edition, amina)
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, _1_1_1="P")
    return audits.submit(scope(amina), audit).findings.get(grade="minor")


def test_a_finding_on_conduct_proposes_cohorts_and_its_hr_officer_nominates(about_conduct, wanjiru, grace, amina, champion, signed_in):
    cohort = make.cohort(starts_on=make.days_ahead(30))
    shown = page(signed_in(amina), about_conduct).content.decode()
    assert "1 frontline officer here is not up to date" in shown and cohort.code in shown and "Wanjiru" not in shown
    assert "Wanjiru" not in page(signed_in(champion), about_conduct).content.decode()
    own = signed_in(grace)
    assert "Wanjiru" in page(own, about_conduct).content.decode()
    assert page(signed_in(champion), about_conduct, "nominate", cohort=cohort.code, officers=[wanjiru.pk]).status_code == 403
    assert page(own, about_conduct, "nominate", cohort=cohort.code, officers=[wanjiru.pk]).status_code == 302
    made = FindingNomination.objects.get()
    assert made.enrolment.officer == wanjiru and made.made_by == grace.user and made.made_at <= timezone.now()
    assert "With a seat already: 1." in page(own, about_conduct).content.decode()


def test_other_findings_propose_nothing(finding, grace, amina):
    assert conduct.proposal(scope(amina), finding) is None
