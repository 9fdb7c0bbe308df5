"""Measuring: medians, queries, memory, and the lines of the table."""

import resource
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext


@dataclass
class Line:
    """One line of the table. `ratio` and `limit` share a unit, given in `against`: "× R2", "s", "ms", "officers/s"."""

    id: str
    work: str
    measured: str
    ratio: float
    limit: float
    against: str
    queries: int | None = None
    most_queries: int | None = None
    at_least: bool = False

    @property
    def holds(self):
        good = self.ratio >= self.limit if self.at_least else self.ratio <= self.limit
        return good and (self.most_queries is None or self.queries <= self.most_queries)

    def cells(self):
        target = f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.against}"
        queries = "" if self.queries is None else str(self.queries)
        if self.most_queries is not None:
            queries += f" (≤ {self.most_queries})"
        return [
            self.id,
            self.work,
            self.measured,
            f"{self.ratio:.3g} {self.against}",
            target,
            queries,
            "yes" if self.holds else "no",
        ]


def median_ms(call, times=9, warm=1):
    """Median of `times` calls, in milliseconds."""
    for _ in range(warm):
        call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def each_ms(call, things):
    """Median in milliseconds of one call each with these things: nothing is asked twice."""
    taken = []
    for thing in things:
        began = time.perf_counter()
        call(thing)
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken)


def queries_of(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


class Undone(Exception):
    pass


@contextmanager
def undone():
    """What happens inside is timed as in a transaction of its own, checked to its end, and rolled back."""
    try:
        with transaction.atomic():
            yield
            connection.check_constraints()
            raise Undone
    except Undone:
        pass


def seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def peak_mb():
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def rows(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []
