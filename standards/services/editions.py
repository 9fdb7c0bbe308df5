"""Editions of the Standard: the first draft is loaded from its file, a draft is published as a copy that nobody edits, and retired;
which edition an audit is planned under; what its elements became in a later one."""

import json
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from centres.services.reference import Count, read, upsert
from cse_portal.activity import trail
from cse_portal.activity.models import Entry
from cse_portal.lib.errors import Refused
from standards import edition_check, edition_file, policies, rulebook, scoring
from standards.models import Criterion, Edition, Element, ElementMapping, Principle
from standards.process import Process
from training.certificates import long_day

FILES = Path(__file__).resolve().parent.parent / "reference"
DRAFTED, CHANGED = "drafted edition", "changed draft"  # verbs of the trail
EVERYWHERE = {"mda;centre": Element.AppliesTo.BOTH, "centre;mda": Element.AppliesTo.BOTH}


def rules_of(edition):
    return scoring.Rules.read(edition.rules)


def process_of(edition):
    return Process.read(edition.rules)


def elements_of(edition, place=None, codes=None):
    """`codes`: only these, as a surveillance asks (`Audit.elements_asked`); None: all."""
    found = Element.objects.of(edition, place)
    return list(found if codes is None else found.filter(code__in=codes))


def places_of(edition, codes=None):
    """Where each element is rated: [mda, centre or both]."""
    found = Element.objects.of(edition)
    return list((found if codes is None else found.filter(code__in=codes)).values_list("applies_to", flat=True))


def items(elements):
    """Elements as scoring needs them."""
    return [scoring.Item(e.code, e.criterion.code, e.criterion.principle.code, e.weight, e.critical) for e in elements]


@transaction.atomic
def load_draft(actor, path=None, rules=None):
    """Loads or corrects the draft edition of a file of elements, with its rules. A version that is no draft any more is left alone."""
    rows = read(path or FILES / "hseqs_elements.csv")
    rules = json.loads(Path(rules or FILES / "rules.json").read_text(encoding="utf-8"))
    edition_check.refuse([edition_check.Problem("", *problem) for problem in rulebook.check(rules)[1]])
    (version,) = {r["standard_version"] for r in rows}
    held = Edition.objects.filter(version=version).first()
    if held and (held.state != Edition.State.DRAFT or _changed_by_hand(held)):
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


def _changed_by_hand(draft):
    """A draft that somebody made or changed here is no longer the file's."""
    return Entry.objects.filter(kind=Edition.trail_kind, ref=draft.trail_ref, verb__in=[DRAFTED, CHANGED]).exists()


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


def free_name(version):
    """The name, tidied; Refused where an edition has it already."""
    version = " ".join(version.split())
    if not version or Edition.objects.filter(version=version).exists():
        sentence = _("There is an edition %(version)s already.") % {"version": version} if version else _("Give the edition a name.")
        raise Refused.of("version", sentence, "version_taken")
    return version


@transaction.atomic
def publish(actor, draft, *, version, on, in_force_on=None, transition_until=None):
    """Publishes a copy of the draft under the name `version`; the draft stays and may go on changing.

    in_force_on: first day on which audits are planned under it; None: `on`. transition_until: last day on which audits may still be
    planned under the editions before; None: none from the day it is in force.
    """
    draft = Edition.objects.select_for_update().get(pk=draft.pk)
    if not policies.may_publish(actor, draft):
        raise Refused(_("Only a draft is published, by those who keep the Standard."), code="not_a_draft")
    version, in_force_on = free_name(version), in_force_on or on
    if in_force_on < on:
        raise Refused.of("in_force_on", _("An edition is not in force before it is published."))
    if transition_until and transition_until < in_force_on:
        raise Refused.of("transition_until", _("The transition ends on or after the day the edition is in force."))
    elements = list(Element.objects.of(draft))
    _check(draft)
    made = Edition.objects.create(
        version=version, rules=draft.rules, source=draft.source, drawn_from=draft, in_force_on=in_force_on, transition_until=transition_until
    )  # fmt: skip
    copies = copy_text(made, elements)
    ElementMapping.objects.bulk_create(
        ElementMapping(edition=made, old_id=m.old_id, new=copies[m.new.code] if m.new else None, note=m.note) for m in draft.mappings.select_related("new")
    )
    made.state, made.published_on = Edition.State.PUBLISHED, on
    made.save(update_fields=["state", "published_on"])
    changes = {"state": (None, made.state), "elements": (None, len(elements)), "drawn from": (None, draft.version), "in force": (None, in_force_on)}
    trail.record(actor, "published edition", made, changes | ({"transition until": (None, transition_until)} if transition_until else {}))
    return made


def _check(draft):
    document, problems = edition_check.of_document(edition_file.document(draft))
    problems = problems or list(edition_check.incomplete(document))
    if problems:
        sentence = _("This draft cannot be published: %(problem)s") % {"problem": problems[0]}
        raise Refused(sentence, code="bad_edition", fields={"version": [str(problem) for problem in problems[:10]]})


def copy_text(edition, elements):
    """Copies elements with their principles and criteria into the edition: {code: copy}."""
    principles, criteria = {}, {}
    for e in elements:
        principles.setdefault(e.criterion.principle_id, Principle(edition=edition, code=e.criterion.principle.code, name=e.criterion.principle.name))
    Principle.objects.bulk_create(principles.values())
    for e in elements:
        criteria.setdefault(e.criterion_id, Criterion(principle=principles[e.criterion.principle_id], code=e.criterion.code, name=e.criterion.name))
    Criterion.objects.bulk_create(criteria.values())
    same = ["code", "title", "requirement", "guidance", "evidence_types", "critical", "applies_to", "weight", "position"]
    made = Element.objects.bulk_create(Element(criterion=criteria[e.criterion_id], **{f: getattr(e, f) for f in same}) for e in elements)
    return {e.code: e for e in made}


# --- which edition an audit is planned under ---


def published_in_order():
    """Published editions, the earliest in force first."""
    return sorted(Edition.objects.published(), key=lambda e: (_since(e), e.pk))


def _since(edition):
    return edition.in_force_on or edition.published_on


def in_force(on):
    """The edition in force on that day, or None."""
    return next((e for e in reversed(published_in_order()) if _since(e) <= on), None)


def plannable(on):
    """Editions under which an audit may be planned on that day, the one in force first: those before it only within its transition."""
    found = []
    for edition in reversed([e for e in published_in_order() if _since(e) <= on]):
        if all(later.transition_until and later.transition_until >= on for later in found):
            found.append(edition)
    return found


def why_not_plannable(edition, on, watched=None):
    """A sentence, or nothing where an audit may be planned under the edition on that day. `watched`: the certification that a
    surveillance looks at; it is watched under its own edition for as long as it stands."""
    if watched and watched.decision.audit.edition_id == edition.pk:
        return ""
    if edition.state != Edition.State.PUBLISHED:
        return _("Audits are planned under a published edition.")
    if _since(edition) > on:
        return _("%(edition)s is in force from %(day)s. Plan under the edition in force until then.") % {"edition": edition, "day": long_day(_since(edition))}
    if edition not in plannable(on):
        return _("%(edition)s is no longer planned under: %(current)s is in force, and its transition is over.") % {"edition": edition, "current": in_force(on)}
    return ""


def trend_map(old_edition, new_edition):
    """{code of the old edition: [codes it became in the new one]}, through the editions between; [] where it was dropped. Codes that
    nobody has mapped are left out. An edition maps to itself."""
    if old_edition == new_edition:
        return {e.code: [e.code] for e in Element.objects.of(old_edition)}
    steps = {}  # (old edition, new edition): {old code: [new codes]}
    rows = ElementMapping.objects.exclude(Q(edition__state=Edition.State.DRAFT) & ~Q(edition=new_edition))
    for old, new, code, became in rows.values_list("old__criterion__principle__edition", "edition", "old__code", "new__code").order_by("new__position"):
        steps.setdefault((old, new), {}).setdefault(code, []).extend([became] if became else [])
    ways, seen = [(old_edition.pk, None)], {old_edition.pk}
    while ways:  # the fewest editions between
        at, so_far = ways.pop(0)
        for (old, new), step in sorted(steps.items(), reverse=True):
            if old != at or new in seen:
                continue
            joined = step if so_far is None else {code: _joined(became, step) for code, became in so_far.items() if all(c in step for c in became)}
            if new == new_edition.pk:
                return joined
            seen.add(new)
            ways.append((new, joined))
    return {}


def _joined(codes, step):
    return list(dict.fromkeys(became for code in codes for became in step[code]))


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
