"""What elements of an earlier edition became in a later one: suggested by title and code, decided by a person, kept with a trail."""

from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from standards import policies
from standards.models import Edition, Element, ElementMapping

SAME, TITLE, CODE = "same", "title", "code"


class Row(NamedTuple):
    """An element of the earlier edition. `rows`: what is kept of it; `suggested`: (an element of the later one, why) or None.
    `decided` without any `new`: it was dropped."""

    old: Element
    rows: list
    suggested: tuple | None

    @property
    def decided(self):
        return bool(self.rows)

    @property
    def became(self):
        return [row.new for row in self.rows if row.new]

    @property
    def note(self):
        return next((row.note for row in self.rows if row.note), "")


def earlier(edition):
    """Published and retired editions that came before, the latest first."""
    found = Edition.objects.exclude(state=Edition.State.DRAFT).exclude(pk=edition.pk)
    return list(found.filter(pk__lt=edition.pk) if edition.state != Edition.State.DRAFT else found)


def table(edition, old_edition):
    """([Row] of every element of the earlier edition, [elements of the later one that none of them became])."""
    later = list(Element.objects.of(edition))
    held = {}
    for row in edition.mappings.select_related("new").order_by("new__position"):
        held.setdefault(row.old_id, []).append(row)
    rows = [Row(old, held.get(old.pk, []), _suggestion(old, later)) for old in Element.objects.of(old_edition)]
    taken = {new.pk for row in rows for new in row.became}
    return rows, [e for e in later if e.pk not in taken]


def _suggestion(old, later):
    """Same title before same code: titles say what is asked, codes only where it stands."""
    title = old.title.casefold().split()
    named = [e for e in later if e.title.casefold().split() == title]
    for e in named:
        if e.code == old.code:
            return e, SAME
    if len(named) == 1:
        return named[0], TITLE
    return next(((e, CODE) for e in later if e.code == old.code), None)


def _locked(actor, edition):
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    if not policies.may_map(actor, edition):
        raise Refused(_("Those who keep the Standard say what its elements became."), code="not_yours")
    return edition


def _check_earlier(edition, old_edition):
    if old_edition not in earlier(edition):
        raise Refused(_("Elements are mapped from an earlier published edition."), code="not_earlier")


@transaction.atomic
def take_suggestions(actor, edition, old_edition):
    """Maps every undecided element whose title the later edition has; how many. A code alone is left for a person."""
    edition = _locked(actor, edition)
    _check_earlier(edition, old_edition)
    rows, _new = table(edition, old_edition)
    sure = [row for row in rows if not row.decided and row.suggested and row.suggested[1] != CODE]
    made = ElementMapping.objects.bulk_create(ElementMapping(edition=edition, old=row.old, new=row.suggested[0]) for row in sure)
    trail.record_many([trail.entry(actor, "mapped element", m, {"became": (None, m.new.code)}, note="suggestion taken") for m in made])
    return len(made)


@transaction.atomic
def decide(actor, edition, old, *, new, note=""):
    """Says which elements of the edition the old one became; none: it was dropped."""
    edition = _locked(actor, edition)
    _check_earlier(edition, old.criterion.principle.edition)
    if any(e.criterion.principle.edition_id != edition.pk for e in new):
        raise Refused.of("new", _("Choose elements of the later edition."), "foreign")
    held = list(edition.mappings.filter(old=old).select_related("new"))
    was = ", ".join(row.new.code for row in held if row.new) or ("dropped" if held else None)
    note = note.strip()
    edition.mappings.filter(old=old).delete()
    made = ElementMapping.objects.bulk_create([ElementMapping(edition=edition, old=old, new=e, note=note) for e in new or [None]])
    became = ", ".join(e.code for e in new) or "dropped"
    trail.record(actor, "mapped element", made[0], {"became": (was, became)} if was != became else {}, note=note)
    return made
