"""Who completed and why, pure. Attendance = (present + late) / (sessions held - excused), as docs/architecture.md rule 12.

Percentages are compared unrounded, as fractions; what is shown is rounded down to one decimal, so that 79.96 never reads as 80.
"""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

PRESENT, LATE, EXCUSED, ABSENT = "present", "late", "excused", "absent"
MOST_EXCUSED = Fraction(20, 100)  # of the sessions held


@dataclass(frozen=True)
class Rule:
    """Of the course version: per cent of sessions; pass mark of 0 to 100, None where attendance alone decides."""

    minimum_attendance: int
    pass_mark: int | None = None


@dataclass(frozen=True)
class Outcome:
    completed: bool
    reasons: list = field(default_factory=list)
    attendance: Fraction | None = None  # None: no session to judge by
    score: Decimal | None = None

    @property
    def why(self):
        return " ".join(self.reasons)


def attendance(marks):
    """Fraction of the sessions attended, or None where every session held was excused (or none was held)."""
    counted = [m for m in marks if m != EXCUSED]
    return Fraction(sum(m in (PRESENT, LATE) for m in counted), len(counted)) if counted else None


def shown(fraction):
    """Per cent to one decimal, rounded down; whole numbers bare."""
    value = (Decimal(100 * fraction.numerator) / fraction.denominator).quantize(Decimal("0.1"), ROUND_DOWN)
    return f"{value.normalize():f}"


def outcome(marks, score, rule, missing=(), below=()):
    """The outcome of one learner. `marks`: one per session held, None where nobody marked (then closing is blocked before).
    `missing`: names of the parts without a result; `below`: [(name, score, pass mark)] of parts below their own pass mark."""
    if any(m is None for m in marks):
        raise ValueError("a session is not marked")
    held, excused, part, reasons, failed = len(marks), marks.count(EXCUSED), attendance(marks), [], False
    if part is None:
        failed = True
        reasons.append(_("No session was attended."))
    else:
        attended = sum(m in (PRESENT, LATE) for m in marks)
        failed = part < Fraction(rule.minimum_attendance, 100)
        sentence = (
            _("Attended %(n)s of %(of)s sessions (%(percent)s%%); %(least)s%% is needed.")
            if failed
            else _("Attended %(n)s of %(of)s sessions (%(percent)s%%).")
        )
        reasons.append(sentence % {"n": attended, "of": held - excused, "percent": shown(part), "least": rule.minimum_attendance})
    if excused:
        if Fraction(excused, held) > MOST_EXCUSED:
            failed = True
            reasons.append(_("Excused from %(n)s of %(of)s sessions; at most 20%% may be excused.") % {"n": excused, "of": held})
        else:
            reasons.append(_("Excused from %(n)s.") % {"n": excused})
    if rule.pass_mark is not None:
        if score is None:
            failed = True
            reasons.append(
                _("No result was recorded for: %(parts)s.") % {"parts": ", ".join(str(name) for name in missing)}
                if missing
                else _("No result was recorded.")
            )
        elif score < rule.pass_mark:
            failed = True
            reasons.append(_("Scored %(score)s; the pass mark is %(pass)s.") % {"score": plain(score), "pass": rule.pass_mark})
        else:
            reasons.append(_("Scored %(score)s, pass mark %(pass)s.") % {"score": plain(score), "pass": rule.pass_mark})
        for name, part_score, least in below:
            failed = True
            reasons.append(
                _("Scored %(score)s in %(part)s; %(pass)s is needed there.")
                % {"score": plain(part_score), "part": name, "pass": least}
            )
    return Outcome(not failed, reasons, part, score)


def plain(score):
    """72.5 for 72.50; 80 for 80.00; two decimals at most, rounded down."""
    return f"{Decimal(score).quantize(Decimal('0.01'), ROUND_DOWN).normalize():f}"
