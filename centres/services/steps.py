"""The steps of a reorganisation, each taken on its day: {act, organisation: code, …} by act:

rename: name · create: name, kind, parent, county, standing · merge: into, people, numbers · split: into, cadre, county, centre,
numbers · move: parent · standing: standing · close.

`parent` empty: reports to none. `people`: follow (hats go to the successor) or end. `numbers`: refuse (a personal number that is
taken in the successor's series stops the step) or keep (its holder keeps the old series). Codes may name what an earlier step
creates. A merger of several is a step for each; a split is a step for each part, then, where nothing is left, a close."""

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.models import Cadre, Centre, County, Membership, Organisation, ReportingLine, Role, Roster, Standing, Succession
from cse_portal.lib.errors import Refused

from . import names, posting_moves

FOLLOWING = [Role.HR_OFFICER, Role.SERVICE_CHAMPION]  # an authorised officer is of one institution
ACTS = {
    "rename": gettext_lazy("Rename"),
    "create": gettext_lazy("Create"),
    "merge": gettext_lazy("Merge into another"),
    "split": gettext_lazy("Officers go to another"),
    "move": gettext_lazy("Move under another"),
    "standing": gettext_lazy("Change its standing"),
    "close": gettext_lazy("Close"),
}


class Making:
    """One run through the steps, in a transaction that the caller keeps or rolls back. What it did is for the preview."""

    def __init__(self, reorganisation, today):
        self.reorganisation, self.on, self.today = reorganisation, reorganisation.on, today
        self.organisations, self.officers = set(), set()  # ids touched
        self.moved, self.hats, self.below, self.ended = [], [], [], []

    @property
    def hats_from(self):
        """Powers never change in the past."""
        return max(self.on, self.today)

    def take(self, step):
        STEPS[step["act"]](self, step)

    def find(self, code, field="organisation"):
        """The organisation of that code, locked. Refused unless it is in being on the day."""
        found = Organisation.objects.select_for_update().filter(code=code).first()
        if found is None:
            raise Refused(
                _("There is no organisation with the code %(code)s.") % {"code": code}, code="unknown", fields=_at(field, code)
            )
        if not Organisation.objects.in_being(self.on).filter(pk=found.pk).exists():
            raise Refused(_("%(name)s is not in being on %(day)s.") % {"name": found, "day": self.on}, code="not_in_being")
        self.organisations.add(found.pk)
        return found

    def hand_over(self, old, new, criteria=None):
        """Officers of `old` go to `new`, with the succession on record."""
        posting_moves.lock([old.pk], self.on)
        touched, there = posting_moves.move(old.pk, new.pk, self.on, criteria)
        self.officers |= touched
        self.moved.append((old, new, there))
        row, made = Succession.objects.get_or_create(
            predecessor=old,
            successor=new,
            on=self.on,
            defaults={"reorganisation": self.reorganisation, "authority": self.reorganisation.authority, "officers": there},
        )
        if not made:
            row.officers += there
            row.save(update_fields=["officers"])

    def check_numbers(self, step, old, new):
        taken = posting_moves.clashes(new.pk, old.number_series, new.number_series, self.hats_from)
        if taken and step.get("numbers") != "keep":
            shown = ", ".join(taken[:10]) + (" …" if len(taken) > 10 else "")
            raise Refused(
                _(
                    "%(n)s personal numbers of %(old)s are held by someone else in the series of %(new)s: %(shown)s. Have them "
                    "corrected first, or let their holders keep the old series."
                )
                % {"n": len(taken), "old": old, "new": new, "shown": shown},
                code="numbers_taken",
            )

    def end(self, organisation, successor=None, people="end"):
        """It is in being no more from the day: its line, standing and hats end."""
        _nothing_later(organisation, self.on)
        begun = organisation.during.lower
        if begun and begun >= self.on:
            raise Refused(_("%(name)s has existed since that day only.") % {"name": organisation}, code="too_young")
        unread = [Roster.State.RECEIVED, Roster.State.READING, Roster.State.READ, Roster.State.APPLYING]
        waiting = Roster.objects.filter(organisation=organisation, state__in=unread, as_at__gte=self.on).first()
        if waiting:
            raise Refused(
                _("The staff file %(ref)s of %(name)s waits to be confirmed. Confirm or cancel it first.")
                % {"ref": waiting.ref, "name": organisation},
                code="staff_file_waits",
            )
        for row in [
            *ReportingLine.objects.filter(organisation=organisation),
            *Standing.objects.filter(organisation=organisation),
        ]:
            _cut(row, self.on)
        organisation.during = DateRange(begun, self.on)
        organisation.save(update_fields=["during"])
        self.ended.append(organisation)
        self.end_hats(organisation, successor, people)

    def end_hats(self, organisation, successor, people):
        day = self.hats_from
        held = Membership.objects.filter(organisation=organisation, during__overlap=DateRange(day, None))
        for hat in held.select_related("user", "organisation").order_by("pk"):
            goes_on = None
            if successor and people == "follow" and hat.role in FOLLOWING:
                goes_on = DateRange(max(day, hat.during.lower or day), hat.during.upper)
            begun = hat.during.lower
            hat.during = DateRange(begun, max(day, begun) if begun else day)
            hat.save(update_fields=["during"])
            there = (
                goes_on
                and not Membership.objects.filter(
                    user=hat.user, role=hat.role, organisation=successor, during__overlap=goes_on
                ).exists()
            )
            if there:
                Membership.objects.create(
                    user=hat.user, role=hat.role, organisation=successor, during=goes_on, invited_by=hat.invited_by
                )
            self.hats.append((hat, successor if goes_on else None))

    def report_to(self, organisation, parent):
        """Its line from the day on; `parent` None: it reports to none."""
        if parent == organisation:
            raise Refused(_("%(name)s cannot report to itself.") % {"name": organisation}, code="cycle")
        rows = list(
            ReportingLine.objects.select_for_update().filter(organisation=organisation, during__overlap=DateRange(self.on, None))
        )
        if any(row.during.lower and row.during.lower > self.on for row in rows):
            raise Refused(
                _("%(name)s has a reporting line on record that begins later.") % {"name": organisation}, code="later_change"
            )
        until = None
        for row in rows:
            until = row.during.upper
            _cut(row, self.on)
        if parent is not None:
            ReportingLine.objects.create(organisation=organisation, parent=parent, during=DateRange(self.on, until))
        self.organisations.add(organisation.pk)


def _rename(making, step):
    organisation = making.find(step["organisation"])
    names.give(organisation, step["name"].strip(), making.on, making.today)


def _create(making, step):
    code = step["organisation"].strip().upper()
    if Organisation.objects.filter(code=code).exists():
        raise Refused(_("The code %(code)s is taken.") % {"code": code}, code="code_taken")
    name = step["name"].strip()
    if Organisation.objects.in_being(making.on).named(making.on).filter(name_then__iexact=name).exists():
        raise Refused(_("Another organisation is called “%(name)s”.") % {"name": name}, code="name_taken")
    made = Organisation.objects.create(
        code=code,
        name=name,
        kind=step["kind"],
        county=County.objects.filter(code=step.get("county") or "").first(),
        during=DateRange(making.on, None),
        source=making.reorganisation.authority,
    )
    making.organisations.add(made.pk)
    Standing.objects.create(
        organisation=made,
        kind=step.get("standing") or Standing.Kind.OBLIGED,
        during=DateRange(making.on, None),
        authority=making.reorganisation.authority[:200],
    )
    if step.get("parent"):
        making.report_to(made, making.find(step["parent"], "parent"))


def _merge(making, step):
    old, new = _two(making, step)
    posting_moves.lock([old.pk], making.on)
    making.hand_over(old, new)
    making.officers |= posting_moves.rehost(old.pk, new.pk, making.on)
    making.check_numbers(step, old, new)
    above = ReportingLine.objects.filter(organisation=old, during__contains=making.on).select_related("parent").first()
    children = ReportingLine.objects.filter(parent=old, during__overlap=DateRange(making.on, None)).select_related("organisation")
    for line in list(children):
        if line.organisation_id == new.pk:
            making.report_to(new, above.parent if above and above.parent != new else None)
            continue
        if line.during.lower and line.during.lower >= making.on:
            line.parent = new
            line.save(update_fields=["parent"])
            making.organisations.add(line.organisation_id)
        else:
            making.report_to(line.organisation, new)
        making.below.append((line.organisation, old, new))
    making.end(old, new, step.get("people", "follow"))


def _split(making, step):
    old, new = _two(making, step)
    making.hand_over(old, new, criteria_of(step))
    making.check_numbers(step, old, new)


def criteria_of(step):
    """Which officers a step takes: {posting column: id}; empty: all."""
    return {
        f"{field}_id": model.objects.get(code=step[field]).pk
        for field, model in (("cadre", Cadre), ("county", County), ("centre", Centre))
        if step.get(field)
    }


def _move(making, step):
    organisation = making.find(step["organisation"])
    parent = making.find(step["parent"], "parent") if step.get("parent") else None
    making.report_to(organisation, parent)


def _standing(making, step):
    organisation = making.find(step["organisation"])
    give_standing(organisation, step["standing"], making.on, making.reorganisation.authority)


def _close(making, step):
    making.end(making.find(step["organisation"]))


STEPS = {
    "rename": _rename,
    "create": _create,
    "merge": _merge,
    "split": _split,
    "move": _move,
    "standing": _standing,
    "close": _close,
}


def give_standing(organisation, kind, on, authority):
    """Its standing from that day, with the authority. Refused where a later standing is on record."""
    rows = list(Standing.objects.select_for_update().filter(organisation=organisation, during__overlap=DateRange(on, None)))
    if any(row.during.lower and row.during.lower > on for row in rows):
        raise Refused(_("%(name)s has a standing on record that begins later.") % {"name": organisation}, code="later_change")
    if any(row.kind == kind for row in rows):
        raise Refused(_("%(name)s has that standing already.") % {"name": organisation}, code="same_standing")
    for row in rows:
        _cut(row, on)
    Standing.objects.create(organisation=organisation, kind=kind, during=DateRange(on, None), authority=authority[:200])


# Officers and reporting lines of days on which the organisation, or whom it reports to, is not in being.
HOMELESS = """
SELECT o.name, count(DISTINCT p.officer_id) FROM centres_posting p JOIN centres_organisation o ON o.id = p.organisation_id
WHERE o.id = ANY (%(ids)s) AND p.during && daterange(%(on)s, NULL) AND NOT p.during <@ o.during GROUP BY 1 ORDER BY 1
"""
LOOSE = """
SELECT o.name, p.name FROM centres_reportingline l
JOIN centres_organisation o ON o.id = l.organisation_id JOIN centres_organisation p ON p.id = l.parent_id
WHERE l.during && daterange(%(on)s, NULL) AND NOT (l.during <@ o.during AND l.during <@ p.during) ORDER BY 1, 2
"""


def _rows(sql, given):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def faults(making):
    """What is wrong with the whole, once every step is taken: [sentence]."""
    found = []
    places = dict(Organisation.objects.values_list("pk", "name"))
    for cycle in _cycles(making.on):
        found.append(
            _("These would report to one another in a circle: %(names)s.") % {"names": ", ".join(places[pk] for pk in cycle)}
        )
    for name, left in _rows(HOMELESS, {"on": making.on, "ids": list(making.organisations)}):
        found.append(
            _("%(n)s officers of %(name)s would have no MDA. Say where they go, before it is closed.") % {"n": left, "name": name}
        )
    for name, parent in _rows(LOOSE, {"on": making.on}):
        found.append(_("%(name)s would still report to %(parent)s.") % {"name": name, "parent": parent})
    return found


def _cycles(on):
    """Circles of reporting lines on that day or on any later day of change: each a list of ids."""
    lines = list(
        ReportingLine.objects.filter(during__overlap=DateRange(on, None)).values_list("organisation", "parent", "during")
    )
    days = {on} | {during.lower for _o, _p, during in lines if during.lower and during.lower > on}
    found = {}
    for day in days:
        above = {o: p for o, p, d in lines if (d.lower is None or d.lower <= day) and (d.upper is None or day < d.upper)}
        for start in above:
            seen, pk = [], start
            while pk in above and pk not in seen:
                seen.append(pk)
                pk = above[pk]
            if pk in seen:
                circle = seen[seen.index(pk) :]
                found[frozenset(circle)] = circle
    return list(found.values())


def _two(making, step):
    old, new = making.find(step["organisation"]), making.find(step["into"], "into")
    if old == new:
        raise Refused(_("%(name)s cannot go into itself.") % {"name": old}, code="itself")
    if new.during.upper is not None:
        raise Refused(_("%(name)s ends on %(day)s.") % {"name": new, "day": new.during.upper}, code="ends")
    return old, new


def _nothing_later(organisation, on):
    for rows in (organisation.lines, organisation.standings, organisation.former_names):
        if rows.filter(during__startswith__gt=on).exists():
            raise Refused(
                _("%(name)s has a later change of name, line or standing on record.") % {"name": organisation},
                code="later_change",
            )


def _cut(row, on):
    """The dated row ends on that day; one that would begin then or later was never."""
    lower, upper = row.during.lower, row.during.upper
    if upper is not None and upper <= on:
        return
    if lower is not None and lower >= on:
        row.delete()
        return
    row.during = DateRange(lower, on)
    row.save(update_fields=["during"])


def _at(field, code):
    return {field: [_("There is no organisation with the code %(code)s.") % {"code": code}]}


def in_words(step, called):
    """The step in a sentence. `called`: {code: name}."""
    old, new = (called.get(step.get(key), step.get(key) or "") for key in ("organisation", "into"))
    parent = called.get(step.get("parent"), step.get("parent")) or ""
    if step["act"] == "rename":
        return _("%(old)s is called %(name)s") % {"old": old, "name": step["name"]}
    if step["act"] == "create":
        kind = Organisation.Kind(step["kind"]).label.lower()
        if parent:
            return _("%(name)s (%(code)s, %(kind)s) comes into being and reports to %(parent)s") % {"name": step["name"], "code": step["organisation"], "kind": kind, "parent": parent}  # fmt: skip
        return _("%(name)s (%(code)s, %(kind)s) comes into being") % {
            "name": step["name"],
            "code": step["organisation"],
            "kind": kind,
        }
    if step["act"] == "merge":
        return _("%(old)s goes into %(new)s, with all its officers and what reports to it") % {"old": old, "new": new}
    if step["act"] == "split":
        which = [
            str(part)
            for part in (_label(Cadre, step, "cadre"), _label(County, step, "county"), _label(Centre, step, "centre"))
            if part
        ]
        if which:
            return _("Officers of %(old)s go to %(new)s: %(which)s") % {"old": old, "new": new, "which": ", ".join(which)}
        return _("All officers left at %(old)s go to %(new)s") % {"old": old, "new": new}
    if step["act"] == "move":
        return (
            _("%(old)s reports to %(parent)s") % {"old": old, "parent": parent}
            if parent
            else _("%(old)s reports to none") % {"old": old}
        )
    if step["act"] == "standing":
        return _("The standing of %(old)s is: %(standing)s") % {
            "old": old,
            "standing": Standing.Kind(step["standing"]).label.lower(),
        }
    return _("%(old)s is closed") % {"old": old}


def _label(model, step, field):
    return model.objects.filter(code=step[field]).first() if step.get(field) else None
