"""The public register of certifications, and one certification's page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import Column, DetailDoor, ListDoor
from standards.filters import CertificationFilter
from standards.models import Certification
from standards.services import certification


class Register(ListDoor):
    title = gettext_lazy("Register of certifications")
    public = True
    template_name = "standards/register.html"
    filterset_class = CertificationFilter
    default_sort = "-issued"
    columns = (
        Column("holder", gettext_lazy("Held by"), lambda c: c.holder, sort="holder"),
        Column("number", gettext_lazy("Certificate no."), lambda c: c.number, sort="number"),
        Column("level", gettext_lazy("Level"), lambda c: c.get_level_display(), sort="level"),
        Column("county", gettext_lazy("County"), lambda c: str((c.centre or c.organisation).county or "")),
        Column("issued", gettext_lazy("Certified"), lambda c: c.issued_on, sort="issued_on"),
        Column("until", gettext_lazy("Valid until"), lambda c: c.last_day, sort="expires_on"),
        Column("state", gettext_lazy("State"), lambda c: c.now),
    )

    def base_queryset(self):
        return Certification.objects.visible_to(self.scope).select_related("organisation__county", "centre__county").as_of(self.scope.today)


class CertificationPage(DetailDoor):
    public = True
    template_name = "standards/certification.html"

    def get_object(self, queryset=None):
        of = Certification.objects.select_related("organisation__county", "centre__county", "decision__audit__edition", "key")
        return fetch(of.as_of(self.scope.today), self.scope, code=self.kwargs["code"].upper())

    def get_title(self):
        return self.object.holder

    def get_crumbs(self):
        return [(_("Register of certifications"), reverse("standards:certifications"))]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            certification=self.object,
            sites=self.object.sites.select_related("site__centre__county"),
            earlier=certification.history(self.object).as_of(self.scope.today).exclude(pk=self.object.pk),
            edition=self.object.decision.audit.edition,
            **kwargs,
        )
