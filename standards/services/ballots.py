"""The panel's votes counted: rounds, quorum and majority. A deferral opens the next round."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection

from cse_portal.lib import clock
from standards.models import Decision, PanelVote

from . import editions


@dataclass
class Tally:
    """The votes of the present round. `majority`: the outcome that more than half of them recommend, or empty."""

    round: int
    quorum: int
    votes: list  # PanelVote that count
    interests: list
    void: list  # of those who were not members of the panel when they voted, or have a part or an interest in it since

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
    counted = _counted(audit, number)
    interests = [vote for vote in held if vote.outcome == PanelVote.Outcome.INTEREST]
    return Tally(
        number,
        editions.process_of(audit.edition).quorum,
        [vote for vote in held if vote.pk in counted],
        interests,
        [vote for vote in held if vote.pk not in counted and vote not in interests],
    )


def _counted(audit, number):
    """Ids of the votes that count today; the database asks the same of a decision."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT standards_votes_that_count(%s, %s, %s)", [audit.pk, number, clock.today()])
        return {row[0] for row in cursor.fetchall()}
