"""The audit report: what it says, who reads it, that it is locked and signed, and that every copy says everything."""

import io
import json
import re

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards.models import AuditReport
from standards.services import report_content, report_documents, reports, verifying
from standards.services.evidence import Piece

from . import steps
from .refusals import refused_by_the_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(audit, site, amina, brian):
    """Every field of the audit answered: all ratings, all kinds of evidence, a declaration, a finding, comments."""
    for n, code in enumerate(steps.elements(site)):
        value = "NEPMM"[n % 5]
        pieces = (
            Piece("interview", f"Heard at counter {n} & from two clerks", 2),
            Piece("data", f"Queue log of week {n}", 40 + n),
        )
        steps.rate(amina if n % 2 else brian, site, code, value, f"Found <{code}> “in part”, 50 % of {n} seen", pieces=pieces)
    steps.closing_held(amina, audit)
    steps.audits.submit(steps.scope(amina), audit)
    audit.refresh_from_db()
    return audit


@pytest.fixture
def report(full):
    steps.reported(full)
    return full.reports.get(kind="final")


def said(report, kind, **options):
    """All text of a copy, without spaces: lines break where they must."""
    raw = reports.copy(report, kind, **options)
    if kind == "pdf":
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages)
        text = re.sub(r"AU-\d+-\d+ · (Draft report|Report)\s*Page \d+ / \d+", "", text)  # the foot of each page
    else:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
        text = " ".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for row in rows for cell in row)
    return re.sub(r"\s+", "", text)


def leaves(data):
    """Every answered field of the content."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [leaf for item in data for leaf in leaves(item)]
    return [] if data in ("", None) or isinstance(data, bool) else [data]


def cells(report, annex=None):
    return [str(cell) for s in report_documents.sections(report, annex) for row in s.rows for cell in row if cell not in ("", None)]


def test_every_field_is_in_every_copy(report):
    content = report.content
    drawn = cells(content["report"], content["annex"])
    for kind in ("pdf", "xlsx"):
        text = said(report, kind, annex=True)
        assert not [cell for cell in drawn if re.sub(r"\s+", "", cell) not in text]
    told = json.dumps(reports.as_json(report, annex=True), ensure_ascii=False)
    assert not [leaf for leaf in leaves(content) if json.dumps(leaf, ensure_ascii=False).strip('"') not in told]


def test_no_field_of_the_content_is_left_out_of_the_sections(report):
    """What a person typed or chose stands in the sections word for word; codes stand there as their words."""
    content, words = report.content, " ".join(cells(report.content["report"], report.content["annex"]))
    codes = set(report_documents.CODES) | {"schema", "kind"}
    typed = [leaf for site in content["report"]["sites"] for e in site["elements"] for leaf in leaves({k: v for k, v in e.items() if k not in codes and k != "evidence"})]
    typed += [leaf for site in content["annex"]["sites"] for p in site["evidence"] for leaf in leaves({"note": p["note"], "by": p["added_by"]})]
    typed += [leaf for f in content["report"]["findings"] for leaf in leaves({"statement": f["statement"], "elements": f["elements"]})]
    typed += [r["text"] for r in content["report"]["replies"]]
    assert typed and not [leaf for leaf in typed if report_documents.when(str(leaf)) not in words]


def test_the_auditee_reads_all_but_what_was_told_in_confidence(report, signed_in, principal_secretary, amina):
    page = signed_in(principal_secretary).get(report.get_absolute_url())
    assert page.status_code == 200 and b"The signature is good" in page.content and b"Heard at counter" not in page.content
    address = report.get_absolute_url().rstrip("/")
    for form in ("pdf", "xlsx", "json"):
        copy = signed_in(principal_secretary).get(f"{address}.{form}")
        assert copy.status_code == 200 and "attachment" in copy["Content-Disposition"]
        assert signed_in(principal_secretary).get(f"{address}.{form}?annex=1").status_code == 404
    assert "Heardatcounter" not in said(report, "pdf") + said(report, "xlsx")
    assert b"Heard at counter" in signed_in(amina).get(f"{address}.json?annex=1").content


def test_it_is_verified_by_anyone_with_the_public_key(report):
    from nacl.signing import VerifyKey

    told = json.loads(json.dumps(reports.as_json(report, annex=True)))
    assert report_content.digest(told["report"]) == told["sha256"]
    pad = lambda text: text + "=" * (-len(text) % 4)  # noqa: E731
    import base64

    key = VerifyKey(base64.urlsafe_b64decode(pad(told["public_key"])))
    key.verify(bytes.fromhex(told["sha256"]), base64.urlsafe_b64decode(pad(told["signature"])))
    assert report_content.digest(told["annex"]) == told["report"]["annex_sha256"]


def test_a_changed_report_shows(report):
    assert reports.is_genuine(report)
    report.content["report"]["sites"][0]["elements"][0]["rating"] = "M"
    assert not reports.is_genuine(report)
    report.refresh_from_db()
    report.content["annex"]["sites"][0]["evidence"][0]["note"] = "Heard nothing"
    assert not reports.is_genuine(report)


@pytest.mark.parametrize("change", ["UPDATE standards_auditreport SET issued_at = now()", "DELETE FROM standards_auditreport", "UPDATE standards_reply SET text = 'x'"])
def test_the_database_keeps_it(report, change):
    assert refused_by_the_database(change)


def test_addenda_are_signed_and_change_nothing(report, signed_in, amina, principal_secretary, mailoutbox):
    before = report.sha256
    page = signed_in(amina).post(report.get_absolute_url() + "addendum/", {"text": "The date of the visit was 3 November."})
    assert page.status_code == 302
    report.refresh_from_db()
    assert report.sha256 == before and reports.is_genuine(report)
    assert "Thedateofthevisitwas3November." in said(report, "pdf") and "Thedateofthevisitwas3November." in said(report, "xlsx")
    assert b"The date of the visit" in signed_in(principal_secretary).get(report.get_absolute_url()).content
    assert signed_in(principal_secretary).post(report.get_absolute_url() + "addendum/", {"text": "No."}).status_code == 404


def test_the_final_one_waits_for_the_comments_or_their_last_day(full, amina, champion, signed_in):
    lead = steps.scope(amina)
    draft = reports.issue_draft(lead, full)
    assert draft.comments_by > clock.today() and reports.issue_draft(lead, full) == draft
    asks = "Comment on the draft report"
    assert asks in signed_in(champion).get(draft.get_absolute_url()).content.decode()
    assert asks not in signed_in(amina).get(draft.get_absolute_url()).content.decode()
    with pytest.raises(Refused, match="may still comment"):
        reports.issue_final(lead, full)
    full.refresh_from_db()
    reports.comment(steps.scope(champion), full, text="Counter 4 was closed that day.")
    final = reports.issue_final(lead, full)
    assert final.content["report"]["replies"][0]["text"] == "Counter 4 was closed that day."
    with pytest.raises(Refused, match="no longer commented"):
        reports.comment(steps.scope(champion), full, text="One more.")
    assert asks not in signed_in(champion).get(draft.get_absolute_url()).content.decode()


def test_what_a_verified_correction_lifted_is_in_the_report(full):
    finding = full.findings.filter(grade="major", elements__isnull=False).order_by("number").first()
    lifts = verifying.liftable(finding)
    steps.closed(finding, ratings={element.code: "M" for element in lifts})
    made = steps.reported(full).reports.get(kind="final")
    code = next(iter(lifts)).code
    issued = report_documents.when(made.issued_at.isoformat(timespec="seconds")).replace(" ", "")
    for kind in ("pdf", "xlsx"):
        text = said(made, kind)
        assert f"{code}:Met" in text and f"Issued{issued}" in text, "and times are Nairobi's, as everywhere"


def test_documents_are_drawn_once_by_the_worker(report):
    assert reports.draw_waiting() == 2 and reports.draw_waiting() == 0  # draft and final
    report.refresh_from_db()
    assert report.drawn_at and report.document.open().read().startswith(b"%PDF") and AuditReport.objects.filter(drawn_at=None).count() == 0


def test_another_mda_reads_nothing(report, signed_in, odhiambo):
    assert signed_in(odhiambo).get(report.get_absolute_url()).status_code == 404


def test_a_word_of_hr_does_not_end_the_days_of_the_mda(full, amina, grace, principal_secretary):
    reports.issue_draft(steps.scope(amina), full)
    full.refresh_from_db()
    reports.comment(steps.scope(grace), full, text="Noted.")
    with pytest.raises(Refused, match="may still comment"):
        reports.issue_final(steps.scope(amina), full)
    reports.comment(steps.scope(principal_secretary), full, text="We agree.")
    assert reports.issue_final(steps.scope(amina), full).kind == "final"
