"""The public register: certifications, one of them with its history, those of an MDA or a centre, and the feed of changes. Nothing
here is cached: what changed shows with the next request."""

from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from centres.models import Centre, Organisation
from cse_portal.lib.doors import Column, DetailDoor, ListDoor, PageMixin
from cse_portal.lib.states import state_look
from standards import policies
from standards.filters import CertificationFilter
from standards.models import Audit, Certification
from standards.services import certifying, drawing, feed, standing, surveillances


class Fresh:
    """A copy kept by a browser or a proxy is asked for again each time."""

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, no_cache=True)
        return response


class Register(Fresh, ListDoor):
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
        Column("state", gettext_lazy("State"), lambda c: state_look(c.now, "certification").word),
    )

    def base_queryset(self):
        return (
            Certification.objects.visible_to(self.scope)
            .select_related("organisation__county", "centre__county")
            .as_of(self.scope.today)
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_see_acts=policies.may_list_acts(self.scope), **kwargs)


class CertificationPage(Fresh, DetailDoor):
    public = True
    template_name = "standards/certification.html"

    def get_object(self, queryset=None):
        of = Certification.objects.select_related(
            "organisation__county", "centre__county", "decision__audit__edition", "key", "renews", "renewed_by"
        )
        asked = self.kwargs["code"].upper()  # as in the address, or the number that is printed
        return fetch(of.as_of(self.scope.today).filter(Q(code=asked) | Q(number=asked)), self.scope)

    def get_title(self):
        return self.object.holder

    def get_crumbs(self):
        return [(_("Register of certifications"), reverse("standards:certifications"))]

    def get_context_data(self, **kwargs):
        held, scope = self.object, self.scope
        process = standing.process_of(held)
        context = {
            "certification": held,
            "sites": held.sites.select_related("site__centre__county"),
            "reads_why": Audit.objects.open_to(scope, auditee_from=[Audit.State.DECIDED]).filter(pk=held.decision.audit_id).exists(),
            "events": held.events.select_related("act"),
            "earlier": certifying.history(held).as_of(scope.today).exclude(pk=held.pk),
            "edition": held.decision.audit.edition,
            "may_download": policies.may_download_certificate(scope, held),
        }
        if policies.may_list_acts(scope) and (scope.role in policies.DECIDERS or held.organisation_id in scope.organisation_ids):
            context |= {
                "inside": True,
                "surveillances": held.surveillances.select_related("audit"),
                "acts": held.acts.all(),
                "may_ask": policies.may_ask_act(scope, held) and held.state in Certification.STANDING,
                "may_renew": policies.may_plan_audit(scope) and standing.renewable(held, scope.today, process)
                and scope.today >= standing.renewal_opens(held, process) and not surveillances.renewal_of(held),
            }  # fmt: skip
        return super().get_context_data(**context, **kwargs)


class Document(PageMixin, View):
    """The certificate as PDF: for its MDA, and for those who keep the register."""

    def get(self, request, code):
        held = fetch(Certification.objects.all(), self.scope, may=policies.may_download_certificate, code=code.upper())
        response = HttpResponse(drawing.document_of(held), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{held.number}.pdf"'
        response["Cache-Control"] = "private, no-store"
        return response


class History(Fresh, DetailDoor):
    """All certifications of one holder, each with what happened to it."""

    public = True
    template_name = "standards/history.html"

    def prepare(self):
        self.thing = fetch(self.model.objects.all(), self.scope, code=self.kwargs["code"])

    def get_object(self, queryset=None):
        return self.thing

    def get_title(self):
        return _("Certifications: %(holder)s") % {"holder": self.thing}

    def get_crumbs(self):
        return [(_("Register of certifications"), reverse("standards:certifications"))]

    def get_context_data(self, **kwargs):
        found = (
            self.certifications().select_related("organisation", "centre").prefetch_related("events__act").as_of(self.scope.today)
        )
        return super().get_context_data(holder=self.thing, certifications=found.order_by("-issued_on", "-pk"), **kwargs)


class HistoryOfMda(History):
    model = Organisation

    def certifications(self):
        return Certification.objects.visible_to(self.scope).filter(organisation=self.thing)


class HistoryOfCentre(History):
    model = Centre

    def certifications(self):
        return Certification.objects.visible_to(self.scope).at_centre(self.thing)


class Changes(PageMixin, View):
    """What changed, oldest first: `?after=` the id of the last change read. `next` is the address of the rest, or null."""

    public = True

    def get(self, request):
        events, more = feed.after(feed.number(request.GET.get("after")))
        rows = [feed.as_data(event) for event in events]
        follow = request.build_absolute_uri(f"{request.path}?after={events[-1].pk}") if more else None
        response = JsonResponse({"changes": rows, "next": follow}, json_dumps_params={"ensure_ascii": False})
        patch_cache_control(response, no_cache=True)
        return response


class ChangesAtom(PageMixin, View):
    """The latest changes, newest first."""

    public = True

    def get(self, request):
        rows = feed.latest()
        text = render_to_string(
            "standards/changes.atom.xml",
            {"events": rows, "here": feed.address(request.path), "home": feed.address(reverse("standards:certifications"))},
        )
        response = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
        patch_cache_control(response, no_cache=True)
        return response
