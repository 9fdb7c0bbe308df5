"""Drafts of editions: cloned from an edition, taken from a file, changed by page. Every way writes a whole, checked document."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Conflict, Refused
from standards import edition_check, edition_difference, edition_file, policies
from standards.models import Criterion, Edition, Element, ElementMapping, Principle

from . import editions


def read(actor, path, version=""):
    """(document, Difference from the draft of that name or from nothing, mark of that draft) of a file; nothing is written."""
    if not policies.may_keep_standard(actor):
        raise Refused(_("Those who keep the Standard import an edition."), code="not_yours")
    document = edition_check.checked(edition_file.read(path), version)
    return document, *compared(actor, document)


def compared(actor, document):
    """(Difference, mark) of a clean document against the draft it would correct. Refused where it would correct none."""
    held = Edition.objects.filter(version=document["edition"]).first()
    _check_draft(held, document)
    _found, problems = edition_check.resolved(document)
    edition_check.refuse(problems)
    was = edition_file.document(held) if held else None
    return edition_difference.between(was, document), edition_file.mark(was) if was else ""


def _check_draft(held, document):
    if held and held.state != Edition.State.DRAFT:
        sentence = _("%(edition)s is published and no longer changes. Give the draft another name.") % {"edition": held}
        raise Refused.of("version", sentence, "not_a_draft")


@transaction.atomic
def take(actor, document, *, seen=None):
    """Makes or corrects the draft of that name, so that it is the document. `seen`: mark of the draft that the preview showed."""
    if not policies.may_keep_standard(actor):
        raise Refused(_("Those who keep the Standard import an edition."), code="not_yours")
    document, problems = edition_check.of_document(document)
    edition_check.refuse(problems)
    held = Edition.objects.select_for_update().filter(version=document["edition"]).first()
    difference, mark = compared(actor, document)
    if seen is not None and seen != mark:
        raise Conflict(_("The draft was changed meanwhile. Look at the difference again."))
    if held and not difference:
        return held
    edition = held or Edition.objects.create(version=document["edition"], rules=document["rules"])
    _write(edition, document)
    _record(actor, edition, difference, new=held is None)
    return edition


def _write(edition, document):
    """The edition becomes the document; rows keep their identity by code."""
    edition.source, edition.rules = document["source"], document["rules"]
    edition.save(update_fields=["source", "rules"])
    principles = _match(edition.principles.all(), Principle, ({"edition": edition, **row} for row in document["principles"]))
    rows = ({**row, "principle": principles[row["principle"]]} for row in document["criteria"])
    criteria = _match(Criterion.objects.filter(principle__edition=edition), Criterion, rows)
    rows = ({**row, "criterion": criteria[row["criterion"]], "position": n} for n, row in enumerate(document["elements"], 1))
    elements = _match(Element.objects.of(edition), Element, rows)
    gone = [e for code, e in elements.items() if code not in {row["code"] for row in document["elements"]}]
    ElementMapping.objects.filter(new__in=gone).delete()
    for held, part in ((elements, "elements"), (criteria, "criteria"), (principles, "principles")):
        kept = {row["code"] for row in document[part]}
        for code, row in held.items():
            if code not in kept:
                row.delete()
    if "mapping" in document:
        found, _problems = edition_check.resolved(document)
        edition.mappings.all().delete()
        ElementMapping.objects.bulk_create(
            ElementMapping(
                edition=edition,
                old=found[row["edition"], row["old"]],
                new=elements[row["new"]] if row["new"] else None,
                note=row["note"],
            )
            for row in document["mapping"]
        )


def _match(queryset, model, rows):
    """{code: object} of all that are held, with `rows` written into them by code."""
    held = {one.code: one for one in queryset}
    new, changed, names = [], [], set()
    for row in rows:
        one = held.get(row["code"])
        if one is None:
            one = held[row["code"]] = model(**row)
            new.append(one)
            continue
        differing = [name for name, value in row.items() if getattr(one, name) != value]
        for name in differing:
            setattr(one, name, row[name])
        if differing:
            changed.append(one)
            names |= set(differing)
    model.objects.bulk_create(new)
    if changed:
        model.objects.bulk_update(changed, sorted(names))
    return held


def _record(actor, edition, difference, new):
    elements = difference.elements
    changes = {change.field: (change.old, change.new) for change in difference.facts}
    changes |= {f"rules {change.field}": (change.old, change.new) for change in difference.rules} if not new else {}
    for what in ("added", "dropped"):
        if rows := getattr(elements, what):
            changes[f"elements {what}"] = (None, ", ".join(row["code"] for row in rows))
    for part in difference.parts[:2]:
        if part:
            changes[part.name] = (
                None,
                ", ".join(row["code"] for row in [*part.added, *part.dropped]) or ", ".join(c.code for c in part.changed),
            )
    if difference.moved:
        changes["order"] = (None, "changed")
    if difference.mapping:
        changes["mapping"] = (None, "changed")
    trail.record(actor, editions.DRAFTED if new else editions.CHANGED, edition, changes)
    held = (
        {e.code: e for e in Element.objects.of(edition).select_related("criterion__principle__edition")}
        if elements.changed
        else {}
    )
    trail.record_many(
        [
            trail.entry(actor, "changed element", held[c.code], {f: (_text(a), _text(b)) for f, a, b in c.changes})
            for c in elements.changed
        ]
    )


def _text(value):
    return "; ".join(value) if isinstance(value, list) else value


@transaction.atomic
def clone(actor, edition, *, version):
    """A new draft with everything of the edition; a published one's elements are mapped to their copies."""
    if not policies.may_clone(actor, edition):
        raise Refused(_("Those who keep the Standard draft an edition."), code="not_yours")
    made = Edition.objects.create(
        version=editions.free_name(version), rules=edition.rules, source=edition.source, drawn_from=edition
    )
    elements = list(Element.objects.of(edition))
    copies = editions.copy_text(made, elements)
    if edition.state != Edition.State.DRAFT:
        ElementMapping.objects.bulk_create(ElementMapping(edition=made, old=e, new=copies[e.code]) for e in elements)
    trail.record(actor, editions.DRAFTED, made, {"elements": (None, len(elements)), "drawn from": (None, edition.version)})
    return made


# --- by page: one element at a time ---


def _change(actor, edition, change):
    """Changes the draft's document under lock and takes it."""
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(pk=edition.pk)
        if not policies.may_edit_draft(actor, edition):
            raise Refused(_("Only a draft is changed, by those who keep the Standard."), code="not_a_draft")
        document = edition_file.document(edition)
        change(document)
        clean, problems = edition_check.of_document(document)
        if problems:
            raise Refused(str(problems[0]), code="bad_edition", fields=_by_field(problems))
        return take(actor, clean)


def _by_field(problems):
    fields = {}
    for problem in problems:
        fields.setdefault(problem.field, []).append(problem.sentence)
    return fields


def save_element(actor, edition, fields, *, code=None):
    """Changes the element `code`, or adds one at the end of its criterion. `fields`: of the document."""

    def change(document):
        rows = document["elements"]
        if code is None:
            last = max((n for n, row in enumerate(rows) if row["criterion"] == fields["criterion"]), default=len(rows) - 1)
            rows.insert(last + 1, dict(fields))
        else:
            rows[_number(rows, code)] |= {name: value for name, value in fields.items() if name != "code"}

    return _change(actor, edition, change)


def remove_element(actor, edition, code):
    def change(document):
        del document["elements"][_number(document["elements"], code)]
        document["mapping"] = [row for row in document["mapping"] if row["new"] != code]

    return _change(actor, edition, change)


def move_element(actor, edition, code, *, up):
    """Before the one above it, or after the one below."""

    def change(document):
        rows = document["elements"]
        here = _number(rows, code)
        there = here - 1 if up else here + 1
        if 0 <= there < len(rows):
            rows[here], rows[there] = rows[there], rows[here]

    return _change(actor, edition, change)


def _number(rows, code):
    for n, row in enumerate(rows):
        if row["code"] == code:
            return n
    raise Refused(_("This element is no longer in the draft."), code="gone")
