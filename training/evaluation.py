"""The evaluation of a cohort, pure: the questions, and what may be said of the answers.

Answers carry no name, no order and no time. They are published once, when the time to answer is over, and only from five on:
two looks at a growing figure would tell what was added in between, so nothing is shown while answers may still come.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

FEWEST = 5
OPEN_DAYS = 14  # after the last day
SCALE = range(1, 6)
# (code, question, whether it is asked of a cohort held wholly online)
QUESTIONS = (
    ("content", _("The content was useful for my work."), True),
    ("trainer", _("The trainers taught well."), True),
    ("pace", _("The pace was right for me."), True),
    ("venue", _("The venue and its services were good."), False),
    ("use", _("I can use at work what I learned."), True),
)
ANSWERS = {
    1: _("Strongly disagree"),
    2: _("Disagree"),
    3: _("Neither agree nor disagree"),
    4: _("Agree"),
    5: _("Strongly agree"),
}
TEXTS = (("liked", _("What helped you most?")), ("improve", _("What should be better next time?")))


def asked(mode):
    """[(code, question)] for a course of that mode."""
    return [(code, words) for code, words, online in QUESTIONS if online or mode != "virtual"]


@dataclass(frozen=True)
class Rated:
    code: str
    question: str
    n: int
    mean: Decimal
    counts: tuple  # of 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Summary:
    """`invited`, `answered`: officers. `state`: none (nobody was invited), open, too_few or published; ratings and texts are
    empty but where published. `overall`: mean of all ratings."""

    state: str
    invited: int = 0
    answered: int = 0
    until: object = None
    overall: Decimal | None = None
    rated: list = field(default_factory=list)
    texts: dict = field(default_factory=dict)

    @property
    def missing(self):
        return self.invited - self.answered

    @property
    def share(self):
        """Per cent who answered, or None."""
        return Decimal(100 * self.answered) / self.invited if self.invited else None


def summarise(answers, *, invited, until, on):
    """`answers`: [(ratings {code: 1 to 5}, {text code: words})]. A question answered by fewer than five is left out. Texts
    stand in the order of the alphabet, each question by itself: nothing tells which belong together."""
    n = len(answers)
    if not invited:
        return Summary("none")
    if on <= until:
        return Summary("open", invited, n, until)
    if n < FEWEST:
        return Summary("too_few", invited, n, until)
    rated, every = [], []
    for code, question, _online in QUESTIONS:
        values = [ratings[code] for ratings, _texts in answers if code in ratings]
        if len(values) >= FEWEST:
            counts = tuple(values.count(mark) for mark in SCALE)
            rated.append(Rated(code, question, len(values), Decimal(sum(values)) / len(values), counts))
            every += values
    texts = {code: sorted(filter(None, (t.get(code, "").strip() for _r, t in answers))) for code, _words in TEXTS}
    overall = Decimal(sum(every)) / len(every) if every else None
    return Summary("published", invited, n, until, overall, rated, texts)
