"""The page of one MDA: public facts for everyone, figures for those whose MDA it is and for oversight."""

from django.conf import settings
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from centres.access import fetch, organisations_below
from centres.models import Organisation, PossibleLeaver, ReportingLine, Role, TransferRequest
from centres.services import structure
from cse_portal.lib import tabular
from cse_portal.lib.doors import DetailDoor
from cse_portal.oversight import curves, dates, figures, links, policies, strips, tables
from cse_portal.oversight.views.places import cohorts_of
from standards.models import Audit, Certification
from training.models import Requirement
from training.policies import may_see_staff

COHORTS_SHOWN = 10


class OrganisationPage(DetailDoor):
    public = True
    template_name = "oversight/organisation.html"

    def get_object(self):
        self.asked = dates.Asked.of(self.request.GET)
        self.structure = figures.TODAY if self.request.GET.get("structure") == figures.TODAY else figures.THEN
        placed = Organisation.objects.placed(self.asked.on).select_related("county")
        organisation = fetch(placed, self.scope, code=self.kwargs["code"])
        self.sees = policies.may_see_figures_of(self.scope, organisation)
        return organisation

    def get(self, request, *args, **kwargs):
        if request.GET.get("export") in ("csv", "xlsx"):
            self.object = self.get_object()
            if self.sees:
                return self.export(request.GET["export"])
        return super().get(request, *args, **kwargs)

    def get_crumbs(self):
        crumbs = [(_("Overview"), links.to("oversight:overview"))] if policies.may_see_national_figures(self.scope) else []
        crumbs += [(_("MDAs"), links.to("centres:organisations"))]
        if code := self.object.parent_code:
            crumbs.append((self.object.parent_name, links.to("oversight:organisation", code)))
        return crumbs

    def get_context_data(self, **kwargs):
        organisation, scope = self.object, self.scope
        context = {
            "asked": self.asked,
            "on": self.asked.on,
            "parent_url": organisation.parent_code and links.to("oversight:organisation", organisation.parent_code),
            "standing": organisation.standing and strips.standing(organisation.standing),
            "centres_run": organisation.centres.select_related("county")[:100],
            "services": organisation.services.all()[:100],
            "sees": self.sees,
            "own": scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER) and scope.covers(organisation.pk),
            "keep": [("structure", self.structure)] if self.structure != figures.THEN else [],
        }
        if self.sees:
            context |= self.figures(context["own"])
        else:
            context |= self.certified()
            below = ReportingLine.objects.filter(parent=organisation, during__contains=self.asked.on).select_related(
                "organisation"
            )
            context["names_below"] = sorted((one.organisation for one in below), key=lambda one: one.name)
            context["took_over"], context["taken_over"] = structure.relations(organisation)
        return super().get_context_data(**context, **kwargs)

    def certified(self):
        held = Certification.objects.visible_to(self.scope).filter(organisation=self.object).select_related("centre")[:20]
        audits = Audit.objects.visible_to(self.scope).filter(organisation=self.object).select_related("centre")[:10]
        return {"certifications": held, "audits": audits if self.sees else []}

    @property
    def names(self):
        """Whether the reader may open the names behind a cell."""
        return self.asked.known is None and may_see_staff(self.scope) and self.scope.covers(self.object.pk)

    def figures(self, own):
        scope, asked = self.scope, self.asked
        self.ids = organisations_below(self.object.pk, asked.on)
        self.enrolled = figures.enrolled(asked.on, self.ids)
        self.version = figures.version()

        def body():
            return render_to_string("oversight/organisation_body.html", self.body(), self.request)

        body = figures.kept(
            "organisation", self.version, body, self.object.pk, asked, self.structure, self.enrolled, scope.role, own, self.names,
            sorted(self.request.GET.items()), get_language(),
        )  # fmt: skip
        cohorts = cohorts_of(self.ids, asked.on)
        return {
            "body": body,
            "cohorts": cohorts[:COHORTS_SHOWN],
            "cohort_total": len(cohorts),
            "upkeep": self.upkeep() if own or scope.role == Role.ADMINISTRATOR else [],
            "links": {
                "upload": links.to("centres:roster_upload"),
                "officers": links.to("training:officers"),
                "cohorts": links.to("training:cohorts"),
                "forecast": links.to("oversight:mda_forecast", self.object.code),
            },
        }

    def read(self):
        return figures.Figures(self.asked.on, within=self.object, known_on=self.asked.known, at=getattr(self, "version", None))

    def body(self):
        """Context of all that depends on figures alone; drawn once for every version, day and way of looking."""
        organisation, asked, read = self.object, self.asked, self.read()
        line, together, units = read.lines.get(organisation.pk), read.mda(organisation), read.units(organisation)
        then = together if self.structure == figures.THEN else None
        trend = curves.trend(self.version, asked, within=organisation, structure=self.structure, today_is=then)
        goals = trend["goals"]
        read.enrolled = self.enrolled
        self.plain = together.ids == read.scope  # the tree and what is counted are the same MDAs
        took_over, taken_over = structure.relations(organisation)
        return self.certified() | {
            "object": organisation,
            "scope": self.scope,
            "scope_today": self.scope.today,
            "asked": asked,
            "on": asked.on,
            "line": line,
            "together": together,
            "units": units,
            "strip": strips.mda(line, together, asked.on, read.enrolled_of(together), bool(units), goals.get(None), trend),
            "cadre_rows": tables.cadre_rows(
                read.cadres, together, goals, self.link if self.names else None, lambda c: read.enrolled_of(together, c)
            ),
            "goals": goals,
            "goal": goals.get(None),
            "count": together.count,
            "trend": trend,
            "structures": curves.structures(self.structure),
            "forecast": curves.forecast(self.version, asked.on, organisation),
            "rules": rules_of(organisation, asked.on),
            "took_over": took_over,
            "taken_over": taken_over,
            "max_age": settings.REGISTER_MAX_AGE_DAYS,
            "links": {"forecast": links.to("oversight:mda_forecast", organisation.code, **asked.query)},
        }

    def link(self, status, cadre):
        """Address of the names behind a cell."""
        said = {"organisation": self.object.code, "below": "1"} | ({} if self.plain else {"counted": "1"}) | self.asked.query
        said |= {"status": status} if status else {}
        return links.to("training:officers", **(said | ({"cadre": cadre.code} if cadre else {})))

    def upkeep(self):
        """[(label, how many, address)] of what waits for an answer about this MDA's register."""
        waiting = TransferRequest.objects.visible_to(self.scope).filter(state__in=TransferRequest.OPEN).aggregate(
            leaving=Count("pk", filter=Q(from_organisation__in=self.ids)), coming=Count("pk", filter=Q(to_organisation__in=self.ids))
        )  # fmt: skip
        leavers = PossibleLeaver.objects.visible_to(self.scope).filter(state="open", organisation__in=self.ids).count()
        rows = [
            (_("Transfers asked of us"), waiting["leaving"], "centres:transfers", {"box": "outgoing"}),
            (_("Transfers asked by us"), waiting["coming"], "centres:transfers", {"box": "incoming"}),
            (_("Possible leavers to confirm"), leavers, "centres:leavers", {}),
        ]
        return [(label, n, links.if_built(name, **query)) for label, n, name, query in rows]

    def export(self, kind):
        read = self.read()
        together, goals = read.mda(self.object), curves.goals(self.asked.on)
        rows = tables.cadre_rows(read.cadres, together, goals, None, lambda c: read.enrolled_of(together, c))
        header = [_("CSE cadre"), *(cell["label"] for cell in rows[0]["cells"]), _("Coverage, %"), _("Target, %")]
        lines = (
            [row["name"], *(cell["n"] or 0 for cell in row["cells"]), tables.rounded(row["count"].coverage), row["goal"]]
            for row in rows
        )
        return tabular.response(kind, f"{self.object.code.lower()}-{self.asked.on.isoformat()}", header, lines)


def rules_of(organisation, on):
    """Requirements that bind officers of the MDA on the day, its own and those from above, in framework order: why its figures
    are what they are."""
    above, seen = organisation.pk, []
    parents = dict(ReportingLine.objects.filter(during__contains=on).values_list("organisation", "parent"))
    while above and above not in seen:
        seen.append(above)
        above = parents.get(above)
    reach = Requirement.objects.filter(Q(organisation=None) | Q(organisation__in=seen), in_force__contains=on)
    return list(reach.select_related("cadre", "course", "organisation").order_by("cadre__sequence", "course__code"))
