"""The awards, by one name: closing cohorts, issuing, drawing and taking back certificates, each in a file of its own."""

from training import certificates

from .closing import close_cohort, decide_again, outcomes, unmarked
from .drawing import document_of, draw_waiting, pdf
from .issuing import facts, find_key, issue, numbers, reissue, retire_key, signing_key

__all__ = [
    "check",
    "close_cohort",
    "decide_again",
    "document_of",
    "draw_waiting",
    "facts",
    "find_key",
    "issue",
    "numbers",
    "outcomes",
    "pdf",
    "reissue",
    "retire_key",
    "signing_key",
    "unmarked",
]


def check(text):
    """What someone typed or scanned -> (code as stored, payload or ""). Forgiving of spaces, case and missing hyphens."""
    if found := certificates.found_in(text.encode()):
        return found
    bare = "".join(ch for ch in text.upper() if ch.isalnum())
    return "-".join(bare[i : i + 5] for i in range(0, len(bare), 5)), ""
