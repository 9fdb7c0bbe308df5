"""Shapes of what coordinators send: cohorts, sessions, rooms, accreditations."""

import datetime as dt

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from centres.models import Cadre, Centre, Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.fields import CivilDate
from cse_portal.lib.templatetags.cse import span

from .forms import VersionChoice
from .models import Cohort, Course, CourseVersion, Room
from .services.agenda import ONLINE
from .services.clashes import Meeting

WHY = _("Needed only where a trainer or a room is in two places, is not accredited or is too small. Both calendars show it.")


def trainers_on(day, also=()):
    held = Membership.objects.on(day).filter(role=Role.TRAINER).values("user")
    return User.objects.filter(Q(pk__in=held) | Q(pk__in=list(also))).order_by("name")


class TrainersField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(queryset=User.objects.none(), label=_("Trainers"), required=False, **kwargs)


class RoomChoice(forms.ModelChoiceField):
    def label_from_instance(self, room):
        return _("%(room)s (%(n)s places)") % {"room": room, "n": room.capacity}


def bookable(on):
    return Room.objects.filter(Q(closed_on=None) | Q(closed_on__gt=on)).select_related("centre")


def campuses():
    return Centre.objects.filter(kind=Centre.Kind.CAMPUS, status=Centre.Status.OPERATIONAL)


class PlanFields(forms.Form):
    """When it is decided, and how long things stand."""

    minimum = forms.IntegerField(
        label=_("Held from"), min_value=1, max_value=500, required=False, help_text=_("How many officers it takes.")
    )
    decide_by = CivilDate(label=_("Go or no go by"), required=False, help_text=_("You are reminded a week before."))
    nominations_close_on = CivilDate(label=_("Last day to nominate"), required=False)
    offer_hours = forms.IntegerField(
        label=_("An offered seat stands, hours"), min_value=1, max_value=720, required=False, help_text=_("Left empty: 48.")
    )


def reason_field(help_text=WHY):
    return forms.CharField(label=_("Reason"), required=False, max_length=200, help_text=help_text)


class OpenCohortForm(PlanFields):
    course_version = VersionChoice(label=_("Course"), queryset=CourseVersion.objects.none())
    campus = forms.ModelChoiceField(label=_("Campus"), queryset=Centre.objects.none())
    starts_on = CivilDate(label=_("First day"), help_text=_("As 20 Nov 2026, 20/11/2026 or 2026-11-20."))
    ends_on = CivilDate(label=_("Last day"), required=False, help_text=_("Left empty: as many working days as the course takes."))
    capacity = forms.IntegerField(
        label=_("Places"), min_value=1, max_value=500, required=False, help_text=_("Left empty: as the course version says.")
    )
    room = RoomChoice(label=_("Room"), queryset=Room.objects.none(), required=False, empty_label=_("None yet, or online"))
    link = forms.URLField(
        label=_("Link"),
        required=False,
        assume_scheme="https",
        help_text=_("Where it is held online. Each session can be changed later."),
    )
    trainers = TrainersField()
    reason = reason_field()
    joining_notes = forms.CharField(
        label=_("Joining notes"),
        required=False,
        widget=forms.Textarea,
        max_length=2000,
        help_text=_("What to bring, where to report; part of the joining instructions."),
    )
    field_order = ["course_version", "campus", "starts_on", "ends_on", "capacity", "room", "link", "trainers", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        published = CourseVersion.objects.filter(state=CourseVersion.State.PUBLISHED)
        later = published.filter(course=OuterRef("course"), number__gt=OuterRef("number"))
        newest = published.filter(~Exists(later)).select_related("course").order_by("course__code")
        self.fields["course_version"].queryset = newest
        self.fields["campus"].queryset = campuses()
        self.fields["room"].queryset = bookable(clock.today())
        self.fields["trainers"].queryset = trainers_on(clock.today())

    def clean(self):
        said = super().clean()
        if said.get("starts_on") and said.get("course_version") and not said.get("ends_on"):
            said["ends_on"] = last_day(said["starts_on"], said["course_version"].days)
        if (room := said.get("room")) and said.get("campus") and room.centre_id != said["campus"].pk:
            self.add_error("room", _("The room is at another campus."))
        return said


def last_day(first, days):
    """The last working day of a course of so many days."""
    day, left = first, max(1, -(-days // 1)) - 1
    while left > 0:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return day


class ChangeCohortForm(PlanFields):
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=500)
    trainers = TrainersField()
    reason = reason_field()
    joining_notes = forms.CharField(label=_("Joining notes"), required=False, widget=forms.Textarea, max_length=2000)
    field_order = ["capacity", "minimum", "decide_by", "nominations_close_on", "offer_hours", "trainers", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["trainers"].queryset = trainers_on(clock.today(), also=self.initial.get("trainers", ()))

    def clean(self):
        """Numbers left empty, or not sent, stay as they are; days left empty are taken away where they were sent."""
        said = super().clean()
        for field in ("minimum", "offer_hours"):
            if said.get(field) is None:
                said.pop(field, None)
        for field in ("decide_by", "nominations_close_on"):
            if field not in self.data:
                said.pop(field, None)
        return said


class SessionForm(forms.Form):
    """One session; `uid` names the one that stands. A time to that is not after the time from is on the next day."""

    uid = forms.UUIDField(required=False, widget=forms.HiddenInput)
    on = CivilDate(label=_("Day"))
    starts = forms.TimeField(label=_("From"), widget=forms.TimeInput(format="%H:%M"))
    ends = forms.TimeField(label=pgettext_lazy("until", "To"), widget=forms.TimeInput(format="%H:%M"))
    room = forms.TypedChoiceField(label=_("Room"), required=False, empty_value=None)
    link = forms.URLField(label=_("Link"), required=False, assume_scheme="https")
    title = forms.CharField(label=_("Title"), required=False, max_length=120)
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def __init__(self, *args, rooms=(), **kwargs):
        super().__init__(*args, **kwargs)
        known = {str(room.pk): room for room in rooms}
        self.fields["room"].choices = [("", _("None")), *((pk, f"{r.name} ({r.capacity})") for pk, r in known.items())]
        self.fields["room"].coerce = known.get

    @property
    def value(self):
        said = self.cleaned_data
        start, end = (timezone.make_aware(dt.datetime.combine(said["on"], said[part])) for part in ("starts", "ends"))
        if end <= start:
            end += dt.timedelta(days=1)
        return Meeting(start, end, said["title"], said["room"], said["link"], said["uid"])


SessionForms = forms.formset_factory(SessionForm, extra=1, max_num=80)


class SessionsHead(forms.Form):
    """What is said once for all sessions."""

    starts_on = CivilDate(label=_("First day"), required=False)
    ends_on = CivilDate(label=_("Last day"), required=False)
    reason = reason_field(
        _(
            "Needed only where a room, a trainer or an officer would be in two places, or a room is too small. It is shown with it."
        )
    )


class ConfirmCohortForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, help_text=_("Needed when fewer officers have a seat than it takes.")
    )


class OtherCohort(forms.ModelChoiceField):
    def label_from_instance(self, cohort):
        return _("%(cohort)s, %(campus)s, %(dates)s: %(free)s free") % {
            "cohort": cohort.code,
            "campus": cohort.campus,
            "dates": span(cohort.starts_on, cohort.ends_on),
            "free": cohort.free,
        }


class CancelCohortForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
    rebook_to = OtherCohort(
        label=_("Offered instead"),
        queryset=Cohort.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("Each MDA chooses whether its officers move there."),
    )

    def __init__(self, *args, others, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rebook_to"].queryset = others


class CalendarForm(forms.Form):
    cadre = forms.ModelChoiceField(
        label=_("CSE cadre"), queryset=Cadre.objects.all(), to_field_name="code", required=False, empty_label=_("All cadres")
    )
    campus = forms.ChoiceField(label=_("Where"), required=False)
    free = forms.BooleanField(label=_("Only with free seats"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        places = Centre.objects.filter(kind=Centre.Kind.CAMPUS).order_by("name").values_list("code", "name")
        self.fields["campus"].choices = [("", _("All campuses and online")), *places, (ONLINE, _("Live online"))]


class RoomForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=2000)
    notes = forms.CharField(label=_("Equipment and access"), max_length=200, required=False)


class AddRoomForm(RoomForm):
    centre = forms.ModelChoiceField(
        label=_("Campus"), queryset=Centre.objects.none(), to_field_name="code", empty_label=_("Choose")
    )
    field_order = ["centre"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["centre"].queryset = campuses()


class CloseRoomForm(forms.Form):
    on = CivilDate(
        label=_("Closed from"), required=False, help_text=_("The first day on which it cannot be booked. Left empty: it is open.")
    )


class AccreditForm(forms.Form):
    user = forms.ModelChoiceField(label=_("Trainer"), queryset=User.objects.none(), empty_label=_("Choose"))
    course = forms.ModelChoiceField(
        label=_("Course"), queryset=Course.objects.all(), to_field_name="code", empty_label=_("Choose")
    )
    first = CivilDate(label=_("First day"))
    last = CivilDate(label=_("Last day"), required=False, help_text=_("Left empty: until it is ended."))
    authority = forms.CharField(
        label=_("By whose authority"), max_length=200, required=False, help_text=_("Letter or minute, with its date.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = trainers_on(clock.today())


class EndAccreditationForm(forms.Form):
    last = CivilDate(label=_("Last day"))
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RebookForm(forms.Form):
    officers = forms.MultipleChoiceField(
        label=_("Who moves"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Choose at least one officer.")}
    )

    def __init__(self, *args, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officers"].choices = [(str(e.pk), f"{e.officer}, {e.organisation}") for e in seats]
        self.fields["officers"].initial = [str(e.pk) for e in seats]
