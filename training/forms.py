"""Shapes of what people send: cohorts, sessions, officers chosen, marks, results, reasons."""

import datetime as dt

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from centres.models import Centre, Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate

from .models import Attendance, CourseVersion


class VersionChoice(forms.ModelChoiceField):
    def label_from_instance(self, version):
        return f"{version.course.code} v{version.number}, {version.course.title}"


class TrainersField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(queryset=User.objects.none(), label=_("Trainers"), required=False, **kwargs)

    @staticmethod
    def people(on, also=()):
        held = Membership.objects.on(on).filter(role=Role.TRAINER).values("user")
        return User.objects.filter(Q(pk__in=held) | Q(pk__in=list(also))).order_by("name")


class OpenCohortForm(forms.Form):
    course_version = VersionChoice(label=_("Course"), queryset=CourseVersion.objects.none())
    campus = forms.ModelChoiceField(
        label=_("Campus"), queryset=Centre.objects.filter(kind=Centre.Kind.CAMPUS, status=Centre.Status.OPERATIONAL)
    )
    starts_on = CivilDate(label=_("First day"), help_text=_("As 20 Nov 2026, 20/11/2026 or 2026-11-20."))
    ends_on = CivilDate(label=_("Last day"), required=False, help_text=_("Left empty: as many working days as the course takes."))
    capacity = forms.IntegerField(
        label=_("Places"), min_value=1, max_value=500, required=False, help_text=_("Left empty: as the course version says.")
    )
    trainers = TrainersField()
    joining_notes = forms.CharField(
        label=_("Joining notes"),
        required=False,
        widget=forms.Textarea,
        max_length=2000,
        help_text=_("What to bring, where to report; part of the joining instructions."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        later = CourseVersion.objects.filter(course=OuterRef("course"), number__gt=OuterRef("number"))
        newest = CourseVersion.objects.filter(~Exists(later)).select_related("course").order_by("course__code")
        self.fields["course_version"].queryset = newest
        self.fields["trainers"].queryset = TrainersField.people(clock.today())

    def clean(self):
        said = super().clean()
        if said.get("starts_on") and said.get("course_version") and not said.get("ends_on"):
            said["ends_on"] = last_day(said["starts_on"], said["course_version"].days)
        return said


def last_day(first, days):
    """The last working day of a course of so many days."""
    day, left = first, max(1, -(-days // 1)) - 1
    while left > 0:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return day


class ChangeCohortForm(forms.Form):
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=500)
    trainers = TrainersField()
    joining_notes = forms.CharField(label=_("Joining notes"), required=False, widget=forms.Textarea, max_length=2000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["trainers"].queryset = TrainersField.people(clock.today(), also=self.initial.get("trainers", ()))


class SessionForm(forms.Form):
    on = CivilDate(label=_("Day"))
    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(format="%H:%M"))
    ends = forms.TimeField(label=_("To"), widget=forms.TimeInput(format="%H:%M"))
    title = forms.CharField(label=_("Title"), required=False, max_length=120)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    @property
    def value(self):
        said = self.cleaned_data
        instants = [timezone.make_aware(dt.datetime.combine(said["on"], said[part])) for part in ("starts", "ends")]
        return (*instants, said["title"])


SessionForms = forms.formset_factory(SessionForm, extra=1, max_num=80)


class EnrolForm(forms.Form):
    """Officers by their public references; many boxes ticked."""

    officers = forms.MultipleChoiceField(label=_("Officers"), error_messages={"required": _("Choose at least one officer.")})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officers"].choices = [(ref, ref) for ref in self.data.getlist("officers")] if self.is_bound else []


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_(
            "Whoever checks the certificate sees that it is revoked and when; the reason is told to the holder and kept in the trail."
        ),
    )


class VerifyForm(forms.Form):
    code = forms.CharField(
        label=_("Certificate code"), max_length=400, help_text=_("For example 7K2M9-QWERT-YUPAS-DFGHJ. It is beside the QR code.")
    )


def read_marks(data, enrolments):
    """{enrolment id: mark} of a posted register: `mark-<id>`; `all=present` gives present to those not marked otherwise."""
    marks, known = {}, set(Attendance.Mark.values)
    for pk in enrolments:
        mark = data.get(f"mark-{pk}", "")
        if mark in known:
            marks[pk] = mark
        elif data.get("all") == Attendance.Mark.PRESENT:
            marks[pk] = Attendance.Mark.PRESENT
    return marks
