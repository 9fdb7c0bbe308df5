"""Editions of the Standard: a draft is loaded from its file, published as a copy that nobody edits, and retired."""

import json
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from centres.services.reference import Count, read, upsert
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from standards import policies, scoring
from standards.models import Criterion, Edition, Element, Principle
from standards.process import Process

FILES = Path(__file__).resolve().parent.parent / "reference"
EVERYWHERE = {"mda;centre": Element.AppliesTo.BOTH, "centre;mda": Element.AppliesTo.BOTH}


def rules_of(edition):
    return scoring.Rules.read(edition.rules)


def process_of(edition):
    return Process.read(edition.rules)


def elements_of(edition, place=None, codes=None):
    """`codes`: only these, as a surveillance asks (`Audit.elements_asked`); None: all."""
    found = Element.objects.of(edition, place)
    return list(found if codes is None else found.filter(code__in=codes))


def items(elements):
    """Elements as scoring needs them."""
    return [scoring.Item(e.code, e.criterion.code, e.criterion.principle.code, e.weight, e.critical) for e in elements]


@transaction.atomic
def load_draft(actor, path=None, rules=None):
    """Loads or corrects the draft edition of a file of elements, with its rules. A version that is no draft any more is left alone."""
    rows = read(path or FILES / "hseqs_elements.csv")
    rules = json.loads(Path(rules or FILES / "rules.json").read_text(encoding="utf-8"))
    scoring.Rules.read(rules)
    (version,) = {r["standard_version"] for r in rows}
    held = Edition.objects.filter(version=version).first()
    if held and held.state != Edition.State.DRAFT:
        return Count(0, 0, len(rows))
    said = {"version": version, "rules": rules, "source": rows[0]["source"]}
    done = upsert(actor, Edition.objects.filter(version=version), [said], key=["version"])[0]
    edition = Edition.objects.get(version=version)
    found = {r["principle_code"]: {"edition": edition, "code": r["principle_code"], "name": r["principle"]} for r in rows}
    done += upsert(actor, edition.principles.all(), found.values(), key=["code"])[0]
    principles = {p.code: p for p in edition.principles.select_related("edition")}
    found = {r["criterion_code"]: {"principle": principles[r["principle_code"]], "code": r["criterion_code"], "name": r["criterion"]} for r in rows}
    criteria = Criterion.objects.filter(principle__edition=edition)
    done += upsert(actor, criteria, found.values(), key=["code"])[0]
    criteria = {c.code: c for c in criteria.select_related("principle__edition")}
    return done + upsert(actor, Element.objects.of(edition), [_element(n, r, criteria) for n, r in enumerate(rows, 1)], key=["code"])[0]


def _element(position, row, criteria):
    return {
        "criterion": criteria[row["criterion_code"]],
        "code": row["code"],
        "title": row["title"],
        "requirement": row["requirement"],
        "guidance": row["guidance"],
        "evidence_types": [kind for kind in row["evidence_types"].split(";") if kind],
        "critical": row["critical"].lower() == "true",
        "applies_to": EVERYWHERE.get(row["applies_to"], row["applies_to"]),
        "weight": int(row["weight"]),
        "position": position,
    }


@transaction.atomic
def publish(actor, draft, *, version, on):
    """Publishes a copy of the draft under the name `version`; the draft stays and may go on changing."""
    draft = Edition.objects.select_for_update().get(pk=draft.pk)
    if not policies.may_publish(actor, draft):
        raise Refused(_("Only a draft is published, by those who keep the Standard."), code="not_a_draft")
    version = " ".join(version.split())
    if Edition.objects.filter(version=version).exists():
        sentence = _("There is an edition %(version)s already.") % {"version": version}
        raise Refused(sentence, code="version_taken", fields={"version": [sentence]})
    elements = list(Element.objects.of(draft))
    _check(draft, elements)
    made = Edition.objects.create(version=version, rules=draft.rules, source=draft.source, drawn_from=draft)
    _copy(made, elements)
    made.state, made.published_on = Edition.State.PUBLISHED, on
    made.save(update_fields=["state", "published_on"])
    trail.record(actor, "published edition", made, {"state": (None, made.state), "elements": (None, len(elements)), "drawn from": (None, draft.version)})
    return made


def _check(draft, elements):
    try:
        rules_of(draft)
        process_of(draft)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise Refused(_("The rules of this draft cannot be read."), code="bad_rules")
    for place, name in ((Element.AppliesTo.MDA, _("head office")), (Element.AppliesTo.CENTRE, _("centre"))):
        if not sum(e.weight for e in elements if e.applies_to in (place, Element.AppliesTo.BOTH)):
            raise Refused(_("No element with a weight applies to a %(place)s.") % {"place": name}, code="nothing_to_rate")


def _copy(edition, elements):
    principles, criteria = {}, {}
    for e in elements:
        principles.setdefault(e.criterion.principle_id, Principle(edition=edition, code=e.criterion.principle.code, name=e.criterion.principle.name))
    Principle.objects.bulk_create(principles.values())
    for e in elements:
        criteria.setdefault(e.criterion_id, Criterion(principle=principles[e.criterion.principle_id], code=e.criterion.code, name=e.criterion.name))
    Criterion.objects.bulk_create(criteria.values())
    same = ["code", "title", "requirement", "guidance", "evidence_types", "critical", "applies_to", "weight", "position"]
    Element.objects.bulk_create(Element(criterion=criteria[e.criterion_id], **{f: getattr(e, f) for f in same}) for e in elements)


@transaction.atomic
def retire(actor, edition, *, on, reason=""):
    """No audit is planned under it from now on; those under way finish under it."""
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if edition.state == Edition.State.RETIRED:
        return edition
    if not policies.may_retire(actor, edition):
        raise Refused(_("Only a published edition is retired, by those who keep the Standard."), code="not_published")
    edition.state, edition.retired_on = Edition.State.RETIRED, on
    edition.save(update_fields=["state", "retired_on"])
    trail.record(actor, "retired edition", edition, {"state": (Edition.State.PUBLISHED, edition.state)}, note=reason)
    return edition
