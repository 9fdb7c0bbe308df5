"""The page of one MDA: public facts for everyone, figures for those whose MDA it is and for oversight."""

from django.conf import settings
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from centres.access import fetch
from centres.models import Organisation, PossibleLeaver, Role, TransferRequest
from centres.policies import may_see_registries
from centres.services import structure
from cse_portal.lib import tabular
from cse_portal.lib.doors import DetailDoor
from cse_portal.oversight import curves, dates, figures, links, policies, strips, tables
from cse_portal.oversight.views.places import cohorts_of
from standards.models import Audit, Certification
from training.models import Requirement
from training.policies import may_see_names_at

COHORTS_SHOWN = 10


class OrganisationPage(DetailDoor):
    public = True
    template_name = "oversight/organisation.html"

    def get_object(self):
        self.asked = dates.Asked.of(self.request.GET)
        self.structure = figures.TODAY if self.request.GET.get("structure") == figures.TODAY else figures.THEN
        organisation = fetch(Organisation.objects.defer("source"), self.scope, code=self.kwargs["code"])
        self.sees = policies.may_see_figures_of(self.scope, organisation)
        self.own = self.scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER) and self.scope.covers(organisation.pk)
        self.version = figures.version()
        self.read = figures.Figures(self.asked.on, within=organisation, known_on=self.asked.known, at=self.version)
        self.register = self.read.registers.get(organisation.pk)
        self.parent = self.register and self.read.everyone.get(self.register.parent)
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
        return crumbs + ([(self.parent.name, self.parent.get_absolute_url())] if self.parent else [])

    def get_context_data(self, **kwargs):
        context = {
            "asked": self.asked,
            "parent": self.parent,
            "standing": self.register and self.register.standing and strips.standing(self.register.standing),
            "sees": self.sees,
            "own": self.own,
            "keep": [("structure", self.structure)] if self.structure != figures.THEN else [],
            "upload": links.to("centres:roster_upload"),
            "body": self.kept() if self.sees else "",
        }
        if not self.sees:
            below = [self.read.everyone[pk] for pk in self.read.below[self.object.pk]]
            context |= self.facts() | {"names_below": sorted(below, key=lambda one: one.name)}
        return super().get_context_data(**context, **kwargs)

    def facts(self):
        """What everyone reads about the MDA."""
        took_over, taken_over = structure.relations(self.object)
        return self.certified() | {
            "centres_run": self.object.centres.select_related("county")[:100],
            "services": self.object.services.all()[:100],
            "took_over": took_over,
            "taken_over": taken_over,
            "may_see_registries": may_see_registries(self.scope),
        }

    def certified(self):
        held = Certification.objects.visible_to(self.scope).filter(organisation=self.object).select_related("centre")[:20]
        audits = Audit.objects.visible_to(self.scope).filter(organisation=self.object).select_related("centre")[:10]
        history = links.to("standards:certifications_of_mda", self.object.code)
        return {"certifications": held, "history_url": history, "audits": audits if self.sees else []}

    @property
    def names(self):
        """Whether the reader may open the names behind a cell."""
        return self.asked.known is None and may_see_names_at(self.scope, self.object)

    def kept(self):
        """The page below its heading: drawn once for every version, pulse, day, reader's part and way of looking."""
        scope, asked = self.scope, self.asked
        pulse = figures.pulse(asked.on, sorted(self.read.scope))
        reader = scope.role, self.own, self.names, get_language()
        query = sorted(self.request.GET.items())
        return figures.kept("organisation", self.version, self.drawn, self.object.pk, asked, pulse, reader, query)

    def drawn(self):
        return render_to_string("oversight/organisation_body.html", self.body(), self.request)

    def body(self):
        organisation, asked, read = self.object, self.asked, self.read
        line, together, units = read.lines.get(organisation.pk), read.mda(organisation), read.units(organisation)
        then = together if self.structure == figures.THEN else None
        trend = curves.trend(self.version, asked, within=organisation, structure=self.structure, today_is=then)
        goals, cohorts = trend["goals"], cohorts_of(sorted(read.scope), asked.on)
        self.plain = together.ids == read.scope  # the tree and what is counted are the same MDAs
        return self.facts() | {
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
            "rules": rules_of(organisation.pk, asked.on, read.registers),
            "cohorts": cohorts[:COHORTS_SHOWN],
            "cohort_total": len(cohorts),
            "upkeep": self.upkeep() if self.own or self.scope.role == Role.ADMINISTRATOR else [],
            "max_age": settings.REGISTER_MAX_AGE_DAYS,
            "links": {
                "forecast": links.to("oversight:mda_forecast", organisation.code, **asked.query),
                "cohorts": links.to("training:cohorts"),
            },
        }

    def link(self, status, cadre):
        """Address of the names behind a cell."""
        said = {"organisation": self.object.code, "below": "1"} | ({} if self.plain else {"counted": "1"}) | self.asked.query
        said |= {"status": status} if status else {}
        return links.to("training:officers", **(said | ({"cadre": cadre.code} if cadre else {})))

    def upkeep(self):
        """[(label, how many, address)] of what waits for an answer about this MDA's register."""
        ids = sorted(self.read.scope)
        waiting = TransferRequest.objects.visible_to(self.scope).filter(state__in=TransferRequest.OPEN).aggregate(
            leaving=Count("pk", filter=Q(from_organisation__in=ids)), coming=Count("pk", filter=Q(to_organisation__in=ids))
        )  # fmt: skip
        leavers = PossibleLeaver.objects.visible_to(self.scope).filter(state="open", organisation__in=ids).count()
        rows = [
            (_("Transfers asked of us"), waiting["leaving"], "centres:transfers", {"box": "outgoing"}),
            (_("Transfers asked by us"), waiting["coming"], "centres:transfers", {"box": "incoming"}),
            (_("Possible leavers to confirm"), leavers, "centres:leavers", {}),
        ]
        return [(label, n, links.if_built(name, **query)) for label, n, name, query in rows]

    def export(self, kind):
        read = self.read
        together, goals = read.mda(self.object), curves.goals(self.asked.on)
        rows = tables.cadre_rows(read.cadres, together, goals, None, lambda c: read.enrolled_of(together, c))
        header = [_("CSE cadre"), *(cell["label"] for cell in rows[0]["cells"]), _("Coverage, %"), _("Target, %")]
        lines = (
            [row["name"], *(cell["n"] or 0 for cell in row["cells"]), tables.rounded(row["count"].coverage), row["goal"]]
            for row in rows
        )
        return tabular.response(kind, f"{self.object.code.lower()}-{self.asked.on.isoformat()}", header, lines)


def rules_of(organisation_id, on, registers):
    """Requirements that bind officers of the MDA on the day, its own and those from above, in framework order: why its figures
    are what they are."""
    above, seen = organisation_id, []
    while above in registers and above not in seen:
        seen.append(above)
        above = registers[above].parent
    reach = Requirement.objects.filter(Q(organisation=None) | Q(organisation__in=seen), in_force__contains=on)
    return list(reach.select_related("cadre", "course", "organisation").order_by("cadre__sequence", "course__code"))
