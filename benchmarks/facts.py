"""Facts written with exact figures after them: P6."""

import datetime as dt

from benchmarks.measure import Line, rows, seconds, undone
from cse_portal.lib import clock


def measure(_officers):
    bare, whole = [], []
    for _ in range(3):
        one, both = completions(10_000)
        bare.append(one)
        whole.append(both)
    ratio = sorted(whole)[1] / sorted(bare)[1]
    few = sorted(completions(35)[1] for _ in range(7))[3] * 1000
    return [
        Line("P6", "35 completions with exact figures after them", f"{few:.0f} ms", few, 20, "ms"),
        Line(
            "P6", "10,000 completions with exact figures after them", f"{sorted(whole)[1]:.2f} s (bare insert {sorted(bare)[1]:.2f} s)",
            ratio, 6, "× the bare insert",
        ),
    ]  # fmt: skip


INSERT = """
INSERT INTO training_completion (officer_id, course_version_id, "on", until)
SELECT p.officer_id, v.id, %s, %s FROM centres_posting p
JOIN training_requirement r ON r.cadre_id = p.cadre_id AND r.organisation_id IS NULL
JOIN LATERAL (SELECT id FROM training_courseversion WHERE course_id = r.course_id ORDER BY number DESC LIMIT 1) v ON true
WHERE p.officer_id = ANY (%s) AND upper_inf(p.during)
"""


def completions(n):
    """(seconds of the bare insert, seconds of the insert with its refresh) for `n` officers in post, by chance."""
    from training.compliance import spans

    ids = [
        pk for (pk,) in rows("SELECT officer_id FROM centres_posting WHERE upper_inf(during) ORDER BY hashint8(id) LIMIT %s", [n])
    ]
    today = clock.today()
    with undone():
        bare = seconds(lambda: rows(INSERT, [today, today + dt.timedelta(days=730), ids]))
        refresh = seconds(lambda: spans.refresh(ids))
    return bare, bare + refresh
