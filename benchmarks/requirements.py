"""A change of rules that touches half a nation: P11."""

import threading

from django.db import connection

from benchmarks.measure import Line, seconds
from cse_portal.lib import clock


def measure(officers):
    """Another course for the frontline and technical cadres, more than half of all officers: previewed, published by a worker."""
    from centres.access import Scope
    from centres.models import Cadre, Membership
    from training.models import Course
    from training.services import requirements, rule_effect

    hat = Membership.objects.select_related("user").get(user__email="coordinator@demo.example")
    coordinator = Scope(user=hat.user, membership=hat)
    change = requirements.draft(coordinator, title="More for the frontline (measured)", authority="Measured")
    for cadre, course in (("FRT", "CSE-FRT-05"), ("TEC", "CSE-FRT-05")):
        requirements.require(
            coordinator, change=change, cadre=Cadre.objects.get(code=cadre), organisation=None, until=None, due_within_days=90,
            course=Course.objects.filter(code=course).first() or Course.objects.exclude(versions=None).last(), first=clock.today(),
        )  # fmt: skip
    sampled = seconds(lambda: requirements.preview(coordinator, change=change))
    exact = seconds(lambda: list(rule_effect.exactly(list(change.lines.all()), clock.today())))
    change.refresh_from_db()
    requirements.publish(coordinator, change=change)

    longest = [0.0]
    done = threading.Event()

    def read():
        """A reader asks for the headline all the while; the longest wait is kept."""
        from training.compliance import ledger

        while not done.is_set():
            longest[0] = max(longest[0], seconds(lambda: ledger.national([clock.today()])))
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        publishing = seconds(lambda: requirements.apply(change.pk))
    finally:
        done.set()
        reader.join()
    change.refresh_from_db()
    allowed = 30 * change.officers / 500_000
    return [
        Line("P11", f"Preview of a rule for {change.officers:,} officers, sampled", f"{sampled:.1f} s", sampled, 5, "s"),
        Line("P11", "The same, exact", f"{exact:.1f} s", exact, allowed, "s"),
        Line(
            "P11", "Publishing it, by one worker", f"{publishing:.0f} s, longest wait of a reader {longest[0]:.2f} s",
            change.officers / publishing, 8000, "officers/s", at_least=True,
        ),
    ]  # fmt: skip
