"""The page of a centre; cohorts that officers of MDAs are in."""

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext as _

from centres.access import fetch
from centres.models import Centre, ServiceOffering
from cse_portal.lib.doors import DetailDoor
from cse_portal.oversight import figures, links, policies
from cse_portal.oversight.tables import parts
from standards.models import Audit, Certification
from training.models import Cohort, Enrolment


def cohorts_of(organisation_ids, on):
    """[(Cohort, officers of theirs)] of cohorts that have not ended and hold a seat of an officer whom these MDAs enrolled."""
    seats = Enrolment.objects.live().filter(cohort=OuterRef("pk"), organisation__in=organisation_ids).order_by().values("cohort")
    n = seats.annotate(n=Count("pk")).values("n")
    cohorts = Cohort.objects.filter(ends_on__gte=on).exclude(state=Cohort.State.CANCELLED).annotate(seated=Subquery(n))
    cohorts = cohorts.filter(seated__gt=0).select_related("course_version__course", "campus").order_by("starts_on", "code")
    return [(cohort, cohort.seated) for cohort in cohorts]


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
            certifications=Certification.objects.visible_to(scope).at_centre(centre, scope.today).select_related("centre", "organisation"),
            history_url=links.to("standards:certifications_of_centre", centre.code),
            audits=Audit.objects.visible_to(scope).filter(centre=centre)[:10],
            count=count,
            parts=parts(count) if count else [],
            officers_url=links.to("training:officers"),
            **kwargs,
        )
