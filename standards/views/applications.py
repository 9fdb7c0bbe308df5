"""Applications, for both sides: the MDA drafts, sends and withdraws; the secretariat accepts by planning the audit, or refuses."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from standards import policies
from standards.application_forms import AcceptForm, ApplicationForm, RefuseForm
from standards.models import Application
from standards.programme_filters import ApplicationFilter
from standards.services import applications

from .audits import PlanAudit


class ApplicationList(ListDoor):
    title = gettext_lazy("Applications")
    may = staticmethod(policies.may_list_applications)
    template_name = "standards/applications.html"
    filterset_class = ApplicationFilter
    columns = (
        Column("subject", gettext_lazy("MDA or centre"), lambda a: str(a), sort="organisation__name"),
        Column("scope", gettext_lazy("Scope"), lambda a: a.scope_text),
        Column("sent", gettext_lazy("Sent"), lambda a: a.applied_at, sort="applied_at"),
        Column("wished", gettext_lazy("Wished from"), lambda a: a.wished_from, sort="wished_from"),
        Column("state", gettext_lazy("State"), lambda a: a.get_state_display(), sort="state"),
        Column("audit", gettext_lazy("Audit"), lambda a: a.audit.ref if a.audit else ""),
    )

    def base_queryset(self):
        return Application.objects.visible_to(self.scope).select_related("organisation", "centre", "audit")

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_apply=policies.may_apply(self.scope), **kwargs)


class InApplications:
    def get_crumbs(self):
        return [(_("Applications"), reverse("standards:applications"))]


class NewApplication(InApplications, FormDoor):
    title = gettext_lazy("Apply for certification")
    may = staticmethod(policies.may_apply)
    template_name = "standards/application_form.html"
    form_class = ApplicationForm
    done = gettext_lazy("The draft is kept. Send it once it is complete.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("standards:applications"), **kwargs)

    def act(self, form):
        return applications.draft(self.scope, **form.cleaned_data).get_absolute_url()


class OfApplication(InApplications):
    """`self.application`, fetched for the scope under `allowed(scope, application)`."""

    allowed = None

    def prepare(self):
        known = Application.objects.select_related("organisation", "centre", "audit", "applied_by", "decided_by")
        self.application = fetch(known, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [*super().get_crumbs(), (str(self.application), self.application.get_absolute_url())]


class ChangeApplication(OfApplication, NewApplication):
    title = gettext_lazy("Change the application")
    allowed = staticmethod(policies.may_change_application)
    done = gettext_lazy("The draft is changed.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"fixed": True}

    def get_initial(self):
        a = self.application
        named = ("scope_text", "contact", "wished_from", "note")
        return {name: getattr(a, name) for name in named} | {"centres": [c.code for c in a.centres.all()]}

    def act(self, form):
        return applications.change(self.scope, self.application, **form.cleaned_data).get_absolute_url()


class ApplicationPage(OfApplication, DetailDoor):
    may = staticmethod(policies.may_list_applications)
    template_name = "standards/application.html"

    def get_object(self, queryset=None):
        return self.application

    def get_title(self):
        return _("Application of %(subject)s") % {"subject": self.application}

    def get_crumbs(self):
        return super().get_crumbs()[:1]

    def get_context_data(self, **kwargs):
        scope, application = self.scope, self.application
        return super().get_context_data(
            application=application,
            centres=application.centres.all(),
            standing=applications.standing_certification(application.organisation, application.centre),
            may_change=policies.may_change_application(scope, application),
            may_withdraw=policies.may_withdraw_application(scope, application),
            may_decide=policies.may_decide_application(scope, application),
            sees_audit=application.audit_id
            and type(application.audit).objects.visible_to(scope).filter(pk=application.audit_id).exists(),
            **kwargs,
        )


class SendApplication(OfApplication, ActDoor):
    allowed = staticmethod(policies.may_change_application)
    done = gettext_lazy("The application is sent. The secretariat is told.")

    def act(self):
        return applications.send(self.scope, self.application).get_absolute_url()


class WithdrawApplication(OfApplication, ActDoor):
    allowed = staticmethod(policies.may_withdraw_application)
    done = gettext_lazy("The application is withdrawn.")

    def act(self):
        return applications.withdraw(self.scope, self.application).get_absolute_url()


class RefuseApplication(OfApplication, FormDoor):
    title = gettext_lazy("Refuse the application")
    allowed = staticmethod(policies.may_decide_application)
    template_name = "standards/application_form.html"
    form_class = RefuseForm
    done = gettext_lazy("The application is refused. The MDA is told.")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.application.get_absolute_url(), **kwargs)

    def act(self, form):
        return applications.refuse(self.scope, self.application, **form.cleaned_data).get_absolute_url()


class AcceptApplication(OfApplication, PlanAudit):
    title = gettext_lazy("Accept and plan the audit")
    allowed = staticmethod(policies.may_decide_application)
    form_class = AcceptForm
    done = gettext_lazy("The application is accepted and its audit planned. The MDA and the team are told.")

    def get_initial(self):
        a = self.application
        return {"scope_text": a.scope_text} | ({"starts_on": a.wished_from} if a.wished_from else {})

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"application": self.application}

    def get_context_data(self, **kwargs):
        return super().get_context_data(application=self.application, cancel_url=self.application.get_absolute_url(), **kwargs)

    def act(self, form):
        return applications.accept(self.scope, self.application, **form.cleaned_data).get_absolute_url()
