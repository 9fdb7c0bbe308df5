"""The register of trainers: what each is accredited for, and how much lies ahead."""

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres.access import fetch
from centres.models import Role
from cse_portal.accounts.models import User
from cse_portal.lib.doors import Column, FormDoor, ListDoor
from cse_portal.lib.templatetags.cse import day
from training import policies
from training.cohort_forms import AccreditForm, EndAccreditationForm, trainers_on
from training.filters import TrainerFilter
from training.models import CohortSession, CohortTrainer, TrainerAccreditation
from training.services import accreditation


def held(user):
    return "; ".join(said(a) for a in user.held)


def said(a):
    until = f" – {day(a.last)}" if a.last else ""
    return f"{a.course.title} ({day(a.during.lower)}{until})"


class TrainerList(ListDoor):
    title = gettext_lazy("Trainers")
    may = staticmethod(policies.may_see_trainers)
    template_name = "training/trainers.html"
    filterset_class = TrainerFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Trainer"), lambda u: u.name, sort="name"),
        Column("courses", gettext_lazy("Accredited for"), held),
        Column("load", gettext_lazy("Sessions ahead"), lambda u: u.load, sort="load", numeric=True),
        Column("cohorts", gettext_lazy("Cohorts ahead"), lambda u: u.cohorts_ahead, sort="cohorts_ahead", numeric=True),
    )

    def base_queryset(self):
        today = self.scope.today
        found = trainers_on(today)
        if self.scope.role == Role.TRAINER:
            found = found.filter(pk=self.scope.user.pk)
        ahead = CohortSession.objects.filter(
            cancelled_at=None, ends_at__date__gte=today, cohort__trainers__user=OuterRef("pk")
        ).order_by()
        sessions = ahead.values("cohort__trainers__user").annotate(n=Count("pk")).values("n")
        cohorts = ahead.values("cohort__trainers__user").annotate(n=Count("cohort", distinct=True)).values("n")
        standing = TrainerAccreditation.objects.filter(Q(during__endswith=None) | Q(during__endswith__gt=today))
        standing = standing.select_related("course").order_by("course__code", "during")
        doubles = CohortTrainer.objects.exclude(reason="").filter(cohort__ends_on__gte=today)
        return found.annotate(
            load=Coalesce(Subquery(sessions), 0), cohorts_ahead=Coalesce(Subquery(cohorts), 0)
        ).prefetch_related(
            Prefetch("accreditations", standing, to_attr="held"),
            Prefetch("cohorts_taught", doubles.select_related("cohort").order_by("cohort__starts_on"), to_attr="exceptions"),
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(may_accredit=policies.may_accredit(self.scope), **kwargs)


class Accredit(FormDoor):
    title = gettext_lazy("Accredit a trainer")
    may = staticmethod(policies.may_accredit)
    template_name = "training/calendar_form.html"
    form_class = AccreditForm
    done = gettext_lazy("The trainer is accredited.")

    def get_crumbs(self):
        return [(_("Trainers"), reverse("training:trainers"))]

    def get_initial(self):
        asked = self.request.GET.get("trainer", "")
        return {"user": User.objects.filter(pk=asked).first() if asked.isdigit() else None, "first": self.scope.today}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("training:trainers"), **kwargs)

    def act(self, form):
        accreditation.grant(self.scope, **form.cleaned_data)
        return reverse("training:trainers")


class EndAccreditation(FormDoor):
    title = gettext_lazy("End the accreditation")
    may = staticmethod(policies.may_accredit)
    template_name = "training/calendar_form.html"
    form_class = EndAccreditationForm
    done = gettext_lazy("The accreditation is ended.")

    def prepare(self):
        found = TrainerAccreditation.objects.select_related("user", "course")
        self.accreditation = fetch(found, self.scope, may=policies.may_accredit, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Trainers"), reverse("training:trainers"))]

    def get_initial(self):
        return {"last": self.scope.today}

    def get_context_data(self, **kwargs):
        facts = f"{self.accreditation.user}: {said(self.accreditation)}"
        return super().get_context_data(facts=facts, cancel_url=reverse("training:trainers"), **kwargs)

    def act(self, form):
        accreditation.end(self.scope, accreditation=self.accreditation, **form.cleaned_data)
        return reverse("training:trainers")
