"""The awards, by one name: closing cohorts, issuing, drawing and taking back certificates, each in a file of its own."""

from training import certificates  # what signs, for those who come by this name

from .checking import Checked, check, check_pdf, on_record, signed
from .closing import close_cohort, decide_again, outcomes, unmarked
from .drawing import document_of, draw_waiting, pdf
from .issuing import facts, find_key, issue, numbers, reissue, retire_key, signing_key

__all__ = [
    "Checked",
    "certificates",
    "check",
    "check_pdf",
    "close_cohort",
    "decide_again",
    "document_of",
    "draw_waiting",
    "facts",
    "find_key",
    "issue",
    "numbers",
    "on_record",
    "outcomes",
    "pdf",
    "reissue",
    "retire_key",
    "signed",
    "signing_key",
    "unmarked",
]
