"""The organisation tree as of a day, and what has become of an organisation since."""

from collections import defaultdict

from django.db import connection

from centres.models import Organisation, Posting, ReportingLine, Succession


def tree_on(on):
    """{organisation id: parent id or None} of every organisation in being on that day: as constituted then."""
    found = dict.fromkeys(Organisation.objects.in_being(on).values_list("pk", flat=True))
    lines = ReportingLine.objects.filter(during__contains=on).values_list("organisation", "parent")
    found.update((pk, parent) for pk, parent in lines if pk in found)
    return found


def names_on(on):
    """{organisation id: its name on that day}."""
    return dict(Organisation.objects.named(on).values_list("pk", "name_then"))


def headcount_on(on, organisation_ids=None):
    """{organisation id: officers in post there on that day}."""
    sql = "SELECT organisation_id, count(*) FROM centres_posting WHERE during @> %s::date"
    given = [on]
    if organisation_ids is not None:
        sql, given = f"{sql} AND organisation_id = ANY (%s)", [on, list(organisation_ids)]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} GROUP BY 1", given)
        return dict(cursor.fetchall())


def successors_today(ids, on, today=None):
    """{organisation id: organisation id today} for figures of the day `on` shown on today's structure.

    One that is still in being is itself. One that has ended since is whoever took over most of its officers, and so on; one that
    ended without a successor stays itself, so that nothing is lost from a total."""
    from cse_portal.lib import clock

    today = today or clock.today()
    then, now = min(on, today), max(on, today)
    ended = set(Organisation.objects.exclude(during__contains=now).values_list("pk", flat=True))
    took_over = defaultdict(list)
    if ended:
        rows = Succession.objects.filter(on__gt=then, on__lte=now).order_by("-officers", "id")
        for old, new, day in rows.values_list("predecessor", "successor", "on"):
            took_over[old].append((new, day))
    return {pk: _follow(pk, ended, took_over) for pk in ids}


def _follow(pk, ended, took_over):
    passed = set()
    while pk in ended and pk not in passed:
        passed.add(pk)
        last = max((day for _new, day in took_over[pk]), default=None)
        pk = next((new for new, day in took_over[pk] if day == last), pk)
    return pk


def relations(organisation):
    """([Succession by which it took over], [Succession by which others took over from it]), oldest first, with the reorganisation."""
    related = ("predecessor", "successor", "reorganisation")
    return (
        list(organisation.predecessors.select_related(*related).order_by("on", "pk")),
        list(organisation.successors.select_related(*related).order_by("on", "pk")),
    )


def stranded(today):
    """Ids of organisations that have ended, with a posting that goes on after their end: a return filed late brought it."""
    ended = Organisation.objects.filter(during__endswith__lte=today)
    found = []
    for pk, during in ended.values_list("pk", "during"):
        if Posting.objects.filter(organisation=pk, during__overlap=(during.upper, None)).exists():
            found.append(pk)
    return found
