"""What an edition's rules may say: one table of settings, with their words, bounds and kinds. Checking, files, comparison and the
page of the Standard all read it. Pure: no clock, no database.

A setting has a path: `deadlines.plan_working_days`; of a level `levels.<code>.<field>`, of a finding rule `findings.<rule>.<field>`.
Shares and points stay text, so that nothing is lost on the way through a file.
"""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from standards import scoring
from standards.process import Process

SHARE, FRACTION, COUNT, NUMBERS, CODES, FLAG, TEXT = "share", "fraction", "count", "numbers", "codes", "flag", "text"
LEVELS = ("certified", "commended", "excellence")  # a certificate's levels; their names are fixed, their thresholds are not
FINDINGS = ("critical_not_met", "criterion_not_met", "principle_short", "not_met", "partly_met")
GRADES = ("major", "minor", "observation")
MEASURES = ("csi", "timeliness")


class Setting(NamedTuple):
    """`unit`: days, working days, months or nothing. Optional ones have a value of their own in `process.Process`."""

    path: str
    kind: str
    words: object
    low: int = 0
    high: int = 1
    unit: str = ""
    required: bool = False


def _days(path, words, unit="days", **more):
    return Setting(path, COUNT, words, **{"low": 1, "high": 1000, "unit": unit} | more)


def _months(path, words, low=1, **more):
    return Setting(path, COUNT, words, low=low, high=120, unit="months", **more)


GROUPS = (
    (
        gettext_lazy("Points"),
        (
            Setting("points.E", SHARE, gettext_lazy("Exemplary"), required=True),
            Setting("points.M", SHARE, gettext_lazy("Met"), required=True),
            Setting("points.P", SHARE, gettext_lazy("Partly met"), required=True),
            Setting("points.N", SHARE, gettext_lazy("Not met"), required=True),
        ),
    ),
    (
        gettext_lazy("The sheet"),
        (
            Setting("justify", CODES, gettext_lazy("Ratings that need a justification"), required=True),
            Setting(
                "not_applicable.share",
                SHARE,
                gettext_lazy("Elements of a site that may be not applicable, at most"),
                required=True,
            ),
            Setting("not_applicable.critical", FLAG, gettext_lazy("A critical element may be not applicable"), required=True),
            Setting("conduct_criteria", CODES, gettext_lazy("Criteria about the conduct of staff")),
        ),
    ),
    (
        gettext_lazy("Deadlines"),
        (
            _days("deadlines.self_assessment_days", gettext_lazy("Self-assessment")),
            _days("deadlines.answer_working_days", gettext_lazy("Answer to a finding"), "working days"),
            _days("deadlines.dispute_working_days", gettext_lazy("Decision on a dispute"), "working days"),
            _days("deadlines.plan_working_days", gettext_lazy("Corrective plan"), "working days"),
            _days("deadlines.evidence_days.major", gettext_lazy("Evidence of correction, major finding"), required=True),
            _days("deadlines.evidence_days.minor", gettext_lazy("Evidence of correction, minor finding"), required=True),
            Setting("deadlines.reminder_days", NUMBERS, gettext_lazy("Reminders, days before a deadline"), low=1, high=365),
            _days("deadlines.escalation_days.mda", gettext_lazy("Overdue: the MDA is told after")),
            _days("deadlines.escalation_days.authorised_officer", gettext_lazy("Overdue: its authorised officer is told after")),
            _days("deadlines.escalation_days.hops", gettext_lazy("Overdue: HOPS is told after")),
            _days("deadlines.limit_days", gettext_lazy("Last day to close a major finding")),
            _days("deadlines.limit_days_with_visit", gettext_lazy("The same with a follow-up visit")),
            _days("deadlines.effect_days", gettext_lazy("Check that a correction lasts")),
            Setting("deadlines.reminder_days", NUMBERS, gettext_lazy("Reminders, days before a deadline"), low=0, high=100),
            _days("deadlines.escalation_days.mda", gettext_lazy("Overdue, the MDA is told after")),
            _days("deadlines.escalation_days.authorised_officer", gettext_lazy("Overdue, the authorised officer is told after")),
            _days("deadlines.escalation_days.hops", gettext_lazy("Overdue, on the list of the HOPS office after")),
            _days("deadlines.report_working_days", gettext_lazy("Draft report"), "working days"),
            _days("deadlines.comments_working_days", gettext_lazy("Comments of the MDA"), "working days"),
            _days("deadlines.decision_days", gettext_lazy("Decision of the panel")),
            _days("deadlines.appeal_days", gettext_lazy("Appeal")),
            _days("deadlines.appeal_decision_days", gettext_lazy("Decision on an appeal")),
        ),
    ),
    (
        gettext_lazy("Assessors, panel and sample"),
        (
            Setting("assessors.member", CODES, gettext_lazy("Course that a member of the team holds, any of")),
            Setting("assessors.lead", CODES, gettext_lazy("Course that a lead auditor holds, any of")),
            Setting("assessors.lead_cycles", COUNT, gettext_lazy("Cycles in a row under the same lead, at most"), low=1, high=10),
            _months("cooling_off_months", gettext_lazy("Cooling-off before auditing a former MDA"), low=0),
            _months("look_back_months", gettext_lazy("Time that evidence looks back on")),
            Setting("panel.quorum", COUNT, gettext_lazy("Votes that a decision needs"), low=1, high=15),
            Setting("sampling.bands", NUMBERS, gettext_lazy("Size bands of centres, officers up to"), low=1, high=100_000),
            Setting("sampling.random_share", SHARE, gettext_lazy("Centres of the sample drawn at random, at least")),
        ),
    ),
    (
        gettext_lazy("The certificate"),
        (
            _months("valid_months", gettext_lazy("Valid for"), required=True),
            Setting(
                "surveillance.months", NUMBERS, gettext_lazy("Surveillance audits, months after the decision"), low=1, high=120
            ),
            Setting("surveillance.share_of_rest", FRACTION, gettext_lazy("Elements asked then beside the critical ones")),
            Setting("surveillance.coverage_floor", SHARE, gettext_lazy("Training coverage, suspended below")),
            _months("suspension_months", gettext_lazy("Suspension, at most")),
            _months("restore_months", gettext_lazy("Lapsed, may be restored within")),
            _months("renewal_months", gettext_lazy("Renewal may begin before expiry")),
        ),
    ),
)
OF_LEVEL = (
    Setting("stars", COUNT, gettext_lazy("Stars"), low=1, high=5, required=True),
    Setting("implementation", SHARE, gettext_lazy("Elements in place in each principle, at least"), required=True),
    Setting("score", SHARE, gettext_lazy("Overall score, at least"), required=True),
    Setting("exemplary", SHARE, gettext_lazy("Elements exemplary, at least"), required=True),
    Setting("critical_partly_met", COUNT, gettext_lazy("Critical elements partly met, at most"), high=100, required=True),
    Setting("measures.csi", SHARE, gettext_lazy("Customer satisfaction, at least")),
    Setting("measures.timeliness", SHARE, gettext_lazy("Served on time, at least")),
    Setting("quarters", COUNT, gettext_lazy("Quarters for which these hold"), low=1, high=20),
)
OF_FINDING = (
    Setting("grade", TEXT, gettext_lazy("Grade"), required=True),
    Setting("count", COUNT, gettext_lazy("Elements of one criterion, from"), low=1, high=100),
    Setting("below", SHARE, gettext_lazy("Elements in place in a principle, below")),
)
SOURCE = Setting("source", TEXT, gettext_lazy("Source of the rules"))
SETTINGS = {SOURCE.path: SOURCE} | {s.path: s for _words, group in GROUPS for s in group}
SETTINGS |= {f"levels.{code}.{s.path}": s._replace(path=f"levels.{code}.{s.path}") for code in LEVELS for s in OF_LEVEL}
SETTINGS |= {f"findings.{rule}.{s.path}": s._replace(path=f"findings.{rule}.{s.path}") for rule in FINDINGS for s in OF_FINDING}


class Problem(NamedTuple):
    """What is wrong with the setting at `path`, as a sentence with its remedy."""

    path: str
    sentence: str


# --- one shape for files and comparison ---


def flat(rules):
    """{path: value} of rules as they are stored, in the order of the table; paths that it lacks come last."""
    found = dict(_walk(rules, ""))
    return {path: found[path] for path in [*SETTINGS, *found] if path in found}


def _walk(value, path):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else str(name))
    elif path in ("levels", "findings") and isinstance(value, list):
        for row in value:
            name = str(row.get("code" if path == "levels" else "rule", "?")) if isinstance(row, dict) else "?"
            yield from _walk(
                {k: v for k, v in row.items() if k not in ("code", "rule")} if isinstance(row, dict) else row, f"{path}.{name}"
            )
    else:
        yield path, value


def nested(settings):
    """Rules as they are stored, of {path: value}: the way back from `flat`."""
    rules = {}
    for path, value in settings.items():
        *above, name = path.split(".")
        here = rules
        for step in above:
            here = here.setdefault(step, {})
        here[name] = value
    rules["levels"] = [{"code": code} | fields for code, fields in rules.get("levels", {}).items()]
    rules["findings"] = [{"rule": rule} | fields for rule, fields in rules.get("findings", {}).items()]
    return rules


# --- checking ---


def check(rules, criteria=None):
    """(clean rules, [Problem]) of rules as a file or a page gives them; texts of numbers are read. `criteria`: codes that there are."""
    problems = list(_doubled(rules)) if isinstance(rules, dict) else [Problem("rules", _("The rules are missing."))]
    if problems:
        return {}, problems
    clean = {}
    for path, value in flat(rules).items():
        setting = SETTINGS.get(path)
        if setting is None:
            problems.append(Problem(path, _("There is no such rule. Take it out, or correct its name.")))
        elif value is None or value == "" and setting.kind not in (TEXT, CODES):
            problems.append(Problem(path, _("A value is missing.")))
        else:
            read, sentence = READ[setting.kind](setting, value)
            clean[path] = read
            problems += [Problem(path, sentence)] if sentence else []
    problems += [Problem(path, _("This rule is missing. Add it.")) for path in _missing(clean)]
    if not problems:
        problems = [*_scale(clean), *_ladder(clean), *_process(clean, criteria)]
    if problems:
        return {}, problems
    ordered = nested({path: clean[path] for path in SETTINGS if path in clean})
    ordered["levels"].sort(key=lambda level: level["stars"])
    scoring.Rules.read(ordered)
    Process.read(ordered)
    return ordered, []


def _doubled(rules):
    for part, key, known in (("levels", "code", LEVELS), ("findings", "rule", FINDINGS)):
        rows = rules.get(part, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get(key) in known for row in rows):
            yield Problem(part, _("Each entry names one of: %(known)s.") % {"known": ", ".join(known)})
        elif len({row[key] for row in rows}) < len(rows):
            yield Problem(part, _("An entry stands there twice. Keep one."))


def _missing(clean):
    named = {path.rsplit(".", 1)[0] for path in clean} | {".".join(path.split(".")[:2]) for path in clean}
    for path, setting in SETTINGS.items():
        above = ".".join(path.split(".")[:2]) if path.startswith(("levels.", "findings.")) else ""
        if setting.required and path not in clean and (not above or above in named):
            yield path
    if not any(path.startswith("levels.") for path in clean):
        yield "levels"
    together = [("sampling.bands", "sampling.random_share"), ("surveillance.months", "surveillance.share_of_rest")]
    together += [("findings.criterion_not_met.grade", "findings.criterion_not_met.count")]
    together += [("findings.principle_short.grade", "findings.principle_short.below")]
    together += [(f"levels.{code}.measures.{name}", f"levels.{code}.quarters") for code in LEVELS for name in MEASURES]
    for one, other in together:
        if one in clean and other not in clean:
            yield other
    for pair in together[:2]:
        if pair[1] in clean and pair[0] not in clean:
            yield pair[0]


def _scale(clean):
    points = [Decimal(clean[f"points.{value}"]) for value in "NPME"]
    if points != sorted(points) or points[0] == points[2]:
        yield Problem("points", _("Points rise from not met over partly met to met and exemplary. Correct their order."))
    if unknown := set(clean["justify"]) - set(scoring.VALUES):
        yield Problem("justify", _("%(codes)s: no such rating. Use N, P, M, E or NA.") % {"codes": ", ".join(sorted(unknown))})
    for rule in FINDINGS:
        if clean.get(f"findings.{rule}.grade", "major") not in GRADES:
            yield Problem(f"findings.{rule}.grade", _("Write major, minor or observation."))


def _ladder(clean):
    rungs = sorted((clean[f"levels.{code}.stars"], code) for code in LEVELS if f"levels.{code}.stars" in clean)
    if [code for _stars, code in rungs] != [code for code in LEVELS if f"levels.{code}.stars" in clean] or len(
        {n for n, _c in rungs}
    ) < len(rungs):
        yield Problem("levels", _("Stars rise from certified over commended to excellence. Correct them."))
        return
    for (_n, low), (_m, high) in zip(rungs, rungs[1:]):
        for name in ("implementation", "score", "exemplary"):
            if Decimal(clean[f"levels.{high}.{name}"]) < Decimal(clean[f"levels.{low}.{name}"]):
                yield Problem(
                    f"levels.{high}.{name}", _("A higher level asks for no less than the level below it. Raise this share.")
                )
        if clean[f"levels.{high}.critical_partly_met"] > clean[f"levels.{low}.critical_partly_met"]:
            yield Problem(
                f"levels.{high}.critical_partly_met",
                _("A higher level forgives no more than the level below it. Lower this number."),
            )


def _process(clean, criteria):
    for path in ("sampling.bands", "surveillance.months", "deadlines.reminder_days"):
        if path in clean and (not clean[path] or clean[path] != sorted(set(clean[path]))):
            yield Problem(path, _("Write the numbers in rising order, each once."))
    if "surveillance.months" in clean and max(clean["surveillance.months"], default=0) >= clean["valid_months"]:
        yield Problem("surveillance.months", _("Surveillance falls within the months for which a certificate is valid."))
    for path in ("assessors.member", "assessors.lead"):
        if path in clean and not clean[path]:
            yield Problem(path, _("Name at least one course."))
    if criteria is not None and (unknown := [code for code in clean.get("conduct_criteria", ()) if code not in criteria]):
        yield Problem("conduct_criteria", _("%(codes)s: the edition has no such criterion.") % {"codes": ", ".join(unknown)})
    told = [clean[path] for who in ("mda", "authorised_officer", "hops") if (path := f"deadlines.escalation_days.{who}") in clean]
    if told != sorted(told):
        yield Problem(
            "deadlines.escalation_days", _("The MDA is told first, then its authorised officer, then HOPS. Correct the days.")
        )
    limit, visit = clean.get("deadlines.limit_days", 90), clean.get("deadlines.limit_days_with_visit", 180)
    if visit < limit:
        yield Problem("deadlines.limit_days_with_visit", _("The time with a visit is not shorter than the time without one."))


def _number(make, setting, value):
    try:
        number = make(str(value).strip())
        if isinstance(value, bool) or not 0 <= number <= 1:
            raise ValueError
    except (ValueError, ZeroDivisionError, InvalidOperation):
        return None, _("“%(value)s” is no share. Write a number from 0 to 1, for example 0.80.") % {"value": str(value)[:40]}
    return str(value).strip(), ""


def _share(setting, value):
    return _number(Decimal, setting, value)


def _fraction(setting, value):
    return _number(Fraction, setting, value)


def _count(setting, value):
    text = str(value).strip().removesuffix(".0")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and setting.low <= int(text) <= setting.high):
        words = {"value": str(value)[:40], "low": setting.low, "high": setting.high}
        return None, _("“%(value)s” is not right here. Write a whole number from %(low)s to %(high)s.") % words
    return int(text), ""


def _listed(value):
    return value if isinstance(value, list) else [part.strip() for part in str(value).split(";") if part.strip()]


def _numbers(setting, value):
    read = [_count(setting, one) for one in _listed(value)]
    return [number for number, _sentence in read], next((sentence for _n, sentence in read if sentence), "")


def _codes(setting, value):
    codes = [str(one).strip() for one in _listed(value)]
    return codes, "" if all(0 < len(code) <= 20 for code in codes) else _("Write short codes.")


def _flag(setting, value):
    said = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).strip().lower())
    return said, "" if said is not None else _("Write yes or no.")


def _words(setting, value):
    text = str(value).strip() if not isinstance(value, (list, dict)) else ""
    return text, "" if len(text) <= 2000 and "\0" not in text else _("This text is too long, or none.")


READ = {SHARE: _share, FRACTION: _fraction, COUNT: _count, NUMBERS: _numbers, CODES: _codes, FLAG: _flag, TEXT: _words}
