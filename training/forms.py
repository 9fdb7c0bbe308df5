"""Shapes of what people send: cohorts, sessions, officers chosen, marks, results, reasons."""

import re

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from centres.models import Cadre, Officer, Organisation, Role
from cse_portal.lib.fields import CivilDate
from cse_portal.lib.templatetags.cse import span

from .models import Cohort, Course, CourseVersion, Requirement
from .models.framework import LONGEST_GRACE
from .services import placing


class VersionChoice(forms.ModelChoiceField):
    def label_from_instance(self, version):
        return f"{version.course.code} v{version.number}, {version.course.title}"


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


# Requirements.


class DraftForm(forms.Form):
    title = forms.CharField(label=_("What changes"), max_length=200, help_text=_("As readers of the record will know it."))
    authority = forms.CharField(
        label=_("By whose authority"),
        max_length=300,
        required=False,
        help_text=_("Circular, directive or decision, with its number and date. Needed to publish, not to try."),
    )


class RuleChoice(forms.ModelChoiceField):
    def label_from_instance(self, rule):
        return f"{rule}, {rule.organisation or _('everywhere')}, {rule.due_within_days} d"


class RequireForm(forms.Form):
    cadre = forms.ModelChoiceField(Cadre.objects.all(), label=_("CSE cadre"), to_field_name="code", empty_label=_("Choose"))
    course = forms.ModelChoiceField(Course.objects.all(), label=_("Course"), to_field_name="code", empty_label=_("Choose"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("MDA"),
        to_field_name="code",
        required=False,
        empty_label=_("Everywhere"),
        help_text=_("The MDA and all below it, as the tree is on each day."),
    )
    first = CivilDate(label=_("Required from"))
    until = CivilDate(label=_("No longer required from"), required=False, help_text=_("Left empty: for good."))
    due_within_days = forms.IntegerField(
        label=_("Due within days"),
        min_value=0,
        max_value=LONGEST_GRACE,
        initial=90,
        help_text=_("Of the first day on which the course is required of the officer. 0: overdue at once."),
    )

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.in_being(on)


class EndForm(forms.Form):
    requirement = RuleChoice(Requirement.objects.none(), label=_("Rule"), empty_label=_("Choose"))
    on = CivilDate(label=_("No longer required from"))

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        open_rules = Requirement.objects.filter(in_force__isempty=False).filter(
            Q(in_force__endswith=None) | Q(in_force__endswith__gt=on)
        )
        self.fields["requirement"].queryset = open_rules.select_related("cadre", "course", "organisation").order_by(
            "cadre__sequence", "course__title", "pk"
        )


class EditionForm(EndForm):
    on = CivilDate(label=_("From"))
    due_within_days = forms.IntegerField(label=_("Due within days"), min_value=0, max_value=LONGEST_GRACE)


# Waivers and prior training.


class WaiverForm(forms.Form):
    officers = forms.CharField(
        label=_("Officers"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Personal numbers, UPNs or references of officers of your MDA, one a line."),
    )
    first = CivilDate(label=_("First day"))
    last = CivilDate(label=_("Last day"), help_text=_("A waiver must end. The requirement returns by itself on the next day."))
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.scope = scope

    def clean_officers(self):
        """The officers meant; each line names exactly one of those in sight."""
        found, wrong = {}, []
        for line in filter(None, (part.strip() for part in re.split(r"[\n,;]", self.cleaned_data["officers"]))):
            meant = list(Officer.objects.visible_to(self.scope).found(line)[:2])
            if len(meant) == 1:
                found[meant[0].pk] = meant[0]
            elif meant:
                wrong.append(_("“%(line)s” means several officers; give the personal number.") % {"line": line})
            else:
                wrong.append(_("Nobody in your MDA is “%(line)s”.") % {"line": line})
        if wrong:
            raise forms.ValidationError(wrong[:10])
        return list(found.values())


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed to refuse. It is told to whoever asked.")
    )

    def __init__(self, *args, outcomes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = outcomes


class EndWaiverForm(forms.Form):
    on = CivilDate(label=_("No longer waived from"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class PriorTrainingForm(forms.Form):
    officer = forms.CharField(label=_("Officer"), max_length=100, help_text=_("Personal number, UPN or reference."))
    course_version = VersionChoice(
        label=_("Counts as"),
        queryset=CourseVersion.objects.none(),
        help_text=_("The course that it stands for, if it is verified."),
        empty_label=_("Choose"),
    )
    provider = forms.CharField(label=_("Provider"), max_length=200, help_text=_("The school or institution that taught it."))
    title = forms.CharField(label=_("Title as on the certificate"), max_length=200)
    on = CivilDate(label=_("Completed on"))
    last_day = CivilDate(
        label=_("Last day it is valid"), required=False, help_text=_("Left empty: as long as the course that it counts as.")
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        help_text=_("The certificate or letter, as PDF, JPEG or PNG, up to 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={"required": _("Choose the file that proves it."), "empty": _("The file is empty.")},
    )

    def __init__(self, *args, scope, **kwargs):
        super().__init__(*args, **kwargs)
        self.scope = scope
        later = CourseVersion.objects.published().filter(course=OuterRef("course"), number__gt=OuterRef("number"))
        newest = CourseVersion.objects.published().filter(~Exists(later)).select_related("course").order_by("course__code")
        self.fields["course_version"].queryset = newest
        if scope.role == Role.LEARNER:
            del self.fields["officer"]

    def clean_officer(self):
        meant = list(Officer.objects.visible_to(self.scope).found(self.cleaned_data["officer"])[:2])
        if len(meant) != 1:
            raise forms.ValidationError(
                _("This means several officers; give the personal number.")
                if meant
                else _("Nobody in your MDA is found by this.")
            )
        return meant[0]


class CohortChoices(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, cohort):
        return _("%(course)s, %(campus)s, %(dates)s: %(free)s free (%(code)s)") % {
            "course": cohort.course_version.course.title,
            "campus": cohort.campus.name,
            "dates": span(cohort.starts_on, cohort.ends_on),
            "free": cohort.free,
            "code": cohort.code,
        }


class ManyIntoCohorts(forms.Form):
    """Cohorts that suit the CSE cadres of the officers chosen."""

    cohorts = CohortChoices(
        label=_("Into which cohorts"),
        queryset=Cohort.objects.none(),
        help_text=_("Seats are given to the overdue first, and in the earliest cohort first."),
        error_messages={"required": _("Choose at least one cohort.")},
    )
    wait = forms.BooleanField(label=_("Put those without a seat on the waiting list of the earliest cohort"), required=False)

    def __init__(self, *args, scope, officers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cohorts"].queryset = placing.suitable_cohorts(scope, officers)


class ManyReminded(forms.Form):
    """Nothing to fill in: what is said follows from what each officer lacks."""


class ManyWaived(forms.Form):
    first = CivilDate(label=_("First day"), help_text=_("As 20 Nov 2026, 20/11/2026 or 2026-11-20."))
    last = CivilDate(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)
