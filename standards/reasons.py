"""Words for what scoring says in codes: why a level was reached or not, why a finding was raised. In the reader's language."""

from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

LEVELS = {
    "not_yet": gettext_lazy("Not yet certifiable"),
    "certified": gettext_lazy("Certified"),
    "commended": gettext_lazy("Commended"),
    "excellence": gettext_lazy("Excellence"),
}


class Reason(NamedTuple):
    heading: str
    text: str
    passed: bool


def level_word(code):
    return LEVELS.get(code, code)


def percent(text, places=1):
    """"37/41" or "0.70" as 90.2% or 70%."""
    part, _slash, whole = text.partition("/")
    if whole and not Decimal(whole):
        return "–"
    value = Decimal(part) * 100 / Decimal(whole or 1)
    return f"{value:.{places}f}".rstrip("0").rstrip(".") + "%" if not whole else f"{value:.{places}f}%"


def of_checks(result, level, principles):
    """The checks of one level as (heading, text, passed); the principles together as one. `principles`: {code: name}."""
    checks = [check for check in result.why if check.level == level]
    shares = [check for check in checks if check.check == "implementation"]
    reasons = []
    if shares:
        short = [check for check in shares if not check.passed]
        lowest = min(shares, key=lambda check: result.implementation[check.about].percent)
        told = short or [lowest]
        named = ", ".join(f"{principles.get(c.about, c.about)} {percent(c.found)}" for c in told)
        words = _("Below: %(named)s") if short else _("Lowest: %(named)s")
        heading = _("Implemented at least %(floor)s in each principle") % {"floor": percent(shares[0].needed)}
        reasons.append(Reason(heading, words % {"named": named}, not short))
    return reasons + [_reason(check) for check in checks if check.check != "implementation"]


def _reason(check):
    heading, text = WORDS[check.check](check)
    return Reason(heading, text, check.passed)


def _score(check):
    part, _slash, whole = check.found.partition("/")
    told = _("%(score)s: %(part)s of %(whole)s points") % {"score": percent(check.found), "part": part, "whole": whole}
    return _("Overall score at least %(floor)s") % {"floor": percent(check.needed)}, told


def _critical_not_met(check):
    return _("No critical element unmet"), _("Not met: %(codes)s") % {"codes": check.about} if check.about else _("Every critical element rated is met at least in part")


def _critical_partly(check):
    limit = int(check.needed)
    heading = ngettext("At most %(n)s critical element partly met", "At most %(n)s critical elements partly met", limit) % {"n": limit} if limit else _("All critical elements met")
    return heading, _("Partly met: %(codes)s") % {"codes": check.about} if check.about else _("None is partly met")


def _plans(check):
    return _("An accepted plan for each critical element partly met"), _("Plan missing: %(codes)s") % {"codes": check.about} if check.about else _("No plan is missing")


def _exemplary(check):
    return _("At least %(floor)s of elements exemplary") % {"floor": percent(check.needed)}, _("This audit has %(share)s") % {"share": percent(check.found)}


def _majors(check):
    n = int(check.found)
    return _("No open major nonconformity"), ngettext("%(n)s is open", "%(n)s are open", n) % {"n": n} if n else _("None is open")


def _quarters(check):
    return _("for %(n)s quarters") % {"n": check.about}


def _csi(check):
    heading = _("Customer satisfaction at least %(floor)s") % {"floor": percent(check.needed)}
    return f"{heading} {_quarters(check)}", _known(check)


def _timeliness(check):
    heading = _("Served on time at least %(floor)s") % {"floor": percent(check.needed)}
    return f"{heading} {_quarters(check)}", _known(check)


def _known(check):
    return ", ".join(percent(value) for value in check.found.split()) or _("No measured figures were counted")


WORDS = {
    "score": _score,
    "critical_not_met": _critical_not_met,
    "critical_partly_met": _critical_partly,
    "plans_accepted": _plans,
    "exemplary": _exemplary,
    "open_majors": _majors,
    "csi": _csi,
    "timeliness": _timeliness,
}

RULES = {
    "critical_not_met": gettext_lazy("Raised because a critical element is not met; it blocks certification until closed."),
    "criterion_not_met": gettext_lazy("Raised because several elements of one criterion are not met; it blocks certification until closed."),
    "principle_short": gettext_lazy("Raised because too few elements of the principle are in place; it blocks certification until closed."),
    "not_met": gettext_lazy("Raised because the element is not met."),
    "partly_met": gettext_lazy("Raised because the element is partly met."),
    "falsified_evidence": gettext_lazy("Raised because evidence was falsified; it blocks certification until closed."),
}


def of_finding(finding):
    """Why the finding was raised, and why it is a major where the rule says minor; empty when a person raised it."""
    why = str(RULES.get(finding.rule, ""))
    if finding.recurs_id and finding.computed_grade and not finding.grade_reason:
        why = f"{why} {_('It is a major because the last audit found the same and it was left unresolved.')}".strip()
    return why


PROBLEMS = {
    "unrated": gettext_lazy("Not rated yet"),
    "na_critical": gettext_lazy("A critical element always applies"),
    "na_unapproved": gettext_lazy("Waiting for the lead auditor to approve that it does not apply"),
    "na_too_many": gettext_lazy("More elements marked not applicable than the edition allows"),
    "no_evidence": gettext_lazy("Evidence is missing"),
    "no_proof": gettext_lazy("Nothing shows it yet: write what does, or attach it"),
    "conflict": gettext_lazy("Two auditors rated differently"),
}


def of_problem(code):
    return PROBLEMS[code]
