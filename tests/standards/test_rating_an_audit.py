"""Auditors rate: saved once, never over someone else's, with evidence; findings follow; submitting freezes all of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Conflict, Refused
from standards.models import Audit, Evidence, Finding, Rating
from standards.services import audits
from standards.services.evidence import Piece
from tests.pictures import jpeg, office, pdf, png

from . import steps
from .refusals import refused_by_the_database
from .steps import rate, scope

pytestmark = pytest.mark.django_db


def findings(audit):
    return sorted(audit.findings.values_list("grade", "rule", "about"))


def test_a_rating_is_saved_with_its_evidence_and_the_audit_is_under_way(audit, site, amina):
    rating = rate(amina, site, "1.1.1", "E", "Measured for a year.", ref="a1")
    assert (rating.value, rating.revision, rating.rated_by) == ("E", 1, amina.user)
    assert site.evidence.get().n == 3
    audit.refresh_from_db()
    assert audit.state == Audit.State.STAGE_2
    assert Entry.objects.filter(verb="rated", ref=rating.trail_ref).count() == 1


def test_the_same_save_twice_changes_nothing(site, amina, brian):
    """A phone that lost the answer sends again, even after a colleague has saved meanwhile."""
    rate(amina, site, "1.1.1", "M", ref="a1", base=0)
    rate(brian, site, "1.1.1", "P", "Half of the counters.", ref="b1", base=1)
    again = rate(amina, site, "1.1.1", "M", ref="a1", base=0)
    assert (again.value, again.revision) == ("P", 2)
    assert site.evidence.count() == 2


def test_a_stale_save_is_a_conflict_and_writes_nothing(site, amina, brian):
    rate(amina, site, "1.1.1", "M", ref="a1", base=0)
    with pytest.raises(Conflict) as conflict:
        rate(brian, site, "1.1.1", "N", "Nobody greets.", ref="b1", base=0)
    assert conflict.value.theirs["value"] == "M" and conflict.value.theirs["rated_by"] == "Amina Noor"
    assert Rating.objects.get(site=site).value == "M" and site.evidence.count() == 1 and not site.findings.exists()


@pytest.mark.parametrize("value", ["N", "P", "E", "NA"])
def test_these_ratings_need_a_justification(site, amina, value):
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", value, " ")
    assert "justification" in refusal.value.fields and not Rating.objects.exists()


def test_met_needs_none(site, amina):
    assert rate(amina, site, "2.1.1", "M", "").revision == 1


def test_findings_follow_the_ratings(audit, site, amina):
    rate(amina, site, "1.1.1", "N", "Nobody greets.")
    rate(amina, site, "2.1.1", "P", "Two quarters of four.")
    assert findings(audit) == [
        ("major", "critical_not_met", "1.1.1"), ("major", "principle_short", "P1"), ("major", "principle_short", "P2"), ("minor", "partly_met", "2.1.1"),
    ]
    assert audit.findings.get(rule="critical_not_met").statement == "Nobody greets."
    rate(amina, site, "1.1.1", "M")
    rate(amina, site, "2.1.1", "M")
    assert findings(audit) == []
    assert Entry.objects.filter(verb="withdrew finding").count() == 4


def test_not_applicable_never_for_a_critical_element_nor_beyond_the_share(site, amina):
    with pytest.raises(Refused):
        rate(amina, site, "1.1.1", "NA", "No counters.")
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", "NA", "No customers.")
    assert "At most 0" in refusal.value.message


def test_the_lead_approves_what_does_not_apply(livestock, amina, brian):
    edition = steps.full_edition()
    audit = steps.plan(livestock, edition, amina, brian)
    steps.declare(audit, amina, brian)
    site = audit.sites.get()
    rate(brian, site, "5.2.3", "NA", "No outreach by law.")
    assert ("na_unapproved", ("5.2.3",)) in audits.read_sheet(site, edition).missing
    element = steps.elements(site)["5.2.3"]
    with pytest.raises(Refused):
        audits.approve_not_applicable(scope(brian), site=site, element=element)
    audits.approve_not_applicable(scope(amina), site=site, element=element)
    assert not [p for p, _codes in audits.read_sheet(site, edition).missing if p == "na_unapproved"]
    assert rate(amina, site, "2.3.1", "NA", "One channel by law.").na_approved_by == amina.user


# Evidence files.
def upload(name, content):
    return Piece("file", upload=SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("name", "content", "media_type", "kept_as"),
    [
        ("../../etc/log.exe", pdf(), "application/pdf", "log.pdf"),
        ("photo.txt", jpeg(), "image/jpeg", "photo.jpg"),
        ("a.png", png(), "image/png", "a.png"),
        ("queue.xlsx", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "queue.xlsx"),
        ("note.docx", office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "note.docx"),
        ("data.csv", "case;days\nA1;3\nWanjikũ;4\n".encode(), "text/csv", "data.csv"),
        ("old.csv", "Müller;4\n".encode("cp1252"), "text/csv", "old.csv"),
        ("words", b"Interview notes", "text/plain", "words.txt"),
    ],
)
def test_a_file_is_known_by_its_bytes(site, amina, name, content, media_type, kept_as):
    rate(amina, site, "2.1.1", pieces=[upload(name, content)])
    held = site.evidence.get()
    assert (held.media_type, held.file_name, held.size) == (media_type, kept_as, len(content))
    assert len(held.sha256) == 64 and held.file.read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.pdf", b"MZ\x90\x00 a program"),
        ("page.txt", b"<!DOCTYPE html><script>alert(1)</script>"),
        ("drawing.csv", b"\xef\xbb\xbf <svg onload=alert(1)>"),
        ("macro.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin")),
        ("any.zip", office("whatever.txt")),
        ("cut.docx", office("word/document.xml")[:40]),
        ("empty.txt", b""),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_other_files_are_refused_and_nothing_is_saved(site, amina, name, content):
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", pieces=[upload(name, content)])
    assert refusal.value.code == "file_type" and not Evidence.objects.exists() and not Rating.objects.exists()


def test_a_file_beyond_the_limit_is_refused_naming_it(site, amina, settings):
    settings.EVIDENCE_MAX_BYTES = 1024 * 1024
    with pytest.raises(Refused) as refusal:
        rate(amina, site, "2.1.1", pieces=[upload("big.txt", b"x" * (1024 * 1024 + 1))])
    assert refusal.value.code == "too_large" and "at most 1 MB" in refusal.value.message


def test_evidence_is_taken_off_by_its_author_or_the_lead_and_stays_on_record(audit, site, amina, brian):
    rate(brian, site, "2.1.1")
    rate(amina, site, "1.1.1")
    with pytest.raises(Refused):
        audits.remove_evidence(scope(brian), site.evidence.get(added_by=amina.user))
    audits.remove_evidence(scope(amina), site.evidence.get(added_by=brian.user))
    assert site.evidence.held().count() == 1 and site.evidence.count() == 2


# Submitting.
def test_an_incomplete_audit_is_not_submitted(audit, site, amina):
    rate(amina, site, "1.1.1", pieces=())
    with pytest.raises(Refused) as refusal:
        audits.submit(scope(amina), audit)
    assert refusal.value.code == "incomplete"
    missing = dict(audits.read_sheet(site, audit.edition).missing)
    assert missing["no_evidence"] == ("1.1.1",) and len(missing["unrated"]) == 5


def test_only_the_lead_submits(audit, amina, brian):
    steps.rate_all(amina, audit)
    with pytest.raises(Refused):
        audits.submit(scope(brian), audit)
    assert audits.submit(scope(amina), audit).state == "submitted"
    assert audits.submit(scope(amina), audit).state == "submitted", "again: nothing happens"
    assert Entry.objects.filter(verb="submitted audit").count() == 1


def test_submitting_fixes_score_level_findings_and_deadlines(audit, amina):
    steps.rate_all(amina, audit, _1_1_1="N")
    audit = audits.submit(scope(amina), audit)
    (result,) = audits.results_of(audit.result).values()
    assert audit.result["level"] == "not_yet" and result.score == (6, 8)
    major = audit.findings.get(rule="critical_not_met")
    assert (major.due_on - steps.make.days_ago(0)).days == 60


def test_a_submitted_sheet_refuses_every_change(submitted, amina):
    site = submitted.sites.get()
    with pytest.raises(Refused):
        rate(amina, site, "1.1.1", "E", "Better.")
    said = "The sheet of a submitted audit is not changed."
    for sql in (
        "UPDATE standards_rating SET value = 'E'",
        "DELETE FROM standards_rating",
        "UPDATE standards_evidence SET note = 'other'",
        "DELETE FROM standards_evidence",
        f"""INSERT INTO standards_rating (site_id, element_id, value, justification, revision, client_refs, rated_at)
            SELECT {site.pk}, max(id), 'M', '', 1, '{{}}', now() FROM standards_element""",
    ):
        assert said in refused_by_the_database(sql), sql
    assert "not changed" in refused_by_the_database("UPDATE standards_audit SET result = '{}'")
    assert "does not go from submitted to stage_2" in refused_by_the_database("UPDATE standards_audit SET state = 'stage_2'")
    assert "team" in refused_by_the_database("DELETE FROM standards_teammember")


def test_the_findings_of_a_submitted_audit_are_answered_not_reworded(audit, amina):
    steps.rate_all(amina, audit, _2_1_1="P")
    audits.submit(scope(amina), audit)
    Finding.objects.update(state=Finding.State.PLAN_DUE)
    assert "by a dispute" in refused_by_the_database("UPDATE standards_finding SET grade = 'observation'")
