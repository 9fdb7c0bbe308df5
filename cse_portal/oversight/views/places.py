"""The page of one MDA and of one centre: public facts for everyone, figures for those whose MDA it is and for oversight."""

from django.conf import settings
from django.utils.translation import gettext as _

from centres.access import fetch
from centres.models import Centre, Organisation, ReportingLine, Role, ServiceOffering, Standing
from cse_portal.lib.doors import DetailDoor
from cse_portal.oversight import dates, figures, links, policies
from cse_portal.oversight.views.overview import parts
from standards.models import Audit, Certification
from training.models import Cohort, Enrolment

COHORTS_SHOWN = 10


class OrganisationPage(DetailDoor):
    public = True
    template_name = "oversight/organisation.html"

    def get_object(self):
        code = self.kwargs["code"]
        return fetch(Organisation.objects.select_related("county"), self.scope, code=code)

    def get_crumbs(self):
        crumbs = [(_("Overview"), links.to("oversight:overview"))] if policies.may_see_national_figures(self.scope) else []
        crumbs += [(_("MDAs"), links.to("centres:organisations"))]
        return crumbs + ([(self.parent.name, self.parent.get_absolute_url())] if self.parent else [])

    def get_context_data(self, **kwargs):
        organisation = self.object
        self.on, not_a_date = dates.asked(self.request.GET)
        line = ReportingLine.objects.filter(organisation=organisation, during__contains=self.on).select_related("parent").first()
        self.parent = line.parent if line else None
        standing = Standing.objects.filter(organisation=organisation, during__contains=self.on).first()
        context = {
            "on": self.on,
            "not_a_date": not_a_date,
            "parent": self.parent,
            "standing": standing,
            "certifications": Certification.objects.visible_to(self.scope)
            .filter(organisation=organisation)
            .select_related("centre")[:20],
            "centres_run": organisation.centres.select_related("county")[:100],
            "services": organisation.services.all()[:100],
            "sees": policies.may_see_figures_of(self.scope, organisation),
            "own": self.scope.role in (Role.HR_OFFICER, Role.AUTHORISED_OFFICER) and self.scope.covers(organisation.pk),
        }
        if context["sees"]:
            context |= self.figures(organisation)
        else:
            below = ReportingLine.objects.filter(parent=organisation, during__contains=self.on).select_related("organisation")
            context["names_below"] = sorted((one.organisation for one in below), key=lambda one: one.name)
        return super().get_context_data(**context, **kwargs)

    def figures(self, organisation):
        read = figures.Figures(self.on, within=organisation)
        line, together, units = read.lines.get(organisation.pk), read.mda(organisation), read.units(organisation)
        count, cohorts = together.count, cohorts_of(read.scope, self.on)
        return {
            "line": line,
            "together": together,
            "units": units,
            "strip": self.strip(read, line, together, bool(units)),
            "cadres": [(cadre, together.cadres[cadre.pk], parts(together.cadres[cadre.pk])) for cadre in read.cadres],
            "count": count,
            "parts": parts(count),
            "cohorts": cohorts[:COHORTS_SHOWN],
            "cohort_total": len(cohorts),
            "audits": Audit.objects.visible_to(self.scope).filter(organisation=organisation).select_related("centre")[:10],
            "max_age": settings.REGISTER_MAX_AGE_DAYS,
            "links": {
                "upload": links.to("centres:roster_upload"),
                "officers": links.to("training:officers"),
                "cohorts": links.to("training:cohorts"),
            },
        }

    def strip(self, read, line, together, has_units):
        count = together.count
        register = (
            {"known": _("Known"), "stale": _("Out of date"), "never": _("Never filed")}[line.register] if line else _("Unknown")
        )
        age = (
            _("Last return as at %(day)s, %(n)s days before")
            % {"day": f"{line.as_at:%-d %b %Y}", "n": (self.on - line.as_at).days}
            if line and line.as_at
            else ""
        )
        base = _("%(n)s of %(m)s of whom a course is required") % {"n": f"{count.current:,}", "m": f"{count.bound:,}"}
        share = "–" if count.coverage is None else f"{count.coverage:.1f}"
        strip = [
            {"label": _("Up to date"), "value": share, "unit": "" if count.coverage is None else "%", "notes": [base]},
            {"label": _("Overdue"), "value": f"{count.overdue:,}", "unit": _("officers"), "notes": [_("%(n)s due, %(m)s of these enrolled") % {"n": f"{count.due:,}", "m": f"{read.enrolled_of(together):,}"}]},
            {"label": _("In post"), "value": f"{count.in_post:,}", "unit": _("officers"), "notes": [_("%(n)s excused") % {"n": f"{count.excused:,}"}]},
            {"label": _("Staff register"), "value": register, "notes": [age] if age else []},
        ]  # fmt: skip
        if has_units:
            note = _("%(n)s officers at last return, unknown") % {"n": f"{together.unknown_officers:,}"}
            strip.append(
                {
                    "label": _("Registers known"),
                    "value": together.known,
                    "unit": _("of %(n)s MDAs") % {"n": together.of},
                    "notes": [note],
                }
            )
        return strip


def cohorts_of(organisation_ids, on):
    """[(Cohort, officers of theirs)] of cohorts that have not ended and hold a seat of an officer whom these MDAs enrolled."""
    seats = (
        Enrolment.objects.live()
        .filter(organisation__in=organisation_ids, cohort__ends_on__gte=on)
        .exclude(cohort__state=Cohort.State.CANCELLED)
    )
    n = {}
    for cohort in seats.values_list("cohort", flat=True):
        n[cohort] = n.get(cohort, 0) + 1
    cohorts = Cohort.objects.filter(pk__in=n).select_related("course_version__course", "campus").order_by("starts_on", "code")
    return [(cohort, n[cohort.pk]) for cohort in cohorts]


class CentrePage(DetailDoor):
    public = True
    template_name = "oversight/centre.html"

    def get_object(self):
        return fetch(Centre.objects.select_related("county", "organisation"), self.scope, code=self.kwargs["code"])

    def get_crumbs(self):
        county = self.object.county
        return [
            (_("Centres"), links.to("centres:centres")),
            (_("%(county)s County") % {"county": county.name}, links.to("centres:centres", county=county.code)),
        ]

    def get_context_data(self, **kwargs):
        centre, scope = self.object, self.scope
        offered = (
            ServiceOffering.objects.filter(centre=centre, during__contains=scope.today)
            .select_related("service__owner")
            .order_by("service__name")
        )
        cohorts = (
            Cohort.objects.visible_to(scope)
            .filter(campus=centre, ends_on__gte=scope.today)
            .exclude(state__in=[Cohort.State.CANCELLED, Cohort.State.PLANNED])
        )
        sees = policies.may_see_centre_staff(scope, centre)
        count = figures.centre(centre, scope.today) if sees and centre.kind != Centre.Kind.CAMPUS else None
        return super().get_context_data(
            centre=centre,
            offered=list(offered),
            cohorts=list(cohorts.select_related("course_version__course").with_seats()[:12])
            if centre.kind == Centre.Kind.CAMPUS
            else [],
            certifications=Certification.objects.visible_to(scope).filter(centre=centre),
            audits=Audit.objects.visible_to(scope).filter(centre=centre)[:10],
            count=count,
            parts=parts(count) if count else [],
            officers_url=links.to("training:officers"),
            **kwargs,
        )
