"""The quality of the staff register, MDA by MDA: counts, each with the list behind it for who may see names."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from centres import policies
from centres.filters import QualityFilter
from centres.services import quality
from cse_portal.lib import tabular
from cse_portal.lib.doors import Column, ListDoor

STATES = {"known": gettext_lazy("Known"), "stale": gettext_lazy("Out of date"), "never": gettext_lazy("Never filed")}


def _number(key, label):
    return Column(key, label, lambda row: getattr(row, key), sort=key, numeric=True)


class RegisterQuality(ListDoor):
    title = gettext_lazy("Register quality")
    may = staticmethod(policies.may_see_register_quality)
    template_name = "centres/quality.html"
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("MDA"), lambda r: r.name, sort="name"),
        Column("state", gettext_lazy("Register"), lambda r: str(STATES[r.state]), sort="state"),
        Column("age", gettext_lazy("Last return"), lambda r: r.as_at, sort="age"),
        _number("in_post", gettext_lazy("In post")),
        _number("no_county", gettext_lazy("No county")),
        _number("no_email", gettext_lazy("No e-mail")),
        _number("no_phone", gettext_lazy("No phone")),
        _number("no_upn", gettext_lazy("No UPN")),
        _number("no_job_group", gettext_lazy("No job group")),
        _number("leavers", gettext_lazy("Possible leavers")),
        _number("transfers", gettext_lazy("Transfers open")),
        _number("overdue", gettext_lazy("Transfers overdue")),
        _number("duplicates", gettext_lazy("Possible duplicates")),
        _number("rejected", gettext_lazy("Rows rejected")),
    )

    def get_queryset(self):
        self.filterset = QualityFilter(self.request.GET)
        self.filtered = self.filterset.narrows
        self.rows = self.filterset.of(quality.read(self.scope, self.scope.today))
        return self.sorted(self.rows)

    def sorted(self, rows):
        asked = self.request.GET.get("sort") or self.default_sort
        key = asked.lstrip("-")
        self.sort = asked if key in {c.key for c in self.columns if c.sort} else self.default_sort
        key, last = self.sort.lstrip("-"), 10**6  # never filed is oldest

        def place(row):
            value = getattr(row, key)
            return (value.casefold() if isinstance(value, str) else last if value is None else value, row.name)

        return sorted(rows, key=place, reverse=self.sort.startswith("-"))

    def export(self, kind):
        rows = ([c.value(row) for c in self.columns] for row in self.get_queryset())
        return tabular.response(kind, "register-quality", [str(c.label) for c in self.columns], rows)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            row.cells = self.cells(row)
        return context | {"strip": self.strip(quality.together(self.rows))}

    def cells(self, row):
        """[(column, number, address of the list behind it or nothing)]"""
        to = self.links(row)
        return [(c, getattr(row, c.key), to.get(c.key) if getattr(row, c.key) else "") for c in self.columns[3:]]

    def links(self, row):
        """HOPS sees counts; the lists hold names."""
        if not policies.may_keep_register(self.scope):
            return {}
        staff = reverse("training:officers")
        missing = {key: f"{staff}?{urlencode({'organisation': row.code, 'contact': key})}" for key in QualityFilter.GAPS}
        found = missing | {
            "in_post": f"{staff}?{urlencode({'organisation': row.code})}",
            "leavers": f"{reverse('centres:leavers')}?{urlencode({'organisation': row.code})}",
            "transfers": f"{reverse('centres:transfers')}?{urlencode({'box': 'outgoing', 'losing': row.code})}",
            "overdue": f"{reverse('centres:transfers')}?{urlencode({'box': 'outgoing', 'losing': row.code, 'overdue': 'on'})}",
        }
        if row.last_return:
            found["rejected"] = f"{reverse('centres:roster', args=[row.last_return])}?outcome=rejected"
        if policies.may_see_duplicates(self.scope):
            found["duplicates"] = f"{reverse('centres:duplicates')}?{urlencode({'organisation': row.code})}"
        return found

    def strip(self, sums):
        of = _("of %(n)s MDAs") % {"n": len(self.rows)}
        aged = _("%(stale)s out of date, %(never)s never filed") % {"stale": sums.get("stale", 0), "never": sums.get("never", 0)}
        gaps = max((sums[key], key) for key in QualityFilter.GAPS)
        return [
            {"label": _("Registers known"), "value": sums.get("known", 0), "unit": of, "notes": [aged]},
            {"label": _("Officers in post"), "value": f"{sums['in_post']:,}", "notes": [_("as last returned")]},
            {"label": _("Without an e-mail"), "value": f"{sums['no_email']:,}", "unit": _("officers"), "notes": [_("most often missing: %(what)s") % {"what": QualityFilter.GAPS[gaps[1]]}] if gaps[0] else []},
            {"label": _("Possible leavers"), "value": f"{sums['leavers']:,}", "notes": [_("to be answered")]},
            {"label": _("Transfers open"), "value": f"{sums['transfers']:,}", "notes": [pgettext("transfers", "%(n)s overdue") % {"n": f"{sums['overdue']:,}"}]},
        ]  # fmt: skip
