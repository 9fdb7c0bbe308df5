"""The record of an audit: everything from the plan to the certificate on one page, as far as one may read each part."""

import re
from pathlib import Path

import pytest

from standards import record_words
from standards.services import certification, findings
from tests import factories as make

from . import steps
from .steps import scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(audit, amina):
    """Livestock's audit with an observation, before the panel."""
    steps.rate_all(amina, audit)
    evidence = audit.sites.get().evidence.first()
    said = {"grade": "observation", "statement": "Queues are long on Mondays."}
    findings.raise_by_hand(scope(amina), site=evidence.site, elements=[evidence.element], evidence=[evidence], **said)
    return steps.before_the_panel(steps.audits.submit(scope(amina), audit))


@pytest.fixture
def read(signed_in, case):
    """read(person) -> {kind: verbs in words}, of the page as that person sees it."""

    def _read(person):
        rows = signed_in(person).get(f"/trail/audit/{case.ref}/?all=1").context["page_obj"].object_list
        found = {}
        for row in rows:
            found.setdefault(row.kind, set()).add(str(row.what))
        return found

    return _read


def test_the_record_goes_from_the_plan_to_the_certificate(case, read, panel, secretariat, signed_in):
    steps.voted(case, *steps.panel_of(panel))
    made = certification.decide(scope(panel), case, outcome="certify", reasons_given="As voted.")
    found = read(secretariat)
    assert {"Audit planned", "Team named", "No interest declared", "Audit submitted", "Draft report issued", "Report issued"} <= found["audit"]
    assert found["finding"] == {"Finding raised"} and found["rating"] == {"Rated"} and found["evidence"] == {"Evidence added"}
    assert found["recommendation"] and found["technical_review"] and found["panel_vote"] == {"Panel member's recommendation"}
    assert found["decision"] == {"Decided"} and {"Certified", "Entered in the register"} <= found["certification"]
    assert "Decide by" not in signed_in(secretariat).get(case.get_absolute_url()).content.decode()
    page = signed_in(secretariat).get(f"/trail/audit/{case.ref}/").content.decode()
    table = page[page.index("<tbody") : page.index("</tbody")]
    said = re.sub(r"<[^>]+>", " ", re.sub(r'(href|class|data-l|scope)="[^"]*"', "", table))
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", said) and made.certification.number in said and "Certify" in said
    assert signed_in(secretariat).get(f"/trail/audit/{case.ref}/?verb=panel+member").context["total"] == 3


def test_each_reads_the_parts_that_are_theirs(case, read, panel, amina, champion, hops, administrator):
    mary = steps.panel_of(panel, 2)[1]
    steps.voted(case, panel)
    of_auditor, of_mda, of_hops = read(amina), read(champion), read(hops)
    assert {"rating", "evidence", "recommendation", "finding"} <= set(of_auditor) and "panel_vote" not in of_auditor
    assert {"audit", "finding"} <= set(of_mda) and not {"rating", "evidence", "recommendation", "technical_review", "panel_vote"} & set(of_mda)
    assert set(of_hops) == {"audit"}
    assert "panel_vote" in read(panel) and "panel_vote" in read(administrator)
    assert "panel_vote" not in read(mary), "nobody on the panel recommends after the others"
    steps.voted(case, mary)
    assert "panel_vote" in read(mary)


def test_the_audit_page_tells_the_panel_its_turns(case, panel, signed_in):
    mary = steps.panel_of(panel, 2)[1]
    steps.voted(case, panel)
    pages = [signed_in(hat).get(case.get_absolute_url()).content.decode() for hat in (panel, mary)]
    assert ["Panel member&#x27;s recommendation: Certify" in page for page in pages] == [True, False]
    assert all("Lead auditor&#x27;s recommendation: Certify" in page and f"/trail/audit/{case.ref}/" in page for page in pages)


def test_a_stranger_reads_no_record(case, signed_in):
    elsewhere = make.member("service_champion", "champion@lands.example", "Ruth", make.organisation("LANDS", "Lands"))
    assert signed_in(elsewhere).get(f"/trail/audit/{case.ref}/").status_code == 404


def test_every_verb_of_an_audit_has_words():
    """Editions, the auditor register, calibrations and the programme as a whole have trails of their own."""
    apart = {"edition_drafts", "editions", "edition_mapping", "auditors", "calibrations", "programmes", "measures"}
    services = [f for f in Path("standards/services").glob("*.py") if f.stem not in apart]
    said = {verb for f in services for verb in re.findall(r'(?:record|entry|move|_record)\(\s*actor, [^"\n{]*?"([a-z][a-z -]+[a-z])"', f.read_text())}
    assert len(said) > 40 and not [verb for verb in said if verb not in record_words.RECORD]


def test_the_auditee_reads_no_working_paper(livestock, gpo, edition, amina, champion, centre_manager, secretariat, signed_in):
    """What was taken back before the submission, a level before its report; a manager nothing of another site under the own number."""
    audit = steps.plan(livestock, edition, amina, centres=[gpo])
    steps.declare(audit, amina)
    steps.rate_all(amina, audit)
    office, counter = audit.sites.order_by("pk")
    said = {"grade": "observation", "statement": "The head office hides its queue."}
    for site in (office, counter):
        evidence = site.evidence.first()
        made = findings.raise_by_hand(scope(amina), site=site, elements=[evidence.element], evidence=[evidence], **said)
        if site == office:
            findings.take_back(scope(amina), made)
    steps.audits.submit(scope(amina), audit)
    audit.refresh_from_db()
    finding = audit.findings.get()
    read = lambda person, path=f"/trail/audit/{audit.ref}/?all=1": signed_in(person).get(path).content.decode()  # noqa: E731
    assert all(words in read(secretariat) for words in ("Finding withdrawn", "Audit submitted", said["statement"]))
    for person in (champion, centre_manager):
        pages = read(person) + read(person, f"/trail/finding/{audit.ref}/{finding.number}/")
        assert audit.ref in pages and not [words for words in ("Finding withdrawn", "Audit submitted", said["statement"]) if words in pages]
    assert "Finding raised" in read(champion) and "Finding raised" not in read(centre_manager)
    steps.reported(audit)
    assert "Audit submitted" in read(champion) and "Audit submitted" not in read(centre_manager)
