"""The panel's votes counted: rounds, quorum and majority. A deferral opens the next round."""

from collections import Counter
from dataclasses import dataclass

from standards.models import Decision, PanelVote

from . import editions


@dataclass
class Tally:
    """The votes of the present round. `majority`: the outcome that more than half of them recommend, or empty."""

    round: int
    quorum: int
    votes: list  # PanelVote, interests left out
    interests: list

    @property
    def counts(self):
        return Counter(vote.outcome for vote in self.votes)

    @property
    def majority(self):
        return next((outcome for outcome, n in self.counts.items() if n * 2 > len(self.votes)), "")

    @property
    def complete(self):
        return len(self.votes) >= self.quorum

    @property
    def missing(self):
        return max(self.quorum - len(self.votes), 0)


def round_of(audit):
    return 1 + audit.decisions.filter(outcome=Decision.Outcome.DEFER).count()


def tally(audit):
    number = round_of(audit)
    held = list(audit.votes.filter(round=number).select_related("user"))
    interest = PanelVote.Outcome.INTEREST
    return Tally(
        number,
        editions.process_of(audit.edition).quorum,
        [vote for vote in held if vote.outcome != interest],
        [vote for vote in held if vote.outcome == interest],
    )
