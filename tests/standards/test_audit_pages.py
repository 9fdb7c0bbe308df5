"""The pages of an audit, as each person sees them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cse_portal.lib import clock
from standards.models import (
    Audit,
    AuditReport,
    AuditSite,
    Certification,
    Decision,
    Element,
    Evidence,
    Finding,
    PanelVote,
    Rating,
    Recommendation,
    TeamMember,
    TechnicalReview,
)
from standards.services import audits
from tests import factories as make
from tests.pictures import png
from training.services import awards

from . import steps
from .standing_steps import acted
from .steps import scope

pytestmark = pytest.mark.django_db


def page(name, *args):
    return reverse(f"standards:{name}", args=args)


def rating_form(client, url):
    form = client.get(url).context["form"]
    return {"client_ref": form["client_ref"].value(), "base_revision": form["base_revision"].value()}


def test_from_plan_to_register_through_pages(signed_in, secretariat, amina, panel, grace, anyone, livestock, edition):
    office = signed_in(secretariat)
    planned = office.post(
        page("plan_audit"),
        {"organisation": "SDLD", "head_office": "on", "edition": edition.pk, "starts_on": make.days_ago(0).isoformat(), "ends_on": f"{make.days_ahead(4):%d %b %Y}", "lead": amina.user.pk},
    )
    audit = Audit.objects.get()
    assert planned.url == audit.get_absolute_url()
    auditor, site = signed_in(amina), audit.sites.get()
    assert "Declare an interest or none" in auditor.get(audit.get_absolute_url()).content.decode()
    assert auditor.get(page("sheet", audit.ref, site.pk)).status_code == 403
    auditor.post(page("declare", audit.ref), {"interest": "no"})
    for code in steps.elements(site):
        url = page("rate", audit.ref, site.pk, code)
        photo = SimpleUploadedFile("board.png", png())
        answer = auditor.post(url, rating_form(auditor, url) | {"value": "M", "justification": "Seen.", "upload": photo, "next": "1"})
        assert answer.status_code == 302
    assert "This sheet is complete." in auditor.get(url).content.decode()
    assert "What the audit found" not in signed_in(grace).get(audit.get_absolute_url()).content.decode(), "nothing is told before submission"
    steps.closing_held(amina, audit)
    assert auditor.post(page("submit", audit.ref)).url == audit.get_absolute_url()
    second, third = steps.panel_of(panel)[1:]
    steps.voted(steps.before_the_panel(audit), second, third)
    judge = signed_in(panel)
    assert audit.ref in judge.get(page("decisions")).content.decode()
    assert "No critical element unmet" in judge.get(page("decide", audit.ref)).content.decode()
    judge.post(page("vote", audit.ref), {"outcome": "certify", "reasons": "All principles pass."})
    judge.post(page("decide", audit.ref), {"outcome": "certify", "reasons": "All principles pass.", "sure": "on"})
    made = Certification.objects.get()
    assert made.number in anyone.get(page("certifications")).content.decode()
    shown = anyone.get(page("certification", made.code)).content.decode()
    assert "This certification is in force" in shown and "State Department for Livestock" in shown
    mine = signed_in(grace).get(audit.get_absolute_url()).content.decode()
    assert made.number in mine and "All principles pass." in mine
    assert signed_in(grace).get(page("sheet", audit.ref, site.pk)).status_code == 200


def test_words_without_a_rating_are_asked_for_one_and_kept(signed_in, audit, site, brian):
    client, url = signed_in(brian), page("rate", audit.ref, site.pk, "1.1.1")
    answer = client.post(url, rating_form(client, url) | {"justification": "Nobody greets."})
    text = answer.content.decode()
    assert answer.status_code == 200 and "Choose a rating" in text and "Nobody greets." in text
    assert client.post(url, rating_form(client, url)).status_code == 200, "an empty form is not saved"
    assert not Rating.objects.exists()


def test_a_stale_save_shows_both_and_keeps_what_was_typed(signed_in, audit, site, amina, brian):
    client, url = signed_in(brian), page("rate", audit.ref, site.pk, "1.1.1")
    mine = rating_form(client, url) | {"value": "N", "justification": "Nobody greets."}
    steps.rate(amina, site, "1.1.1", "M", "All greet.")
    answer = client.post(url, mine)
    text = answer.content.decode()
    assert answer.status_code == 409 and "Amina Noor saved this element" in text and "All greet." in text and "Nobody greets." in text
    assert Rating.objects.get().value == "M"
    again = rating_form_of(answer) | {"value": "N", "justification": "Nobody greets."}
    assert client.post(url, again).status_code == 302
    assert Rating.objects.get().value == "N", "knowing theirs, mine is saved"


def rating_form_of(response):
    form = response.context["form"]
    return {"client_ref": form["client_ref"].value(), "base_revision": form["base_revision"].value()}


def test_posting_the_same_form_twice_saves_once(signed_in, audit, site, amina):
    client, url = signed_in(amina), page("rate", audit.ref, site.pk, "1.1.1")
    form = rating_form(client, url) | {"value": "E", "justification": "Measured.", "note": "Ten contacts", "n": "10", "kind": "observation"}
    assert [client.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert Rating.objects.get().revision == 1 and Evidence.objects.count() == 1


def test_a_refused_file_is_an_error_of_the_form_and_keeps_the_words(signed_in, audit, site, amina):
    client, url = signed_in(amina), page("rate", audit.ref, site.pk, "1.1.1")
    form = rating_form(client, url) | {"value": "M", "justification": "Seen at three counters.", "upload": SimpleUploadedFile("a.pdf", b"MZ not a pdf \x00")}
    answer = client.post(url, form)
    assert answer.status_code == 409 and "is a program or a web page; these are not taken" in answer.content.decode() and "Seen at three counters." in answer.content.decode()


def test_evidence_is_an_attachment_for_those_in_scope_only(signed_in, audit, site, amina, brian, panel, secretariat, grace, hops, administrator):
    steps.rate(amina, site, "1.1.1", pieces=[steps.Piece("file", upload=SimpleUploadedFile("notes.csv", b"a;b\n1;2\n"))])
    url = page("evidence", audit.ref, Evidence.objects.get().pk)
    stranger = make.member("auditor", "other@huduma.example", "Other Auditor")
    answer = signed_in(brian).get(url)
    assert answer["Content-Disposition"] == 'attachment; filename="notes.csv"' and answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"a;b\n1;2\n"
    assert [signed_in(hat).get(url).status_code for hat in (panel, secretariat)] == [200, 200]
    steps.rate_all(amina, audit)
    audits.submit(scope(amina), audit)
    steps.decided(audit, panel)
    assert [signed_in(hat).get(url).status_code for hat in (grace, hops, administrator, stranger)] == [404] * 4


def test_hops_reads_counts_and_states_but_no_sheet(signed_in, submitted, hops):
    client = signed_in(hops)
    text = client.get(submitted.get_absolute_url()).content.decode()
    assert "What the audit found" in text and "Submitted" in text
    assert client.get(page("sheet", submitted.ref, submitted.sites.get().pk)).status_code == 403
    assert client.get(page("findings")).status_code == 403


def test_the_mda_reads_findings_from_submission_and_ratings_from_the_decision(signed_in, audit, site, amina, panel, grace):
    steps.rate_all(amina, audit, _2_1_1="P")
    audits.submit(scope(amina), audit)
    client = signed_in(grace)
    text = client.get(audit.get_absolute_url()).content.decode()
    assert "Minor nonconformity" in text and "What the audit found" not in text
    assert client.get(page("sheet", audit.ref, site.pk)).status_code == 403
    steps.decided(audit, panel, "refuse")
    assert "What the audit found" in client.get(audit.get_absolute_url()).content.decode()
    sheet = client.get(page("sheet", audit.ref, site.pk)).content.decode()
    assert "Seen." in sheet and "Seen at three counters." not in sheet, "evidence stays with the auditors"


def test_another_mda_sees_nothing_of_it(signed_in, submitted, panel, odhiambo):
    steps.decided(submitted, panel)
    client = signed_in(odhiambo)
    assert client.get(submitted.get_absolute_url()).status_code == 404
    assert submitted.ref not in client.get(page("audits")).content.decode()
    assert submitted.ref not in b"".join(client.get(page("audits") + "?export=csv").streaming_content).decode()


def test_the_lead_who_also_sits_on_the_panel_is_told_and_cannot_decide(signed_in, submitted, amina):
    steps.before_the_panel(submitted)
    client = signed_in(make.member("panel", "", "", of_user=amina.user))
    assert "someone else on the panel decides it" in client.get(submitted.get_absolute_url()).content.decode()
    for door in ("vote", "decide"):
        assert client.post(page(door, submitted.ref), {"outcome": "certify", "reasons": "Mine."}).status_code == 403
    assert not submitted.decisions.exists() and not submitted.votes.exists()


def test_an_incomplete_audit_says_what_is_left(signed_in, audit, site, amina):
    steps.rate(amina, site, "1.1.1", pieces=())
    text = signed_in(amina).get(page("submit", audit.ref)).content.decode()
    assert "Evidence is missing" in text and "Not rated yet: 5" in text and "disabled" in text
    assert signed_in(amina).post(page("submit", audit.ref)).status_code == 409


def test_a_photo_is_shown_small_with_its_caption(signed_in, audit, site, amina):
    client, url = signed_in(amina), page("rate", audit.ref, site.pk, "1.1.1")
    said = {"value": "M", "justification": "Seen.", "upload": SimpleUploadedFile("board.png", png()), "note": "Charter board at the gate"}
    assert client.post(url, rating_form(client, url) | said).status_code == 302
    piece = site.evidence.exclude(file="").get()
    address = page("evidence", audit.ref, piece.pk)
    for shown in (client.get(url).content.decode(), client.get(page("sheet", audit.ref, site.pk)).content.decode()):
        assert f'src="{address}"' in shown and f'href="{address}"' in shown and "Charter board at the gate" in shown
    answer = client.get(address)
    assert answer["Content-Disposition"].startswith("attachment") and answer["X-Content-Type-Options"] == "nosniff"


# The Standard and the register.
def test_everyone_reads_the_published_standard_and_only_its_keepers_the_draft(signed_in, anyone, edition, secretariat, grace):
    assert "Staff greet and listen" in anyone.get(page("standard")).content.decode()
    draft = page("edition", edition.drawn_from.pk)
    assert [anyone.get(draft).status_code, signed_in(grace).get(draft).status_code, signed_in(secretariat).get(draft).status_code] == [404, 404, 200]


def test_publishing_a_draft_by_its_page(signed_in, administrator, grace, edition):
    draft = edition.drawn_from
    assert signed_in(grace).post(page("publish", draft.pk), {"version": "1.0"}).status_code in (403, 404)
    client = signed_in(administrator)
    assert client.post(page("publish", draft.pk), {"version": "1.0"}).status_code == 302
    again = client.post(page("publish", draft.pk), {"version": "1.0"})
    assert again.status_code == 409 and "already" in again.content.decode()


def test_the_register_is_narrowed(anyone, submitted, panel):
    made = steps.decided(submitted, panel).certification
    for query, found in [("q=Livestock", 1), ("q=" + made.number, 1), ("q=Fisheries", 0), ("level=certified", 1), ("level=excellence", 0),
                         ("county=047", 1), ("kind=state_department", 1), ("kind=centre", 0), ("state=in_force", 1), ("state=expired", 0)]:  # fmt: skip
        assert anyone.get(page("certifications") + "?" + query).context["total"] == found, query


def test_a_withdrawn_certification_says_so_with_its_date(anyone, submitted, panel):
    made = steps.decided(submitted, panel).certification
    acted(made, "withdraw", "falsification")
    text = anyone.get(page("certification", made.code)).content.decode()
    assert "was withdrawn on" in text and "Falsified evidence" in text
    assert anyone.get(page("certification", "AAAAA-BBBBB-CCCCC-DDDDD")).status_code == 404


def test_a_centres_manager_reads_what_concerns_the_own_centre(signed_in, livestock, gpo, edition, amina, panel, centre_manager):
    """Of an audit of three sites: page, lists, exports, API, the signed report."""
    other = make.huduma_centre("HC-032-01", "Nakuru Huduma Centre")
    audit = steps.plan(livestock, edition, amina, centres=[gpo, other])
    steps.declare(audit, amina)
    steps.rate_all(amina, audit, _2_1_1="P")
    steps.decided(audits.submit(scope(amina), audit), panel, "refuse")
    own, *rest = sorted(audit.sites.all(), key=lambda site: site.centre_id != gpo.pk)
    client = signed_in(centre_manager)
    for name in ("sheet", "why"):
        assert client.get(page(name, audit.ref, own.pk)).status_code == 200
        assert {client.get(page(name, audit.ref, site.pk)).status_code for site in rest} == {404}
    mine, others = list(audit.findings.filter(site=own)), list(audit.findings.exclude(site=own))
    assert {client.get(f.get_absolute_url()).status_code for f in mine} == {200}
    assert {client.get(f.get_absolute_url()).status_code for f in others} == {404}
    shown = client.get(audit.get_absolute_url())
    assert shown.context["findings"] == mine and list(shown.context["sites"]) == [own] and [s for s, _r in shown.context["results"]] == [own]
    assert "Nakuru" not in shown.content.decode() and not [e for e in shown.context["events"] if any(f.label in str(e["what"]) for f in others)]
    assert client.get(page("findings")).context["total"] == len(mine)
    exported = b"".join(client.get(page("findings") + "?export=csv").streaming_content).decode("utf-8-sig")
    assert exported.count(audit.ref) == len(mine)
    (report,) = audit.reports.filter(kind="final")
    assert client.get(report.get_absolute_url()).status_code == 404
    assert {client.get(page("report_copy", audit.ref, "final", 1, form)).status_code for form in ("pdf", "xlsx", "json")} == {404}
    api = lambda path: client.get(f"/api/v1/{path}")  # noqa: E731
    assert [f["number"] for f in api("findings/").json()["results"]] == [f.number for f in mine]
    assert {r["site"] for r in api("ratings/").json()["results"]} == {own.pk}
    assert api("audit-reports/").json()["results"] == [] and api(f"audit-reports/{report.pk}/").status_code == 404
    said = api(f"audits/{audit.ref}/").json()
    assert [s["id"] for s in said["sites"]] == [own.pk] and list(said["result"]["sites"]) == [str(own.pk)]
    reply = client.post(page("finding_reply", audit.ref, others[0].number), {"text": "Ours is different."})
    assert reply.status_code == 404


# What lists cost.
def another(audit, number, organisation=None):
    """One more submitted audit like this one, written straight into the tables."""
    like = {f: getattr(audit, f) for f in ("edition", "starts_on", "ends_on", "submitted_by", "submitted_at", "result")}
    made = Audit.objects.create(ref=f"AU-2020-{number:04}", organisation=organisation or audit.organisation, **like)
    site = AuditSite.objects.create(audit=made)
    rated = Rating.objects.filter(site__audit=audit).values("element_id", "value", "justification", "rated_by_id", "rated_at")
    Rating.objects.bulk_create([Rating(site=site, **one) for one in rated])
    TeamMember.objects.create(audit=made, user=audit.submitted_by, is_lead=True)
    finding = Finding.objects.create(audit=made, number=1, site=site, grade="minor", rule="partly_met", about="2.1.1", statement="Two of four.")
    finding.elements.add(Element.objects.of(audit.edition_id).get(code="2.1.1"))
    for state in ("stage_2", "submitted", "report"):
        Audit.objects.filter(pk=made.pk).update(state=state)
    key = awards.signing_key(clock.today())[0]
    AuditReport.objects.create(audit=made, kind="final", content={}, key=key, issued_by=audit.submitted_by, issued_at=clock.now())
    Recommendation.objects.create(audit=made, outcome="certify", reasons="Fine.", made_by=audit.submitted_by, made_at=clock.now())
    reviewer = steps.hat_of("secretariat", "reviewer@huduma.example", "Lydia Atieno").user
    TechnicalReview.objects.create(audit=made, outcome="passed", notes="Complete.", reviewed_by=reviewer, reviewed_at=clock.now())
    return made


@pytest.mark.parametrize(
    ("name", "who"),
    [("audits", "secretariat"), ("audits", "amina"), ("audits", "grace"), ("findings", "secretariat"), ("findings", "grace"), ("decisions", "panel")],
)
def test_lists_cost_the_same_at_1_3_and_50_rows(request, signed_in, livestock, edition, amina, name, who):
    client = signed_in(request.getfixturevalue(who))
    audit = steps.submitted(livestock, edition, amina, _2_1_1="P")
    if name == "decisions":
        steps.before_the_panel(audit)
    assert costs(client, name, lambda number: another(audit, number)) == 1


def test_the_register_costs_the_same_at_1_3_and_50_rows(anyone, livestock, edition, amina, panel):
    steps.decided(steps.submitted(livestock, edition, amina), panel)
    first = Certification.objects.get()

    def more(number):
        audit = Audit.objects.get(pk=first.decision.audit_id)
        made = another(audit, number, make.organisation(f"N{number}", f"State Department No. {number}"))
        for hat in steps.panel_of(panel):
            PanelVote.objects.create(audit=made, user=hat.user, outcome="certify", reasons="Fine.", at=clock.now())
        decision = Decision.objects.create(audit=made, outcome="certify", reasons="Fine.", result={}, quorum=3, decided_by=panel.user, decided_at=clock.now())
        same = {"organisation": made.organisation} | {f: getattr(first, f) for f in ("holder", "level", "issued_on", "expires_on", "key", "payload")}
        Certification.objects.create(decision=decision, number=f"HSEQS-2020-{number:04}", **same)

    assert costs(anyone, "certifications", more) == 1


def costs(client, name, more):
    """How many different numbers of queries the list takes at 1, 3 and 50 rows."""
    spent = []
    for rows in (1, 3, 50):
        for number in range(rows):
            if number and not Audit.objects.filter(ref=f"AU-2020-{number:04}").exists():
                more(number)
        client.get(page(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(name)).context["total"] >= rows
        spent.append(len(queries))
    return len(set(spent))


def test_a_sheet_costs_the_same_whatever_its_length_and_how_much_is_rated(signed_in, livestock, edition, amina):
    client, spent = signed_in(amina), set()
    for published in (lambda: edition, steps.full_edition):
        audit = steps.plan(livestock, published(), amina)
        steps.declare(audit, amina)
        site = audit.sites.get()
        for code in list(steps.elements(site))[:3]:
            url = page("rate", audit.ref, site.pk, code)
            steps.rate(amina, site, code)
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            spent.add(len(queries))
    assert len(spent) == 1, spent
