"""Officers chosen on the staff list for one act: those ticked, or all that a filter finds. What travels is the filter itself,
signed, with the number that was seen; who it means is looked up again at every step."""

from dataclasses import dataclass

from django.core import signing
from django.http import Http404, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Role
from cse_portal.lib import keyset
from cse_portal.lib.errors import Refused

from .compliance import ledger, people
from .filters import StaffFilter
from .models import ComplianceSpan

MOST = 10_000  # officers in one act, and as far as a list is counted
TICKED = 200  # officers ticked by hand
SALT = "training.chosen"
KEEPERS = (Role.HR_OFFICER, Role.AUTHORISED_OFFICER)
COUNTED_BY_LEDGER = {"status", "organisation", "below", "cadre", "on"}
DAY = 24 * 3600


def counted(filterset):
    """(officers that the filter finds, whether there are more than that): from the ledger where it counts by all that is asked,
    else by reading, up to MOST."""
    scope, asked = filterset.request.scope, filterset.asked
    whole = scope.is_system or scope.role == Role.ADMINISTRATOR
    if not (set(asked) <= COUNTED_BY_LEDGER and (whole or (scope.role in KEEPERS and scope.organisation))):
        return keyset.counted(filterset.qs, MOST)
    on, mda, cadre = filterset.day, asked.get("organisation"), asked.get("cadre")
    ids = None if whole else set(scope.organisation_ids)
    if mda:
        there = organisations_below(mda.pk, on) if asked.get("below") else {mda.pk}
        ids = set(there) if ids is None else ids & there
    rows = ledger.national([on])[on] if ids is None else [row[1:] for row in ledger.of_organisations(ids, on)]
    return sum(n for c, code, n in rows if asked.get("status") in (None, code) and (cadre is None or c == cadre.pk)), False


def sign(scope, n, query=None, refs=()):
    """The choice as text: all that `query` finds, `n` as seen; or these refs."""
    kept = {k: v for k, v in (query or {}).items() if k in StaffFilter.base_filters and v}
    said = {"who": scope.membership.pk, "n": n} | ({"refs": sorted(refs)} if refs else {"query": kept})
    return signing.dumps(said, salt=SALT, compress=True)


@dataclass
class Chosen:
    """A choice, opened for the one who made it."""

    scope: object
    said: dict
    token: str
    request: object

    @cached_property
    def filterset(self):
        query = QueryDict(mutable=True)
        query.update(self.said.get("query", {}))
        return StaffFilter(query, queryset=ComplianceSpan.objects.none(), request=self.request)

    @property
    def refs(self):
        return self.said.get("refs")

    @property
    def seen(self):
        """How many there were when the choice was made."""
        return self.said["n"]

    @cached_property
    def ids(self):
        """Ids of the officers chosen, as of now. Refused above MOST."""
        if self.refs is not None:
            found = people.in_post(self.scope, self.scope.today).filter(officer__ref__in=self.refs)
        else:
            found = self.filterset.qs
        ids = list(found.order_by().values_list("officer_id", flat=True)[: MOST + 1])
        if len(ids) > MOST:
            raise Refused(
                _("More than %(most)s officers are chosen. Narrow the list and do it in parts.") % {"most": f"{MOST:,}"},
                code="too_large",
            )
        return ids

    @property
    def changed(self):
        """Whether the number is no longer what was seen."""
        return len(self.ids) != self.seen


def opened(request, token):
    """The Chosen of this text; 404 when it is not one, is a day old, or was made under another hat."""
    try:
        said = signing.loads(token, salt=SALT, max_age=DAY)
    except signing.BadSignature as problem:
        raise Http404 from problem
    if request.scope.membership is None or said["who"] != request.scope.membership.pk:
        raise Http404
    return Chosen(request.scope, said, token, request)
