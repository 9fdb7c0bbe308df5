"""What comes if nothing is done: the months ahead, and whose training expires, of the nation or of one MDA."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from centres.access import fetch
from centres.models import Organisation
from cse_portal.lib import tabular
from cse_portal.lib.doors import Page
from cse_portal.oversight import curves, dates, figures, links, policies
from training.policies import may_see_names_at

AHEAD = (30, 60, 90)


class Forecast(Page):
    """Of the nation for those who see it, else of one's own MDA; `code`: of that MDA."""

    template_name = "oversight/forecast.html"
    may = staticmethod(policies.may_read_figures)
    title = gettext_lazy("If nothing is done")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.asked = dates.Asked.of({"on": request.GET.get("on", "")})

    def within(self):
        scope, code = self.scope, self.kwargs.get("code")
        if code:
            organisation = fetch(Organisation.objects.all(), scope, code=code)
            if not policies.may_see_figures_of(scope, organisation):
                raise PermissionDenied
            return organisation
        if policies.may_see_national_figures(scope):
            return None
        if scope.organisation is None:
            raise PermissionDenied
        return scope.organisation

    def get(self, request, *args, **kwargs):
        self.organisation = self.within()
        self.version = figures.version()
        self.forecast = curves.forecast(self.version, self.asked.on, self.organisation)
        if request.GET.get("export") in ("csv", "xlsx"):
            return self.export(request.GET["export"])
        return super().get(request, *args, **kwargs)

    def export(self, kind):
        header = [
            _("Day"),
            _("Up to date"),
            pgettext("training", "Due"),
            pgettext("training", "Overdue"),
            _("Waived"),
            _("Excused"),
            _("Not required"),
            _("Coverage, %"),
        ]
        rows = (
            [p.on, *p.count.as_tuple(), None if p.count.coverage is None else round(p.count.coverage, 1)]
            for p in self.forecast["points"]
        )
        return tabular.response(kind, f"forecast-{self.asked.on.isoformat()}", header, rows)

    def get_crumbs(self):
        if self.organisation is None:
            return [(_("Overview"), links.to("oversight:overview"))]
        return [(self.organisation.name, links.to("oversight:organisation", self.organisation.code))]

    def get_context_data(self, **kwargs):
        points, ahead = self.forecast["points"], self.ahead()
        return super().get_context_data(
            asked=self.asked,
            on=self.asked.on,
            organisation=self.organisation,
            forecast=self.forecast,
            first=points[0],
            half=points[min(6, len(points) - 1)],
            last=points[-1],
            ahead=ahead,
            expiring=[
                (row[0][0], [(n, url) for _c, n, url in row])
                for row in zip(*(cells for _d, _t, cells, *_a in ahead), strict=True)
            ],
            names=self.names(),
            **kwargs,
        )

    def ahead(self):
        """[(days, day, [(cadre, officers, address of the names)], all, address)] of those whose training expires."""
        root = self.organisation
        found = []
        for days in AHEAD:
            till = self.asked.on + dt.timedelta(days=days)
            counts = figures.kept(
                "expiring",
                self.version,
                lambda till=till: figures.expiring(self.asked.on, till, root, self.version),
                self.asked.on,
                till,
                root and root.pk,
            )
            cells = [(cadre, n, self.link(days, cadre) if n else "") for cadre, n in counts]
            everyone = sum(n for _cadre, n in counts)
            found.append((days, till, cells, everyone, self.link(days) if everyone else ""))
        return found

    def names(self):
        """Whether the reader may see who they are."""
        root = self.organisation
        return root is not None and may_see_names_at(self.scope, root)

    def link(self, days, cadre=None):
        if not self.names():
            return ""
        said = {"organisation": self.organisation.code, "below": "1", "counted": "1", "expires": days} | self.asked.query
        return links.to("training:officers", **(said | ({"cadre": cadre.code} if cadre else {})))
