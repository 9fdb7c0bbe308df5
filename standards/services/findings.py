"""Findings that the edition's rules raise from ratings; they follow the ratings until the audit is submitted."""

import datetime as dt

from django.db.models import Max

from cse_portal.activity import trail
from standards.models import Finding


def follow(actor, audit, sheet):
    """Makes the findings of a site those that its ratings raise now. The audit is locked by the caller and not submitted."""
    raised = {(r.rule, r.about): r for r in sheet.result.findings}
    held = {(f.rule, f.about): f for f in Finding.objects.filter(site=sheet.site).exclude(rule="").prefetch_related("elements")}
    by_code = {e.code: e for e in sheet.elements}
    fresh = any(key not in held for key in raised)
    number = (fresh and audit.findings.aggregate(last=Max("number"))["last"]) or 0
    for key, finding in held.items():
        finding.audit = audit
        if key not in raised:
            trail.record(actor, "withdrew finding", finding)
            finding.elements.clear()
            finding.delete()
    for key, rule in raised.items():
        statement = statement_of(rule, sheet)
        finding = held.get(key)
        if finding is None:
            number += 1
            finding = Finding.objects.create(
                audit=audit, number=number, site=sheet.site, grade=rule.grade, rule=rule.rule, about=rule.about, statement=statement
            )
            trail.record(actor, "raised finding", finding, {"grade": (None, rule.grade), "rule": (None, rule.rule)})
        elif (finding.grade, finding.statement) != (rule.grade, statement):
            finding.grade, finding.statement = rule.grade, statement
            finding.save(update_fields=["grade", "statement"])
        if {e.code for e in finding.elements.all()} != set(rule.elements):
            finding.elements.set([by_code[code] for code in rule.elements])


def statement_of(rule, sheet):
    """What the auditors found on the elements that raised it, in their own words."""
    found = [(e.code, sheet.ratings[e.pk].justification) for e in sheet.elements if e.code in rule.elements and e.pk in sheet.ratings]
    if len(found) == 1:
        return found[0][1]
    return "\n".join(f"{code}: {words}" for code, words in found)


def fix_deadlines(audit, on):
    """At submission: when evidence of correction falls due, by grade, as the edition says."""
    days = audit.edition.rules["deadlines"]["evidence_days"]
    for grade, length in days.items():
        audit.findings.filter(grade=grade).update(due_on=on + dt.timedelta(days=length))


def answers(audit):
    """{site id: (open majors, codes of elements whose plan is accepted)} as the findings stand."""
    accepted = {Finding.State.PLAN_ACCEPTED, Finding.State.EVIDENCE_SUBMITTED, *Finding.CLOSED}
    found = {}
    for finding in audit.findings.prefetch_related("elements"):
        majors, plans = found.get(finding.site_id, (0, frozenset()))
        if finding.grade == Finding.Grade.MAJOR and finding.state not in Finding.CLOSED:
            majors += 1
        if finding.state in accepted:
            plans |= {e.code for e in finding.elements.all()}
        found[finding.site_id] = (majors, plans)
    return found
