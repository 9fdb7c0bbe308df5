"""Pages of a long list by key: the rows after (or before) the last one seen, so that any page costs what the first one does."""

import base64
import json
from dataclasses import dataclass

from django.db import connection, models
from django.db.models.lookups import GreaterThan, LessThan


class Row(models.Func):
    """(a, b, c): compared as a whole, which an index on the same columns answers."""

    function = ""
    template = "(%(expressions)s)"
    output_field = models.CharField()


class Plain(models.Func):
    """The text itself, as an expression that no index orders."""

    template = "(%(expressions)s || '')"
    output_field = models.CharField()


@dataclass
class KeyPage:
    object_list: list
    number: int = 1  # of its first row in the list
    after: str = ""  # where the next page begins; empty on the last one
    before: str = ""
    count: int = 0  # of the whole list, or the most that was counted
    more: bool = False  # the list is longer than `count`
    size: int = 50

    @property
    def last(self):
        return self.number + len(self.object_list) - 1

    @property
    def next_number(self):
        return self.last + 1

    @property
    def number_before(self):
        return max(self.number - self.size, 1)

    @property
    def is_part(self):
        return bool(self.after or self.before)


def token(values):
    return base64.urlsafe_b64encode(json.dumps([str(v) for v in values]).encode()).decode().rstrip("=")


def values_of(text, length):
    """What `token` was made of, or None where it is not one."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, list) and len(found) == length and all(isinstance(v, str) for v in found) else None


def read(row, path):
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def page(queryset, keys, size, params, descending=False, dense=True):
    """The KeyPage that `params` (after=, before=, n=) ask for. `keys`: text fields that order the list, together unique. `dense`:
    most of the table is in the list, so that it is read in the order of the index; otherwise what the filters find is sorted. The
    planner guesses wrong where names and filters go together: all Wanjirus stand near the end of the alphabet."""
    after, before = params.get("after", ""), params.get("before", "")
    values = values_of(after or before, len(keys)) if after or before else None
    backwards = bool(before and not after and values)
    if values:
        lookup = GreaterThan if backwards == descending else LessThan
        queryset = queryset.filter(lookup(Row(*map(models.F, keys)), Row(*map(models.Value, values))))
    order = [models.F(key) if dense else Plain(key) for key in keys]
    rows = list(queryset.order_by(*(key.desc() if backwards != descending else key.asc() for key in order))[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    number = params.get("n", "")
    number = int(number) if values and number.isdigit() and len(number) < 10 else 1
    if backwards and not more:
        number = 1
    ends = [token(read(row, key) for key in keys) for row in (rows[0], rows[-1])] if rows else ["", ""]
    return KeyPage(
        rows,
        number=max(number, 1),
        size=size,
        after=ends[1] if rows and (more or backwards) else "",
        before=ends[0] if rows and ((values and not backwards) or (backwards and more)) else "",
    )


SEEK = 85  # measured: a page of 50 walked to, against n rows fetched and sorted


def is_dense(model, n):
    """Whether n rows are so large a part of the table that walking its index to a page of them beats sorting them all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [model._meta.db_table])
        return n * n >= SEEK * max(cursor.fetchone()[0], 0)


def counted(queryset, most):
    """(rows, False), or (most, True) where there are more: never counts further."""
    n = queryset.order_by().values("pk")[: most + 1].count()
    return min(n, most), n > most
