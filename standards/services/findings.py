"""Findings inside an audit: raised by the edition's rules from ratings, or by an auditor by hand; both until the audit is submitted."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Max, Q, Value
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from standards import policies, scoring
from standards.models import Audit, Element, Evidence, Finding, ReRating

from . import editions, recurrence

Grade = Finding.Grade
ORDER = [Grade.GOOD_PRACTICE, Grade.OBSERVATION, Grade.MINOR, Grade.MAJOR]
FALSIFIED = "falsified_evidence"


def follow(actor, audit, sheet):
    """Makes the findings of a site those that its ratings raise now. The audit is locked by the caller and not submitted.
    One query where nothing comes or goes: every save of a rating asks."""
    raised = {(r.rule, r.about): r for r in sheet.result.findings}
    by_rule = Finding.objects.filter(site=sheet.site, raised_by=None).exclude(rule="").select_related("recurs")
    by_rule = by_rule.annotate(codes=ArrayAgg("elements__code", default=Value([])))
    held = {(f.rule, f.about): f for f in by_rule}
    by_code = {e.code: e for e in sheet.elements}
    number = (audit.findings.aggregate(last=Max("number"))["last"] or 0) if raised.keys() - held.keys() else 0
    for key, finding in held.items():
        finding.audit = audit
        if key not in raised:
            trail.record(actor, "withdrew finding", finding)
            _delete(finding)
    moved = {key for key, rule in raised.items() if key not in held or set(held[key].codes) != set(rule.elements)}
    before = recurrence.before(audit, sheet.site) if moved else {}
    for key, rule in raised.items():
        statement = statement_of(rule, sheet)
        finding = held.get(key)
        if key in moved:
            grade, said = _grade(rule, finding, before)
        else:
            grade, said = finding.grade, {"computed_grade": finding.computed_grade, "recurs": finding.recurs}
        if finding is None:
            number += 1
            finding = Finding.objects.create(
                audit=audit, number=number, site=sheet.site, grade=grade, rule=rule.rule, about=rule.about, statement=statement, **said
            )
            trail.record(actor, "raised finding", finding, {"grade": (None, grade), "rule": (None, rule.rule)})
        elif (finding.grade, finding.statement, finding.recurs_id) != (grade, statement, said["recurs"] and said["recurs"].pk):
            finding.grade, finding.statement = grade, statement
            finding.computed_grade, finding.recurs = said["computed_grade"], said["recurs"]
            finding.save(update_fields=["grade", "statement", "computed_grade", "recurs"])
        if key in moved:
            finding.elements.set([by_code[code] for code in rule.elements])


def _grade(rule, finding, before):
    """(grade, what else is written): the rule's; major where a minor of the last audit was left unresolved; or what a person set."""
    old = next((before[code] for code in rule.elements if code in before), None)
    if finding and finding.grade_reason:
        return finding.grade, {"computed_grade": rule.grade, "recurs": old}
    if recurrence.unresolved(old) and rule.grade == Grade.MINOR:
        return Grade.MAJOR, {"computed_grade": rule.grade, "recurs": old}
    return rule.grade, {"computed_grade": "", "recurs": old}


def statement_of(rule, sheet):
    """What the auditors found on the elements that raised it, in their own words."""
    found = [(e.code, sheet.ratings[e.pk].justification) for e in sheet.elements if e.code in rule.elements and e.pk in sheet.ratings]
    if len(found) == 1:
        return found[0][1]
    return "\n".join(f"{code}: {words}" for code, words in found)


def _delete(finding):
    finding.elements.clear()
    finding.evidence.clear()
    finding.delete()


# By hand.


def _locked(actor, audit_id, may, no):
    audit = Audit.objects.locked(audit_id, no_key=True)
    if not audit.is_open:
        raise Refused(_("This audit was submitted; its findings are answered now, not changed."), code="submitted")
    if not may(actor, audit):
        raise Refused(no, code="not_yours")
    return audit


def _needed(name, sentence):
    return Refused.of(name, sentence, "incomplete")


@transaction.atomic
def raise_by_hand(actor, *, site, grade, statement, elements, evidence, falsified=False):
    """A finding of an auditor on elements of the site's sheet, with pieces of evidence gathered on them. Falsified evidence: a major."""
    audit = _locked(actor, site.audit_id, policies.may_raise_finding, _("Members of the team raise findings, until the audit is submitted."))
    elements, evidence = list(elements), list(evidence)
    if grade not in Grade.values:
        raise _needed("grade", _("Choose a grade."))
    if not statement.strip():
        raise _needed("statement", _("Write what you found."))
    on_sheet = {e.pk for e in editions.elements_of(audit.edition, site.applies_to, audit.elements_asked)}
    if not elements or not {e.pk for e in elements} <= on_sheet:
        raise _needed("elements", _("Choose the elements of this sheet that the finding is about."))
    held = Evidence.objects.held().filter(site=site, element__in=elements, pk__in=[piece.pk for piece in evidence]).count()
    if not evidence or held != len({piece.pk for piece in evidence}):
        raise _needed("evidence", _("Choose the evidence on these elements that shows it."))
    rule, about = (FALSIFIED, elements[0].code) if falsified else ("", "")
    if falsified:
        grade = Grade.MAJOR
        if Finding.objects.filter(site=site, rule=rule, about=about).exists():
            raise _needed("elements", _("Falsified evidence on this element is a finding already."))
    number = (audit.findings.aggregate(last=Max("number"))["last"] or 0) + 1
    old = recurrence.of(audit, site, elements) if grade in Finding.NONCONFORMITIES else None
    said = {}
    if recurrence.unresolved(old) and grade == Grade.MINOR:
        grade, said = Grade.MAJOR, {"computed_grade": Grade.MINOR}
    made = Finding.objects.create(
        audit=audit, number=number, site=site, grade=grade, rule=rule, about=about, statement=statement.strip(), raised_by=actor.user, recurs=old, **said
    )
    made.elements.set(elements)
    made.evidence.set(evidence)
    trail.record(actor, "raised finding", made, {"grade": (None, grade), "elements": (None, ", ".join(sorted(e.code for e in elements)))})
    return made


@transaction.atomic
def regrade(actor, finding, *, grade, reason):
    """A member of the team raises the grade; only the lead lowers it. Both with a reason, kept beside what the rule said."""
    _locked(actor, finding.audit_id, policies.may_raise_finding, _("Members of the team grade findings, until the audit is submitted."))
    finding = Finding.objects.select_for_update(of=["self"]).select_related("audit", "site").get(pk=finding.pk)
    if grade not in Grade.values:
        raise _needed("grade", _("Choose a grade."))
    if grade == finding.grade:
        return finding
    if not reason.strip():
        raise _needed("reason", _("Say why the grade changes."))
    if finding.rule and grade == Grade.GOOD_PRACTICE:
        raise _needed("grade", _("What a rule of the Standard raised is no good practice."))
    if finding.rule == FALSIFIED:
        raise _needed("grade", _("Falsified evidence is always a major nonconformity."))
    if ORDER.index(grade) < ORDER.index(finding.grade) and not policies.may_lead(actor, finding.audit):
        raise Refused.of("grade", _("Only the lead auditor lowers a grade."), "not_yours")
    before = finding.grade
    finding.computed_grade = finding.computed_grade or (before if finding.rule else "")
    finding.grade, finding.grade_reason = grade, reason.strip()
    if finding.computed_grade == grade:
        finding.computed_grade = finding.grade_reason = ""
    if not finding.recurs_id and grade in Finding.NONCONFORMITIES:
        finding.recurs = recurrence.of(finding.audit, finding.site, finding.elements.all())
    finding.save(update_fields=["grade", "computed_grade", "grade_reason", "recurs"])
    trail.record(actor, "changed grade", finding, {"grade": (before, grade)}, note=reason.strip())
    return finding


@transaction.atomic
def take_back(actor, finding):
    """Whoever raised it by hand, or the lead, takes it back until the audit is submitted."""
    _locked(actor, finding.audit_id, policies.may_raise_finding, _("Members of the team take findings back, until the audit is submitted."))
    finding = Finding.objects.select_for_update(of=["self"]).select_related("audit").get(pk=finding.pk)
    if not policies.may_take_back_finding(actor, finding):
        raise Refused(_("A finding is taken back by whoever raised it, or by the lead auditor; those of the rules follow the ratings."), code="not_yours")
    trail.record(actor, "withdrew finding", finding, {"grade": (finding.grade, None)}, note=finding.statement[:500])
    _delete(finding)


# At submission, and for the decision.


def rest_on_evidence(audit):
    """Findings of the rules rest on what was gathered on their elements."""
    pieces, links = {}, Finding.evidence.through
    for site, element, pk in Evidence.objects.held().filter(site__audit=audit).values_list("site_id", "element_id", "pk"):
        pieces.setdefault((site, element), []).append(pk)
    rows = [
        links(finding_id=finding.pk, evidence_id=pk)
        for finding in audit.findings.filter(raised_by=None).prefetch_related("elements")
        for element in finding.elements.all()
        for pk in pieces.get((finding.site_id, element.pk), ())
    ]
    links.objects.bulk_create(rows, ignore_conflicts=True)


def number_anew(actor, audit):
    """Closes the gaps that withdrawn findings left in the numbers, from which on they stay; the trail says which became which."""
    for number, finding in enumerate(audit.findings.order_by("number"), 1):
        if finding.number == number:
            continue
        before, finding.audit, finding.number = finding.number, audit, number
        finding.save(update_fields=["number"])
        trail.record(actor, "numbered finding", finding, {"number": (before, number)})


def judged(sheet):
    """The sheet's result with the majors as the auditors grade them: some raised by hand, some lowered by the lead."""
    majors = Finding.objects.filter(site=sheet.site, grade=Grade.MAJOR).count()
    if majors == sum(raised.grade == Grade.MAJOR for raised in sheet.result.findings):
        return sheet.result
    values = {e.code: sheet.ratings[e.pk].value for e in sheet.elements if e.pk in sheet.ratings}
    return scoring.score_site(editions.items(sheet.elements), values, sheet.rules, open_majors=majors)


def answers(audit):
    """{site id: (open majors, codes of elements whose plan is accepted)} as the findings stand."""
    accepted = {Finding.State.PLAN_ACCEPTED, Finding.State.EVIDENCE_SUBMITTED, *Finding.CLOSED}
    found = {}
    for finding in audit.findings.prefetch_related("elements"):
        majors, plans = found.get(finding.site_id, (0, frozenset()))
        if finding.grade == Grade.MAJOR and finding.state not in Finding.CLOSED:
            majors += 1
        if finding.state in accepted:
            plans |= {e.code for e in finding.elements.all()}
        found[finding.site_id] = (majors, plans)
    return found


def lifted(audit):
    """{(site id, code): rating} by re-ratings of findings that are closed as of now; one that was reopened lifts nothing."""
    found = ReRating.objects.filter(site__audit=audit, verification__finding__state__in=[Finding.State.VERIFIED, Finding.State.EFFECTIVE])
    return {(site, code): value for site, code, value in found.order_by("pk").values_list("site_id", "element__code", "value")}


def elements_of(finding):
    return Element.objects.filter(findings=finding).select_related("criterion").order_by("position")


def majors_left(certifications):
    """Majors still open of the audits that led to these certifications or watched over them (ids)."""
    of_them = Q(audit__certification__in=certifications) | Q(audit__decisions__certification__in=certifications)
    return Finding.objects.filter(of_them, audit__state__in=Audit.SUBMITTED).open_majors().select_related("audit__organisation", "audit__centre").distinct()
