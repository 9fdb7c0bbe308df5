"""The why of an officer's status, in full: rules with their authority, facts, dates, the line of statuses past and to come."""

import datetime as dt

from django.utils.translation import gettext as _

from centres.models import Excusal, Organisation
from cse_portal.lib.templatetags.cse import long_day, state_word
from training.models import Completion, ComplianceSpan, Requirement, Waiver

from . import facts, rules

DAY = dt.timedelta(days=1)


def last_day(end):
    """The last day of a half-open range; None where it has no end."""
    return None if end is None or end == dt.date.max else end - DAY


def timeline(officer_id, on, organisations=None):
    """[{code, first, last, now, day, places}] of the officer's spans, joined where nothing but the posting changed. `day`: one of
    its days, to ask why about. `organisations`: those of the officer's posts by id, where they are at hand."""
    spans = ComplianceSpan.objects.filter(officer=officer_id).order_by("starts")
    rows = list(spans.values_list("status", "organisation_id", "starts", "ends"))
    names = organisations if organisations is not None else Organisation.objects.in_bulk({r[1] for r in rows})
    found = []
    for status, organisation, starts, ends in rows:
        code, place = rules.STATUSES[status], names[organisation].name if organisation in names else ""
        if found and found[-1]["code"] == code and found[-1]["ends"] == starts:
            found[-1] |= {"ends": ends, "last": last_day(ends)}
            if found[-1]["places"][-1] != place:
                found[-1]["places"].append(place)
        else:
            first = None if starts == dt.date.min else starts
            found.append(
                {"code": code, "starts": starts, "first": first, "ends": ends, "last": last_day(ends), "places": [place]}
            )
    for row in found:
        row["now"] = row["starts"] <= on < row["ends"]
        row["day"] = on if row["now"] else row["first"] or row["last"]
    return found


def forecast(line, on):
    """What becomes of the status if nothing is done, in one sentence; "" where nothing changes."""
    here = next((n for n, row in enumerate(line) if row["now"]), None)
    if here is None:
        return ""
    now = line[here]
    if now["last"] is None:
        return _("Until the course is completed.") if now["code"] in (rules.DUE, rules.OVERDUE) else ""
    if here + 1 < len(line) and line[here + 1]["starts"] == now["ends"]:
        words = {"day": long_day(now["last"]), "next": str(state_word(line[here + 1]["code"])).lower()}
        return _("Until %(day)s, then %(next)s if nothing is done.") % words
    return _("Until %(day)s, the last day in post.") % {"day": long_day(now["last"])}


def explain(officer_id, on):
    """Context of the why: `state`, `courses` with their rules, stretch, grace and completions, `off`, `line`, `forecast`.
    Eleven queries."""
    history = facts.of_officers([officer_id])[officer_id]
    state = history.status(on)
    line = timeline(officer_id, on)
    context = {"state": state, "line": line, "forecast": forecast(line, on), "courses": [], "off": None}
    if state is None:
        return context
    if state.off:
        model = Excusal if state.code == rules.EXCUSED else Waiver
        context["off"] = model.objects.filter(pk=state.off.pk).first()
        context["off_last"] = last_day(state.off.days[1])
    bound = {pk for c in state.courses for pk in c.requirements}
    requirements = Requirement.objects.select_related("organisation", "cadre", "course").in_bulk(bound)
    held = {h.pk for c in state.courses for h in (*c.expired, *([c.held] if c.held else []))}
    completions = Completion.objects.select_related("course_version__course", "enrolment__cohort", "prior").in_bulk(held)
    for one in state.courses:
        since, end = history.stretch(one.course, on)
        proofs = []
        known = (*one.expired, *([one.held] if one.held else []))
        for h in sorted(known, key=lambda h: (h != one.held, -h.on.toordinal())):  # what holds comes first
            proofs.append({
                "completion": completions[h.pk],
                "course": completions[h.pk].course_version.course,
                "counts_for": h.course != one.course,
                "holds": one.held is not None and h.pk == one.held.pk,
                "last": last_day(h.until),
            })  # fmt: skip
        first = None if since == dt.date.min else since
        context["courses"].append({
            "course": requirements[one.requirements[0]].course,
            "code": "held" if one.held else "overdue" if one.due_on <= on else "due",
            "rules": [requirements[pk] for pk in dict.fromkeys(one.requirements) if pk in requirements],
            "first": first,
            "last": last_day(end),
            "grace_days": one.grace_days,
            "grace_ends": first + one.grace_days * DAY if first else None,
            "due_on": one.due_on,
            "proofs": proofs,
        })  # fmt: skip
    return context
