"""Records that may be one person: found by number, UPN, or name with phone or e-mail; never merged without a person saying so."""

from dataclasses import dataclass, field

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.models import Officer, Posting, TwoPeople
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused

REASONS = {
    "upn": gettext_lazy("one's UPN is the other's personal number"),
    "number": gettext_lazy("same personal number in two series, and a name in common"),
    "phone": gettext_lazy("same name and phone"),
    "email": gettext_lazy("same e-mail and a name in common"),
}
# `mine` is a table of officer ids: the pairs are those with at least one of them. Each arm is a hash join on what is compared.
PAIRS = """
WITH o AS NOT MATERIALIZED (
    SELECT id, upn, personal_key, number_series, upper(surname) AS surname, upper(first_name) AS first_name, phone, lower(email) AS email
    FROM centres_officer WHERE merged_into_id IS NULL
), a AS NOT MATERIALIZED (SELECT * FROM o {mine}), found AS (
    SELECT a.id AS a, b.id AS b, 'upn' AS why FROM a JOIN o b ON b.personal_key = ltrim(a.upn, '0') AND b.id <> a.id
    WHERE b.upn IS DISTINCT FROM a.upn AND (b.upn IS NULL OR a.upn IS NULL)
    UNION ALL
    SELECT a.id, b.id, 'upn' FROM a JOIN o b ON ltrim(b.upn, '0') = a.personal_key AND b.id <> a.id WHERE a.upn IS NULL
    UNION ALL
    SELECT a.id, b.id, 'number' FROM a JOIN o b ON b.personal_key = a.personal_key AND b.number_series <> a.number_series
    WHERE b.surname IN (a.surname, a.first_name) OR b.first_name IN (a.surname, a.first_name)
    UNION ALL
    SELECT a.id, b.id, 'phone' FROM a JOIN o b ON b.phone = a.phone AND b.id <> a.id
    WHERE a.phone <> '' AND ((b.surname, b.first_name) = (a.surname, a.first_name) OR (b.first_name, b.surname) = (a.surname, a.first_name))
    UNION ALL
    SELECT a.id, b.id, 'email' FROM a JOIN o b ON b.email = a.email AND b.id <> a.id
    WHERE a.email <> '' AND (b.surname IN (a.surname, a.first_name) OR b.first_name IN (a.surname, a.first_name))
), pairs AS (
    SELECT least(a, b) AS one, greatest(a, b) AS other, array_agg(DISTINCT why ORDER BY why) AS why FROM found GROUP BY 1, 2
)
SELECT p.one, p.other, p.why FROM pairs p
WHERE NOT EXISTS (SELECT 1 FROM centres_twopeople t WHERE t.one_id = p.one AND t.other_id = p.other)
  AND NOT EXISTS (
    SELECT 1 FROM centres_officer x, centres_officer y WHERE x.id = p.one AND y.id = p.other AND x.upn <> y.upn)
ORDER BY cardinality(p.why) DESC, p.one, p.other
"""

VERSION = """
SELECT (SELECT max(applied_at) FROM centres_roster), (SELECT max(id) FROM centres_officer), (SELECT max(id) FROM centres_officermerge),
       (SELECT max(undone_at) FROM centres_officermerge), (SELECT max(id) FROM centres_twopeople)
"""
KEPT_SECONDS = 300


@dataclass
class Pair:
    """Two records; what is out of sight is None, but for the MDA where it is."""

    one_id: int
    other_id: int
    why: list
    one: Officer | None = None
    other: Officer | None = None
    posts: dict = field(default_factory=dict)  # {officer id: latest Posting}
    may_merge: bool = False

    @property
    def reasons(self):
        return [REASONS[code] for code in self.why]

    @property
    def one_post(self):
        return self.posts.get(self.one_id)

    @property
    def other_post(self):
        return self.posts.get(self.other_id)


def pairs(scope, organisation=None):
    """[(officer id, officer id, [reason])], strongest first: those with at least one of the scope's officers; with an
    organisation, those with a record whose last post is there. Kept for five minutes, unless a file, a merge or a word that two
    are two came since: a single correction by form shows after that time."""
    key = f"duplicates:{scope.organisation and scope.organisation.pk}:{scope.is_national}:{scope.today}:{_version()}"
    found = cache.get(key)
    if found is None:
        cache.set(key, found := _pairs(scope), KEPT_SECONDS)
    if organisation is None:
        return found
    places = last_places({pk for one, other, _why in found for pk in (one, other)})
    return [row for row in found if organisation.pk in (places.get(row[0]), places.get(row[1]))]


def _version():
    return "-".join(str(value).replace(" ", "_") for value in _rows(VERSION, [])[0])


def _pairs(scope):
    ids = scope.organisation_ids
    if ids is None:
        return _rows(PAIRS.format(mine=""), [])
    there = Officer.objects.filter(pk__in=Posting.objects.filter(organisation__in=ids).values("officer")).visible_to(scope)
    return _rows(PAIRS.format(mine="WHERE id = ANY (%s)"), [list(there.order_by().values_list("pk", flat=True))])


def last_places(officer_ids):
    """{officer id: organisation id of the last post}"""
    sql = "SELECT DISTINCT ON (officer_id) officer_id, organisation_id FROM centres_posting WHERE officer_id = ANY (%s)"
    return dict(_rows(f"{sql} ORDER BY officer_id, during DESC", [list(officer_ids)]))


def _rows(sql, given):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def shown(scope, rows):
    """Pairs for a page: three queries, however many."""
    ids = {pk for one, other, _why in rows for pk in (one, other)}
    seen = Officer.objects.visible_to(scope).in_bulk(ids)
    posts = {}
    for post in Posting.objects.filter(officer__in=ids).select_related("organisation", "cadre").order_by("during"):
        posts[post.officer_id] = post  # the latest stays
    return [
        Pair(
            one,
            other,
            why,
            seen.get(one),
            seen.get(other),
            {pk: posts[pk] for pk in (one, other) if pk in posts},
            one in seen and other in seen,
        )
        for one, other, why in rows
    ]


@transaction.atomic
def tell_apart(actor, one, other):
    """Someone looked: two people. They are no longer shown as candidates."""
    if not (policies.may_see_duplicates(actor) and in_reach(actor, one, other)):
        raise Refused(_("Both records must be in your reach. Ask an administrator."), code="not_in_reach")
    first, second = sorted((one, other), key=lambda o: o.pk)
    said, made = TwoPeople.objects.get_or_create(
        one=first, other=second, defaults={"said_by": actor.user, "said_at": clock.now()}
    )
    if made:
        for officer, another in ((one, other), (other, one)):
            trail.record(actor, "told apart", officer, {"from": (None, another.ref)})
    return said


def in_reach(actor, *officers):
    """Whether each of them is in sight."""
    return Officer.objects.visible_to(actor).filter(pk__in=[o.pk for o in officers]).count() == len({o.pk for o in officers})
