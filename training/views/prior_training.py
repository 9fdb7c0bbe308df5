"""Training done elsewhere: the list, one record with its evidence, recording it, verifying it."""

import datetime as dt

from django.http import FileResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from centres.models import Officer
from cse_portal.lib.doors import Column, DetailDoor, FormDoor, ListDoor, PageMixin
from training import policies
from training.forms import DecideForm, PriorTrainingForm, ReasonForm
from training.models import PriorTraining
from training.rule_filters import PriorTrainingFilter
from training.services import prior_training


def shown(scope):
    return PriorTraining.objects.visible_to(scope).select_related("officer", "course_version__course", "claimed_by", "decided_by")


class PriorTrainingList(ListDoor):
    title = gettext_lazy("Prior training")
    may = staticmethod(policies.may_see_prior_training)
    template_name = "training/priors.html"
    filterset_class = PriorTrainingFilter
    default_sort = "-recorded"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda p: p.officer.full_name, sort="officer__surname"),
        Column("number", gettext_lazy("Personal number"), lambda p: p.officer.personal_no, sort="officer__personal_key"),
        Column("title", gettext_lazy("Training"), lambda p: p.title, sort="title"),
        Column("provider", gettext_lazy("Provider"), lambda p: p.provider, sort="provider"),
        Column(
            "course", gettext_lazy("Counts as"), lambda p: p.course_version.course.title, sort="course_version__course__title"
        ),
        Column("on", gettext_lazy("Completed"), lambda p: p.on, sort="on"),
        Column("until", gettext_lazy("Last day valid"), lambda p: p.last_day, sort="until"),
        Column("state", gettext_lazy("State"), lambda p: p.get_state_display(), sort="state"),
        Column("recorded", gettext_lazy("Recorded"), lambda p: p.claimed_at, sort="claimed_at"),
    )

    def base_queryset(self):
        return shown(self.scope)

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_record=policies.may_record_prior_training(self.scope), **kwargs)


class OfPrior:
    """Mixin of pages of the record that the address names. `allowed`: the policy."""

    allowed = staticmethod(policies.may_see_prior_training)

    def prepare(self):
        self.prior = fetch(shown(self.scope).select_related("officer__user"), self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Prior training"), reverse("training:prior_training"))]


class PriorTrainingPage(OfPrior, DetailDoor):
    template_name = "training/prior.html"
    context_object_name = "prior"

    def get_object(self, queryset=None):
        return self.prior

    def get_context_data(self, **kwargs):
        prior, scope = self.prior, self.scope
        return super().get_context_data(
            may_verify=prior.state == PriorTraining.State.CLAIMED and policies.may_verify_prior_training(scope, prior),
            may_withdraw=prior.state == PriorTraining.State.VERIFIED and policies.may_withdraw_verification(scope, prior),
            may_see_officer=Officer.objects.visible_to(scope).filter(pk=prior.officer_id).exists(),
            **kwargs,
        )


class Evidence(OfPrior, PageMixin, View):
    """The file, as an attachment, to those in scope."""

    def get(self, request, *args, **kwargs):
        file, media_type, name = prior_training.open_evidence(self.prior)
        response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
        response["Cache-Control"] = "private, no-store"
        return response


class RecordPriorTraining(FormDoor):
    title = gettext_lazy("Record training done elsewhere")
    may = staticmethod(policies.may_record_prior_training)
    template_name = "training/prior_record.html"
    form_class = PriorTrainingForm
    done = gettext_lazy("The training is recorded. It counts once a coordinator has verified it.")

    def get_crumbs(self):
        return [(_("Prior training"), reverse("training:prior_training"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope}

    def get_initial(self):
        return {"officer": self.request.GET.get("officer", "")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:prior_training"), **kwargs)

    def act(self, form):
        said = dict(form.cleaned_data)
        last_day = said.pop("last_day")
        said["until"] = last_day and last_day + dt.timedelta(days=1)
        return prior_training.record(self.scope, **{"officer": self.scope.officer} | said).get_absolute_url()


class VerifyPriorTraining(OfPrior, FormDoor):
    title = gettext_lazy("Verify training done elsewhere")
    allowed = staticmethod(policies.may_verify_prior_training)
    template_name = "training/prior_verify.html"
    form_class = DecideForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"outcomes": [("verify", _("Recognise it: it counts")), ("refuse", _("Refuse"))]}

    def get_context_data(self, **kwargs):
        return super().get_context_data(prior=self.prior, cancel_url=self.prior.get_absolute_url(), **kwargs)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        if form.cleaned_data["outcome"] == "verify":
            prior_training.verify(self.scope, prior=self.prior, reason=reason)
            self.done = _("The training is recognised and counts.")
        else:
            prior_training.refuse(self.scope, prior=self.prior, reason=reason)
            self.done = _("The training is refused; those concerned are told why.")
        return self.prior.get_absolute_url()


class WithdrawPriorTraining(OfPrior, FormDoor):
    title = gettext_lazy("Withdraw the verification")
    allowed = staticmethod(policies.may_withdraw_verification)
    template_name = "training/confirm.html"
    form_class = ReasonForm
    done = gettext_lazy("From today the training no longer counts; those concerned are told.")

    def get_context_data(self, **kwargs):
        what = _("From today %(title)s of %(name)s no longer counts as %(course)s.") % {
            "title": self.prior.title, "name": self.prior.officer, "course": self.prior.course_version.course,
        }  # fmt: skip
        return super().get_context_data(
            what=what, submit=_("Withdraw"), irreversible=True, cancel_url=self.prior.get_absolute_url(), **kwargs
        )

    def act(self, form):
        prior_training.withdraw(self.scope, prior=self.prior, reason=form.cleaned_data["reason"])
        return self.prior.get_absolute_url()
