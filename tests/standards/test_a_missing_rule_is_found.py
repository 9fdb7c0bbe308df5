"""The machine is put to the test itself: one rule is taken out of the product, with the trigger that stands behind it, and the machine
must find a path to what the rule is there to prevent. Each mutant is looked for in the same histories every time, in the scenes where its
rule is asked; some begin with what the rule refuses (`Cycle.do_first`), of which the machine draws one for each history by itself."""

import datetime as dt

import pytest
from django.db import connection, transaction
from hypothesis import Phase

from centres.services import working_days
from standards import scoring, surveillance
from standards.models import Audit, Finding
from standards.models.certification import CertificationQuerySet
from standards.policies import reports as reports_policy
from standards.services import (
    audits,
    ballots,
    certification,
    certifying,
    findings,
    impartiality,
    independence,
    review,
    standing,
)

from .cycle_first import FIRST
from .cycle_machine import Cycle, run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 40  # most are found in the first five
NOTHING = lambda *_args, **_more: None  # noqa: E731
NONE = lambda *_args, **_more: []  # noqa: E731
NO = lambda *_args: False  # noqa: E731


def no_findings(*_said):
    return Finding.objects.none()


def calendar_days(day, n):
    return day + dt.timedelta(days=n)


def no_holidays(day, n):
    while n:
        day += dt.timedelta(days=1)
        n -= day.isoweekday() < 6
    return day


def with_open_majors(audit):
    return {site: (0, codes) for site, (_majors, codes) in REAL["answers"](audit).items()}


def highest(levels, rules):
    return max(levels, key=[scoring.NOT_YET, *(level.code for level in rules.levels)].index, default=scoring.NOT_YET)


def certified_at_least(levels, rules):
    return REAL["lowest"]([level for level in levels if level != scoring.NOT_YET] or ["certified"], rules)


def without(problem):
    """Sheets that do not tell of this problem."""
    real = audits.read_sheet

    def read(*said):
        sheet = real(*said)
        sheet.missing[:] = [(name, codes) for name, codes in sheet.missing if name != problem]
        return sheet

    return read


def still_open(actor, audit_id):
    return Audit.objects.select_related("organisation", "centre", "edition").get(pk=audit_id)


def as_if_done(actor, held, act, today):
    return standing.note(actor, held, standing.TOLD_AS[act.kind], "", today, before=held.state, act=act)


def only_the_rest(elements, *, share, seed, **_more):
    return sorted(code for code, critical in elements.items() if not critical)


def only_the_first(audit):
    return not audit.recommendations.exists()


def never_put_off(tally, outcome, against):
    return REAL["check_votes"](tally, outcome, against if outcome == "certify" else None)


REAL = {"answers": findings.answers, "lowest": scoring.lowest, "check_votes": certification._check_votes}
TOOK_PART = "CREATE OR REPLACE FUNCTION standards_took_part(audit bigint, person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT %s $$"
TEAM_ONLY = TOOK_PART % "EXISTS (SELECT 1 FROM standards_teammember WHERE audit_id = audit AND user_id = person)"
ONE_STANDS = [f"ALTER TABLE standards_certification DROP CONSTRAINT {name}" for name in ("one_standing_certification_of_an_mda", "one_standing_certification_of_a_centre")]


def off(*triggers):
    """SQL that switches off triggers, as table.trigger."""
    return [f"ALTER TABLE standards_{table} DISABLE TRIGGER {name}" for table, name in (one.split(".") for one in triggers)]


# what the machine says, where it begins (scenes: what is done first), what is taken out of the services, and of the database behind them
MUTANTS = {
    "open majors": ("open major", "Roads", [(findings, "answers", with_open_majors)], off("certification.certified_without_majors")),
    "majors of a surveillance": (
        "open major of a surveillance", "Energy: renew", [(findings, "majors_left", no_findings)],
        off("certification.certified_without_majors"),
    ),
    "what is missing": ("unrated element", "Immigration: submit", [(audits, "read_sheet", without("unrated"))], off("certification.certified_whole", "audit.audit_frozen")),
    "evidence": ("without evidence", "Immigration: bare", [(audits, "read_sheet", without("no_evidence"))], []),
    "conflicts": ("unsettled conflict", "Immigration: in conflict", [(audits, "read_sheet", without("conflict"))], []),
    "who took part": ("somebody who audited", "Health: vote", [], [TOOK_PART % "false"]),
    "who took part but was not on the team": ("somebody who audited", "Health: vote", [], [TEAM_ONLY]),
    "who serves there": (
        "officer of the MDA", "Health: vote", [(independence, "obstacles", NONE)],
        off("panelvote.voter_is_impartial", "decision.decider_without_interest"),
    ),
    "quorum": (
        "without its quorum", "Health: one vote", [(ballots.Tally, "complete", property(lambda _tally: True))],
        off("decision.decision_has_quorum"),
    ),
    "certificates of the team": ("expired", "Health: vote, certificate ends", [(independence, "against_team", NONE)], []),
    "who rates is an assessor": (
        "rated by an expired assessor", "Immigration Livestock: certificate ends", [(impartiality, "require_assessor", NOTHING)], off("audit.rated_by_assessors"),
    ),
    "the edition": ("edition changed", "Health: edit", [], off("edition.edition_frozen", "element.element_frozen")),
    # or stuck: the panel is told that it may certify, and the database refuses over an open major
    "the threshold": ("below the threshold|votes lead nowhere", "Water", [(scoring, "lowest", certified_at_least)], []),
    "the sites' lowest": ("not its sites' lowest", "Health", [(scoring, "lowest", highest)], []),
    "surveillance": ("no surveillance", "Health", [(certifying, "watch", NOTHING)], []),
    "critical elements": ("looks at too little", "Health", [(surveillance, "choose", only_the_rest)], []),
    "suspended": ("told to be in force", "Energy Trade: suspend", [(standing, "carry_out", as_if_done)], []),
    "not in force": ("told to be in force", "Energy Trade: suspend", [(CertificationQuerySet, "in_force", lambda held, on: held.standing())], []),
    "what gives way": ("two stand", "Energy Trade", [(certifying, "renews", NOTHING)], ONE_STANDS),
    "what is submitted": (
        "sheet was changed", "Roads Water: rate", [(audits, "locked", still_open)],
        off("rating.rating_frozen", "evidence.evidence_frozen", "finding.finding_frozen"),
    ),
    "working days": ("working day", "Roads", [(working_days, "later", calendar_days)], []),
    "holidays": ("working day", "Roads", [(working_days, "later", no_holidays)], []),
    "votes that cannot be carried out": (
        "no way out.*lead nowhere", "Health: vote, certificate ends", [(certification, "_check_votes", never_put_off)], [],
    ),
    "a lead who has left": ("no way out", "Roads: lead leaves", [(reports_policy, "_lead_has_left", NO)], []),
    "once more after a return": ("no way out", "Roads: returned", [(review, "may_be_recommended", only_the_first)], []),
}  # fmt: skip


@pytest.mark.parametrize("rule", MUTANTS)
def test_a_missing_rule_is_found(cycle_world, rule, monkeypatch):
    said, begins, services, database = MUTANTS[rule]
    for where, what, instead in services:
        monkeypatch.setattr(where, what, instead)
    scenes, _, first = begins.partition(": ")
    monkeypatch.setattr(Cycle, "scenes", scenes.split())
    monkeypatch.setattr(Cycle, "firsts", [first] if first else FIRST)
    monkeypatch.setattr(Cycle, "ways", set())
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in ["SET CONSTRAINTS ALL IMMEDIATE", *database, "SET CONSTRAINTS ALL DEFERRED"]:
                cursor.execute(statement)
        with pytest.raises(AssertionError, match=said):
            run(EXAMPLES, 6, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
        transaction.set_rollback(True)
