"""How good the staff register of each MDA is: its age, what officers lack, questions that wait, rows rejected. Counts only."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, fields

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Q

from centres.models import Organisation, PossibleLeaver, Roster, TransferRequest

from . import duplicates, registers

KEPT_SECONDS = 300  # the national table

GAPS = """
SELECT p.organisation_id, count(*), count(*) FILTER (WHERE p.county_id IS NULL), count(*) FILTER (WHERE o.email = ''),
       count(*) FILTER (WHERE o.phone = ''), count(*) FILTER (WHERE o.upn IS NULL), count(*) FILTER (WHERE p.job_group_id IS NULL)
FROM centres_posting p JOIN centres_officer o ON o.id = p.officer_id
WHERE p.during @> %(on)s::date AND (%(ids)s::bigint[] IS NULL OR p.organisation_id = ANY (%(ids)s::bigint[])) GROUP BY 1
"""
GAP_NAMES = ("in_post", "no_county", "no_email", "no_phone", "no_upn", "no_job_group")


@dataclass
class Quality:
    """One MDA. `state`: known, stale or never; `as_at` and `age` (days) of the last return that names it; the rest are counts."""

    code: str
    name: str
    kind: str
    counted: bool
    state: str
    as_at: dt.date | None
    age: int | None
    in_post: int = 0
    no_county: int = 0
    no_email: int = 0
    no_phone: int = 0
    no_upn: int = 0
    no_job_group: int = 0
    leavers: int = 0
    transfers: int = 0
    overdue: int = 0
    duplicates: int = 0
    rejected: int = 0
    last_return: str = ""

    def get_absolute_url(self):
        return Organisation(code=self.code).get_absolute_url()


COUNTS = [f.name for f in fields(Quality) if f.default == 0]


def read(scope, on):
    """[Quality] of the MDAs in the scope's reach that are counted, or have officers or a return; by name. The national table is
    kept for five minutes."""
    if scope.organisation_ids is not None:
        return _read(scope, on)
    key = f"register-quality:{on}"
    held = cache.get(key)
    if held is None:
        cache.set(key, held := _read(scope, on), KEPT_SECONDS)
    return held


def _read(scope, on):
    ids = scope.organisation_ids
    known = registers.read([on])[on]
    gaps = _gaps(on, ids)
    leavers = _of(PossibleLeaver.objects.filter(state=PossibleLeaver.State.OPEN), "organisation", ids)
    still = TransferRequest.objects.filter(state__in=TransferRequest.OPEN)
    transfers = _of(still, "from_organisation", ids)
    overdue = _of(still.filter(answer_by__lt=on), "from_organisation", ids)
    twice = doubled(scope)
    returns = _last_returns(ids)
    rows = []
    for one in Organisation.objects.in_being(on).within(ids).order_by("name"):
        register = known[one.pk]
        found = gaps.get(one.pk, (0,) * len(GAP_NAMES))
        if not (register.counted or register.as_at or any(found) or twice[one.pk]):
            continue
        ref, rejected = returns.get(one.pk, ("", 0))
        rows.append(
            Quality(
                code=one.code,
                name=one.name,
                kind=one.kind,
                counted=register.counted,
                state=register.state,
                as_at=register.as_at,
                age=(on - register.as_at).days if register.as_at else None,
                leavers=leavers.get(one.pk, 0),
                transfers=transfers.get(one.pk, 0),
                overdue=overdue.get(one.pk, 0),
                duplicates=twice[one.pk],
                rejected=rejected,
                last_return=ref,
                **dict(zip(GAP_NAMES, found, strict=True)),
            )
        )
    return rows


def together(rows):
    """{count: sum over the rows}, and how many registers are known, stale or never filed."""
    return {name: sum(getattr(row, name) for row in rows) for name in COUNTS} | Counter(row.state for row in rows)


def doubled(scope):
    """{organisation id: pairs of possible duplicates with a record whose last post is there}"""
    found = Counter()
    rows = duplicates.pairs(scope)
    places = duplicates.last_places({pk for one, other, _why in rows for pk in (one, other)})
    for one, other, _why in rows:
        found.update({places.get(one), places.get(other)} - {None})
    return found


def _gaps(on, ids):
    with connection.cursor() as cursor:
        cursor.execute(GAPS, {"on": on, "ids": None if ids is None else list(ids)})
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _of(queryset, field, ids):
    if ids is not None:
        queryset = queryset.filter(**{f"{field}__in": ids})
    return dict(queryset.order_by().values_list(field).annotate(n=Count("*")))


def _last_returns(ids):
    """{organisation id: (reference, rows rejected)} of the last return filed for the MDA itself and applied."""
    applied = Roster.objects.filter(~Q(organisation=None), state=Roster.State.APPLIED)
    if ids is not None:
        applied = applied.filter(organisation__in=ids)
    latest = applied.order_by("organisation_id", "-as_at", "-pk").distinct("organisation_id")
    return {pk: (ref, rejected) for pk, ref, rejected in latest.values_list("organisation", "ref", "rejected")}
