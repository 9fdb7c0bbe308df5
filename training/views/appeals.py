"""Appeals: the learner's own results with what counts and why, the appeal, and those who decide it."""

from django import forms
from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Column, DetailDoor, FormDoor, ListDoor
from training import completion, policies
from training.models import Appeal, AssessmentComponent, AssessmentResult, Attendance, CohortSession, Enrolment
from training.services import appeals, assessment

SEATS = Enrolment.objects.select_related("cohort__course_version__course", "cohort__campus", "officer", "organisation")


class MyResult(DetailDoor):
    """One course of the learner: marks, released results, what counts and why, the way to appeal."""

    may = staticmethod(policies.may_see_own_training)
    template_name = "training/my_result.html"
    context_object_name = "seat"

    def get_object(self, queryset=None):
        return fetch(SEATS, self.scope, pk=self.kwargs["pk"])

    def get_title(self):
        return self.object.cohort.course_version.course.title

    def get_crumbs(self):
        return [(_("My training"), reverse("training:my_training"))]

    def get_context_data(self, **kwargs):
        seat, today = self.object, self.scope.today
        version = seat.cohort.course_version
        marks = Attendance.objects.filter(enrolment=seat).select_related("session").order_by("session__number")
        rows = AssessmentResult.objects.filter(enrolment=seat, state="released").order_by("released_at", "pk")
        rows = list(rows.select_related("component"))
        parts = assessment.components(version) or [None]
        found = []
        for part in parts if version.assessed else []:
            own = [r for r in rows if r.component == part]
            stands = next((r for r in own if r.superseded_at is None), None)
            found.append((assessment.name_of(part), part, stands, [r for r in own if r is not stands]))
        kinds = [(Appeal.About.ATTENDANCE, _("Appeal a mark of attendance")), (Appeal.About.RESULT, _("Appeal a result"))]
        may = seat.state in assessment.HELD_TO_THE_END
        ends = [(about, words, appeals.window(seat, about)) for about, words in kinds]
        return super().get_context_data(
            version=version,
            marks=list(marks),
            parts=found,
            stands=assessment.standing_scores(seat.cohort, [seat.pk]).get(seat.pk) if version.assessed else None,
            ways=[(about, words, last) for about, words, last in ends if may and last and last >= today],
            appeals=list(seat.appeals.select_related("session", "component").order_by("-pk")),
            facts=f"{seat.cohort.code}, {seat.cohort.campus.name}",
            **kwargs,
        )


class AppealForm(forms.Form):
    """Of a mark: which session; of a result: which part, where there are several."""

    session = forms.ModelChoiceField(
        CohortSession.objects.none(), label=gettext_lazy("Session"), empty_label=gettext_lazy("Choose")
    )
    component = forms.ModelChoiceField(
        AssessmentComponent.objects.none(), label=gettext_lazy("Part of the assessment"), empty_label=gettext_lazy("Choose")
    )
    grounds = forms.CharField(
        label=gettext_lazy("What is wrong, and how you know"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000
    )

    def __init__(self, *args, seat, about, **kwargs):
        super().__init__(*args, **kwargs)
        if about == Appeal.About.ATTENDANCE:
            del self.fields["component"]
            marked = Attendance.objects.filter(enrolment=seat)
            self.fields["session"].queryset = CohortSession.objects.filter(marks__in=marked)
            words = {a.session_id: a.get_mark_display() for a in marked}
            self.fields["session"].label_from_instance = lambda s: (
                _("Session %(n)s: %(mark)s") % {"n": s.number, "mark": words[s.pk]}
            )
        else:
            del self.fields["session"]
            parts = AssessmentComponent.objects.filter(course_version=seat.cohort.course_version_id)
            self.fields["component"].queryset = parts
            if not parts.exists():
                del self.fields["component"]


class MakeAppeal(FormDoor):
    title = gettext_lazy("Appeal")
    may = staticmethod(policies.may_see_own_training)
    template_name = "form.html"
    form_class = AppealForm

    def prepare(self):
        self.seat = fetch(SEATS, self.scope, may=policies.may_appeal, pk=self.kwargs["pk"])

    @property
    def about(self):
        asked = self.request.GET.get("about") or self.request.POST.get("about")
        return asked if asked in Appeal.About.values else Appeal.About.RESULT

    def get_crumbs(self):
        mine = self.seat.cohort.course_version.course.title, reverse("training:my_result", args=[self.seat.pk])
        return [(_("My training"), reverse("training:my_training")), mine]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"seat": self.seat, "about": self.about}

    def get_context_data(self, **kwargs):
        facts = _("%(cohort)s. Somebody who had no hand in it decides within %(n)s working days.") % {
            "cohort": self.seat.cohort,
            "n": appeals.WORKING_DAYS,
        }
        back = reverse("training:my_result", args=[self.seat.pk])
        return super().get_context_data(facts=facts, submit=_("Send the appeal"), cancel_url=back, **kwargs)

    def act(self, form):
        made = appeals.appeal(self.scope, enrolment=self.seat, about=self.about, **form.cleaned_data)
        messages.success(self.request, _("Your appeal is received."))
        return reverse("training:appeal", args=[made.pk])


class AppealList(ListDoor):
    """What is appealed, the first due first."""

    title = gettext_lazy("Appeals")
    may = staticmethod(policies.may_see_appeals)
    template_name = "training/appeals.html"
    default_sort = "due"
    columns = (
        Column("officer", gettext_lazy("Officer"), lambda a: str(a.enrolment.officer), sort="enrolment__officer__surname"),
        Column("cohort", gettext_lazy("Cohort"), lambda a: a.enrolment.cohort.code, sort="enrolment__cohort__code"),
        Column("about", gettext_lazy("About"), lambda a: a.get_about_display(), sort="about"),
        Column("made", pgettext_lazy("appeal", "Made"), lambda a: a.made_at.date(), sort="made_at"),
        Column("due", pgettext_lazy("deadline", "Due"), lambda a: a.due_on, sort="due_on"),
        Column("state", gettext_lazy("State"), lambda a: a.get_state_display(), sort="state"),
    )

    def base_queryset(self):
        found = Appeal.objects.visible_to(self.scope).select_related(
            "enrolment__officer", "enrolment__cohort__course_version__course"
        )
        return found if self.request.GET.get("all") or self.scope.role == "learner" else found.filter(state=Appeal.State.OPEN)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for one in context["object_list"]:
            one.late = one.state == Appeal.State.OPEN and one.due_on < self.scope.today
            one.days = (one.due_on - self.scope.today).days
        return context | {"all": bool(self.request.GET.get("all")), "learner": self.scope.role == "learner"}


class OfAppeal:
    """Mixin: `self.appeal`, fetched within the scope."""

    may = staticmethod(policies.may_see_appeals)
    allowed = None

    def prepare(self):
        found = Appeal.objects.select_related(
            "enrolment__officer__user", "enrolment__cohort__course_version__course", "session", "component", "decided_by", "correction"
        )  # fmt: skip
        self.appeal = fetch(found, self.scope, may=type(self).allowed, pk=self.kwargs["pk"])

    def get_crumbs(self):
        return [(_("Appeals"), reverse("training:appeals"))]

    def what(self):
        a = self.appeal
        if a.session:
            mark = Attendance.objects.filter(enrolment=a.enrolment, session=a.session).first()
            words = {"n": a.session.number, "mark": mark.get_mark_display() if mark else "–"}
            return _("Attendance in session %(n)s, marked: %(mark)s") % words
        row = AssessmentResult.objects.standing().filter(enrolment=a.enrolment, component=a.component).first()
        return f"{assessment.name_of(a.component)}: {completion.plain(row.score) if row else '–'}"


class AppealPage(OfAppeal, DetailDoor):
    template_name = "training/appeal.html"
    context_object_name = "appeal"

    def get_object(self, queryset=None):
        return self.appeal

    def get_title(self):
        return _("Appeal of %(officer)s") % {"officer": self.appeal.enrolment.officer}

    def get_context_data(self, **kwargs):
        scope, a = self.scope, self.appeal
        decides = a.state == Appeal.State.OPEN and policies.may_decide_appeal(scope, a)
        hand = decides and appeals.had_a_hand(scope.user, a)
        return super().get_context_data(
            what=self.what(),
            decides=decides and not hand,
            hand=hand,
            own=policies.may_appeal(scope, a.enrolment),
            open=a.state == Appeal.State.OPEN,
            late=a.state == Appeal.State.OPEN and a.due_on < scope.today,
            facts=str(a.enrolment.cohort),
            **kwargs,
        )


class DecideAppealForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("uphold", gettext_lazy("Uphold: put it right")), ("reject", gettext_lazy("Reject: it stays"))],
        widget=forms.RadioSelect,
    )
    mark = forms.ChoiceField(
        label=gettext_lazy("The right mark"), choices=[("", gettext_lazy("Choose")), *Attendance.Mark.choices], required=False
    )
    score = forms.DecimalField(
        label=gettext_lazy("The right score"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, help_text=gettext_lazy("The learner reads it.")
    )  # fmt: skip

    def __init__(self, *args, about, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["score" if about == Appeal.About.ATTENDANCE else "mark"]


class DecideAppeal(OfAppeal, FormDoor):
    title = gettext_lazy("Decide the appeal")
    allowed = staticmethod(policies.may_decide_appeal)
    template_name = "form.html"
    form_class = DecideAppealForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"about": self.appeal.about}

    def get_context_data(self, **kwargs):
        back = reverse("training:appeal", args=[self.appeal.pk])
        facts = f"{self.appeal.enrolment.officer}, {self.appeal.enrolment.cohort.code}. {self.what()}"
        return super().get_context_data(facts=facts, submit=_("Decide"), cancel_url=back, **kwargs)

    def act(self, form):
        said = dict(form.cleaned_data)
        decided = appeals.decide(self.scope, appeal=self.appeal, upheld=said.pop("decision") == "uphold", **said)
        messages.success(self.request, _("The appeal is decided; the learner is told."))
        return reverse("training:appeal", args=[decided.pk])


class WithdrawAppeal(OfAppeal, ActDoor):
    may = staticmethod(policies.may_see_own_training)
    done = gettext_lazy("The appeal is withdrawn.")

    def act(self):
        appeals.withdraw(self.scope, appeal=self.appeal)
        return reverse("training:appeal", args=[self.appeal.pk])
