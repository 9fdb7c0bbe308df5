"""Who asks, under which hat; and the one way to fetch a thing for them."""

from dataclasses import dataclass, field
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from cse_portal.lib import clock

from .models import NameGrant, Role

NATIONAL = {Role.COORDINATOR, Role.TRAINER, Role.AUDITOR, Role.SECRETARIAT, Role.PANEL, Role.HOPS, Role.ADMINISTRATOR}

TREE = """
WITH RECURSIVE tree(id) AS (
    SELECT %s::bigint
    UNION
    SELECT l.{end} FROM centres_reportingline l JOIN tree t ON l.{start} = t.id WHERE l.during @> %s::date
)
SELECT id FROM tree
"""
BELOW, ABOVE = TREE.format(start="parent_id", end="organisation_id"), TREE.format(start="organisation_id", end="parent_id")


def organisations_below(organisation_id, on):
    """Ids of the organisation and of all that report to it on that day, at any depth."""
    return _ids(BELOW, organisation_id, on)


def organisations_above(organisation_id, on):
    """Ids of the organisation and of all that it reports to on that day."""
    return _ids(ABOVE, organisation_id, on)


def _ids(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return frozenset(row[0] for row in cursor.fetchall())


@dataclass(frozen=True)
class Scope:
    """Who asks. A user acts under one membership (hat) at a time; its role and place bound what is seen."""

    user: object = None
    membership: object = None
    system: str = ""
    today: object = field(default_factory=lambda: clock.today())  # looked up when asked, so that a clock set by a test holds here too

    @classmethod
    def system_task(cls, name):
        """The portal itself: a task of the night or a command."""
        return cls(system=name)

    @classmethod
    def public(cls):
        """Someone without an account."""
        return cls()

    @property
    def role(self):
        return self.membership.role if self.membership else ("system" if self.system else "public")

    @property
    def organisation(self):
        return self.membership.organisation if self.membership else None

    @property
    def centre(self):
        return self.membership.centre if self.membership else None

    @cached_property
    def officer(self):
        """The officer whom the user is, if any."""
        return getattr(self.user, "officer", None) if self.user else None

    @property
    def is_system(self):
        return bool(self.system)

    @property
    def is_public(self):
        return self.role == "public"

    @property
    def is_national(self):
        return self.is_system or self.role in NATIONAL

    @cached_property
    def organisation_ids(self):
        """The hat's MDA and all below it today; None: all; empty: none."""
        if self.is_national:
            return None
        return organisations_below(self.organisation.pk, self.today) if self.organisation else frozenset()

    @cached_property
    def organisation_ids_above(self):
        """The hat's MDA and all that it reports to today; empty for hats without one."""
        return organisations_above(self.organisation.pk, self.today) if self.organisation else frozenset()

    @cached_property
    def name_grants(self):
        """[(grant, ids of its MDA and those below today)] under which HOPS sees names now; other roles need none."""
        if self.role != Role.HOPS:
            return []
        held = NameGrant.objects.visible_to(self).in_force(clock.now()).select_related("organisation")
        return [(grant, organisations_below(grant.organisation_id, self.today)) for grant in held]

    @property
    def read_names(self):
        """Whether anything was asked for by way of a name grant: then the request is written down (`NamesLookedAt`)."""
        return "_read_names" in self.__dict__

    def named_ids(self):
        """Ids of the MDAs whose officers HOPS may name now. Who asks is about to read names."""
        if self.name_grants:
            self.__dict__["_read_names"] = True
        return frozenset().union(*(ids for _grant, ids in self.name_grants))

    def covers(self, organisation_id):
        """Whether the hat's subtree holds the organisation."""
        return self.organisation_ids is None or organisation_id in self.organisation_ids

    # What the trail writes down.
    @property
    def actor(self):
        return self.user.email if self.user else f"system:{self.system or 'public'}"

    @property
    def actor_label(self):
        return str(self.user) if self.user else (self.system or "public")

    @property
    def hat(self):
        return self.role if self.membership else ""

    @property
    def hat_place(self):
        return str(self.organisation or self.centre or "")[:200]


def fetch(queryset, scope, may=None, **lookup):
    """The one thing that `lookup` names, if `scope` may see it: a stranger gets 404, a colleague without the right 403."""
    thing = queryset.visible_to(scope).filter(**lookup).first()
    if thing is None:
        raise Http404
    if may is not None and not may(scope, thing):
        raise PermissionDenied
    return thing
