"""The edition's rules about how an audit goes: clocks, who may assess, panel, sample, surveillance. Scoring reads the rest.

Pure. Where an edition does not say (published before the rule existed), what stands here holds; it equals the first draft.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Process:
    """Days are calendar days unless they say working days."""

    self_assessment_days: int = 30
    answer_working_days: int = 5
    dispute_working_days: int = 10
    plan_working_days: int = 15
    evidence_days: dict = field(default_factory=lambda: {"major": 60, "minor": 180})
    limit_days: int = 90
    limit_days_with_visit: int = 180
    effect_days: int = 90
    reminder_days: tuple[int, ...] = (3, 14)
    escalation_days: dict = field(default_factory=lambda: {"mda": 1, "authorised_officer": 8, "hops": 15})
    report_working_days: int = 10
    comments_working_days: int = 10
    decision_days: int = 30
    appeal_days: int = 30
    appeal_decision_days: int = 60
    member_courses: tuple[str, ...] = ("CSE-SQA-01",)
    lead_courses: tuple[str, ...] = ("CSE-SQA-02",)
    lead_cycles: int = 2
    quorum: int = 3
    bands: tuple[int, ...] = (10, 30)
    random_share: Decimal = Decimal("0.25")
    surveillance_months: tuple[int, ...] = (12, 24)
    share_of_rest: Fraction = Fraction(1, 3)
    coverage_floor: Decimal = Decimal("0.60")
    conduct_criteria: tuple[str, ...] = ()
    look_back_months: int = 12
    cooling_off_months: int = 24
    valid_months: int = 36
    suspension_months: int = 6
    restore_months: int = 6
    renewal_months: int = 6

    @classmethod
    def read(cls, rules):
        """From an edition's rules as JSON. ValueError, TypeError or KeyError where they cannot be read."""
        said = {name: value for name, value in rules.get("deadlines", {}).items() if name in cls.__dataclass_fields__}
        assessors, sampling, after = rules.get("assessors", {}), rules.get("sampling", {}), rules.get("surveillance", {})
        said |= {f"{who}_courses": tuple(assessors[who]) for who in ("member", "lead") if who in assessors}
        said |= {"lead_cycles": assessors["lead_cycles"]} if "lead_cycles" in assessors else {}
        said |= {"quorum": rules["panel"]["quorum"]} if "panel" in rules else {}
        said |= {"bands": tuple(sampling["bands"]), "random_share": Decimal(sampling["random_share"])} if sampling else {}
        said |= (
            {"surveillance_months": tuple(after["months"]), "share_of_rest": Fraction(after["share_of_rest"])} if after else {}
        )
        said |= {"coverage_floor": Decimal(after["coverage_floor"])} if "coverage_floor" in after else {}
        said |= {"conduct_criteria": tuple(rules["conduct_criteria"])} if "conduct_criteria" in rules else {}
        months = ("look_back_months", "cooling_off_months", "valid_months", "suspension_months", "restore_months", "renewal_months")
        return cls(**said, **{name: rules[name] for name in months if name in rules})
