"""The same again: what was found in the last audit of a place and is found once more."""

from standards.models import Audit, ElementMapping, Finding

KNOWN = (*Audit.SUBMITTED, Audit.State.LAPSED)


def before(audit, site):
    """{code of this audit's edition: nonconformity} of the last audit of the same place, however it was answered."""
    last = (
        Audit.objects.filter(organisation=audit.organisation_id, sites__centre=site.centre_id, state__in=KNOWN)
        .exclude(pk=audit.pk)
        .order_by("-submitted_at")
        .values("pk")[:1]
    )
    rows = Finding.objects.filter(audit__in=last, site__centre=site.centre_id, grade__in=Finding.NONCONFORMITIES)
    rows = rows.exclude(state=Finding.State.WITHDRAWN).select_related("audit").prefetch_related("elements")
    found = {}
    for finding in rows:
        names = {e.pk: e.code for e in finding.elements.all()}
        if finding.audit.edition_id != audit.edition_id:
            mapped = ElementMapping.objects.filter(edition=audit.edition_id, old__in=names, new__isnull=False)
            names = dict(mapped.values_list("new_id", "new__code"))
        found |= dict.fromkeys(names.values(), finding)
    return found


def of(audit, site, elements):
    """The nonconformity of the last audit that one on these elements repeats, or None."""
    found = before(audit, site)
    return next((found[e.code] for e in elements if e.code in found), None)


def unresolved(finding):
    return finding is not None and finding.grade == Finding.Grade.MINOR and finding.state not in Finding.CLOSED


def repeated(audit):
    """Nonconformities of earlier audits that were held for corrected and that this audit found again."""
    again = audit.findings.filter(grade__in=Finding.NONCONFORMITIES).values("recurs")
    corrected = Finding.objects.filter(pk__in=again, state__in=[Finding.State.VERIFIED, Finding.State.EFFECTIVE])
    return corrected.select_related("audit__edition", "audit__organisation", "site__centre").select_for_update(of=["self"])
