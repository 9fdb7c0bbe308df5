"""Shapes of what coordinators send about courses: a draft with its parts and levels, materials, links between courses."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .curriculum import FIELDS, words
from .models import AssessmentComponent, Competency, Course, CourseVersion, Level

PARTS_MORE = 2  # empty rows for new parts


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


class DraftVersionForm(forms.Form):
    mode = forms.ChoiceField(label=_("Mode"), choices=CourseVersion.Mode.choices)
    days = forms.DecimalField(label=_("Days"), min_value=0, max_digits=4, decimal_places=1)
    summary = forms.CharField(label=_("What it covers"), required=False, max_length=4000, widget=forms.Textarea)
    competencies = forms.CharField(
        label=_("What is learned"), required=False, max_length=6000, widget=forms.Textarea, help_text=_("One a line.")
    )
    assessed = forms.TypedChoiceField(
        label=pgettext_lazy("course", "Decided by"),
        choices=[("yes", _("Assessment and attendance")), ("no", _("Attendance alone"))],
        coerce=lambda value: value == "yes",
    )
    assessment = forms.CharField(label=_("Assessment in words"), required=False, max_length=200)
    moderated = forms.TypedChoiceField(
        label=_("Results"),
        choices=[("yes", _("Checked by a second person before release")), ("no", _("Released as they are entered"))],
        coerce=lambda value: value == "yes",
    )
    pass_mark = forms.IntegerField(label=_("Pass mark"), min_value=0, max_value=100)
    minimum_attendance = forms.IntegerField(label=_("Attendance needed, %"), min_value=0, max_value=100)
    capacity = forms.IntegerField(label=_("Places in a cohort"), min_value=1, max_value=500)
    validity_months = forms.IntegerField(
        label=_("Certificate valid, months"), min_value=0, max_value=600, help_text=_("0: no certificate is given.")
    )
    changes = forms.CharField(
        label=_("What changed since the version before"),
        required=False,
        max_length=4000,
        widget=forms.Textarea,
        help_text=_("Readers see it beside the version; publishing needs it."),
    )

    @staticmethod
    def initial_of(version):
        said = {name: getattr(version, name) for name in [*FIELDS, "changes"]}
        said["competencies"], said["days"] = "\n".join(version.competencies), words(version, "days")
        return said | {name: "yes" if said[name] else "no" for name in ("assessed", "moderated")}

    def clean_competencies(self):
        found = lines(self.cleaned_data["competencies"])
        if any(len(line) > 200 for line in found):
            raise forms.ValidationError(_("A line has at most 200 characters."))
        return found


class ComponentForm(forms.Form):
    """A part of the assessment; a row without a name is no part."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AssessmentComponent.Kind.choices, required=False, initial="test")
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    weight = forms.IntegerField(label=_("Counts, %"), min_value=0, max_value=100, required=False)
    pass_mark = forms.IntegerField(label=_("Pass mark of this part"), min_value=0, max_value=100, required=False)
    rubric = forms.CharField(
        label=_("Criteria and points"), required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    @staticmethod
    def initial_of(part):
        rubric = "\n".join(f"{row['name']} {row['most']}" for row in part.rubric)
        return {"kind": part.kind, "name": part.name, "weight": part.weight, "pass_mark": part.pass_mark, "rubric": rubric}

    def clean_rubric(self):
        found = []
        for line in lines(self.cleaned_data["rubric"]):
            name, _space, most = line.rpartition(" ")
            if not name or not most.isdigit():
                raise forms.ValidationError(_("Write a criterion a line, and its highest points at the end: Greeting 10"))
            found.append({"name": name.strip(" :"), "most": int(most)})
        return found

    def clean(self):
        said = super().clean()
        if not said.get("name") and (said.get("weight") or said.get("rubric")):
            self.add_error("name", _("Give the part a name."))
        return said

    @property
    def cells(self):
        """Its fields in the order of the table."""
        return [self[name] for name in ("name", "kind", "weight", "pass_mark", "rubric")]

    @property
    def part(self):
        said = self.cleaned_data
        return {**said, "weight": said["weight"] or 0} if said.get("name") else None


ComponentForms = forms.formset_factory(ComponentForm, extra=PARTS_MORE, max_num=12)


class TaughtForm(forms.Form):
    """The level of each competency: one field for each."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [("", _("Not taught")), *Level.choices]
        for one in Competency.objects.all():
            self.fields[f"competency_{one.pk}"] = forms.TypedChoiceField(
                label=one.name, choices=choices, required=False, coerce=int, empty_value=None
            )

    @staticmethod
    def initial_of(version):
        return {f"competency_{pk}": level for pk, level in version.taught.values_list("competency", "level")}

    @property
    def taught(self):
        return {int(name.removeprefix("competency_")): level for name, level in self.cleaned_data.items() if level}


class PublishForm(forms.Form):
    sure = forms.BooleanField(label=_("I have read what it says, and know that it can never be changed."))


class MaterialForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=150)
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, JPEG, PNG, text, CSV, XLSX or DOCX without macros, up to 25 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.txt,.csv,.xlsx,.docx"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    trainers_only = forms.BooleanField(label=_("For trainers only"), required=False)


class LinksForm(forms.Form):
    """Courses that come before a course, or count in its place."""

    accepted = forms.ModelMultipleChoiceField(
        label=_("Courses"), queryset=Course.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, course, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["accepted"].queryset = Course.objects.exclude(pk=course.pk).order_by("code")
        self.fields["accepted"].label_from_instance = lambda c: f"{c.code}, {c.title}"
