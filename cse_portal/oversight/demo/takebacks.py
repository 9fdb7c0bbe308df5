"""Acts on certificates: one to decide, one that waits for another, one done, one refused. Made by the services people use."""

from cse_portal.lib.errors import Refused
from training.models import Certificate
from training.services import certificate_acts

ASKED = [  # kind, how many numbers, reason, who asks, outcome by the other: True, False or None (waits)
    ("suspend", 4, "Attendance sheets of the cohort are being checked", "coordinator2", True),
    ("revoke", 3, "Result said to be entered in error", "coordinator", False),
    ("revoke", 6, "The sign-in sheets of two days carry one handwriting", "coordinator2", None),
    ("suspend", 1, "The holder says that another person sat the test", "coordinator", None),
]


def make(world, scope_of):
    scopes = {who: scope_of(world, f"{who}@demo.example") for who in ("coordinator", "coordinator2")}
    standing = Certificate.objects.filter(state=Certificate.State.VALID, expires_on__gt=world.on)
    at = list(standing.order_by("-number").values_list("number", flat=True)[:400:40])
    for start, (kind, n, reason, who, agree) in zip(at, ASKED, strict=False):
        other = scopes["coordinator2" if who == "coordinator" else "coordinator"]
        first, last = f"{start[:9]}{max(int(start[9:]) - n + 1, 1):06d}", start
        try:
            act = certificate_acts.ask(scopes[who], kind=kind, first=first, last=last, reason=reason)
        except Refused:  # too few certificates in a very small demonstration
            continue
        if agree is not None:
            certificate_acts.decide(other, act=act, agree=agree, reason="" if agree else "The result was right: see the marked paper")
