"""Shapes of what people send about findings."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cse_portal.lib.fields import CivilDate
from cse_portal.lib.templatetags.cse import filesizeformat

from .evidence_forms import EvidenceFields
from .models import Dispute, Finding, Rating

GRADES = Finding.Grade.choices


def words(label, rows=4, required=True, **more):
    return forms.CharField(label=label, max_length=5000, required=required, widget=forms.Textarea(attrs={"rows": rows}), **more)


class RaiseForm(forms.Form):
    grade = forms.ChoiceField(label=_("Grade"), choices=list(reversed(GRADES)), widget=forms.RadioSelect)
    statement = words(_("What you found"))
    evidence = forms.ModelMultipleChoiceField(None, label=_("Evidence that shows it"), widget=forms.CheckboxSelectMultiple)
    falsified = forms.BooleanField(label=_("Evidence was falsified: always a major nonconformity"), required=False)

    def __init__(self, *args, evidence, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["evidence"].queryset = evidence
        self.fields["evidence"].label_from_instance = lambda piece: f"{piece.element.code}: {piece.get_kind_display()}, {piece}"


class GradeForm(forms.Form):
    grade = forms.ChoiceField(label=_("Grade"), choices=list(reversed(GRADES)), widget=forms.RadioSelect)
    reason = words(_("Why"), 3, help_text=_("Kept beside the grade that the Standard's rule gives"))


class DisputeForm(forms.Form):
    reason = words(_("Why you dispute it"), help_text=_("Someone who took no part in the audit decides"))


class ReplyForm(forms.Form):
    text = words(_("Your reply"), help_text=_("Kept with the finding as you write it"))


class PlanForm(forms.Form):
    correction = words(_("Correction"), 3, help_text=_("What you put right at once"))
    root_cause = words(_("Root cause"), 3, help_text=_("Why it happened"))
    action = words(_("Corrective action"), 3, help_text=_("What keeps it from happening again"))
    owner = forms.CharField(label=_("Who does it"), max_length=200, help_text=_("Name and office"))
    due_on = CivilDate(label=_("Done by"), help_text=_("For example 20 Nov 2026"))


class EvidenceForm(EvidenceFields):
    field_order = ["upload", "note", "kind", "n", "collected_on", "covers_from", "covers_to", "replaces", "complete"]

    complete = forms.BooleanField(label=_("This is all: the auditors may verify"), required=False)

    def __init__(self, *args, held=(), may_complete=True, **kwargs):
        super().__init__(*args, held=held, **kwargs)
        types = _("PDF, PNG, JPEG, XLSX, DOCX, text or CSV, at most %(limit)s each and 20 at once.")
        self.fields["upload"].help_text = types % {"limit": filesizeformat(settings.EVIDENCE_MAX_BYTES)}
        self.fields["collected_on"].help_text = _("For example 20 Nov 2026")
        if not held:
            self.fields["replaces"].widget = forms.HiddenInput()
        if not may_complete:
            self.fields["complete"].widget = forms.HiddenInput()

    def clean(self):
        data = super().clean()
        if not self.errors and not self.has_evidence() and not data.get("complete"):
            self.add_error("upload", _("Choose a file or write a note."))
        return data


class ReviewForm(forms.Form):
    accept = forms.TypedChoiceField(
        label=_("The plan"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("Accept it")), ("no", _("Return it"))],
    )  # fmt: skip
    note = words(_("Note"), 3, required=False, help_text=_("Needed when you return it"))


class VerifyForm(forms.Form):
    """`elements`: {element: (rating, values it may be lifted to)}, one field each. A correction is accepted once, so its ratings are chosen then."""

    SAME = "same"
    accept = forms.TypedChoiceField(
        label=_("What you found"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("It is done and works")), ("no", _("It is not enough"))],
    )  # fmt: skip
    note = words(_("What you looked at"), 3)

    def __init__(self, *args, elements=None, **kwargs):
        super().__init__(*args, **kwargs)
        for element, (before, values) in (elements or {}).items():
            choices = [("", _("Choose")), (self.SAME, _("As at submission")), *((value.value, value.label) for value in values)]
            label = _("New rating of %(code)s, which was: %(rating)s") % {"code": element.code, "rating": dict(Rating.Value.choices)[before]}
            self.fields[f"rating_{element.code}"] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean(self):
        data = super().clean()
        for name in self.fields:
            if data.get("accept") and name.startswith("rating_") and not data.get(name) and name not in self.errors:
                self.add_error(name, _("Choose the rating of %(code)s after the correction; it is not asked again.") % {"code": name.removeprefix("rating_")})
        return data

    def ratings(self):
        """{code: new rating} of those that are lifted."""
        return {name.removeprefix("rating_"): value for name, value in self.cleaned_data.items() if name.startswith("rating_") and value not in ("", self.SAME)}


class EffectForm(forms.Form):
    accept = forms.TypedChoiceField(
        label=_("What you found"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("The correction has lasted")), ("no", _("It has not lasted: open the finding again"))],
    )  # fmt: skip
    note = words(_("What you looked at"), 3)


class DecideDisputeForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=Dispute.Outcome.choices, widget=forms.RadioSelect)
    grade = forms.ChoiceField(label=_("New grade"), required=False)
    reason = words(_("Reasons"), help_text=_("Kept in the record and sent to the MDA"))

    def __init__(self, *args, grades, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [("", _("As it is")), *((grade.value, grade.label) for grade in grades)]

    def clean(self):
        data = super().clean()
        if data.get("grade") and data.get("outcome", Dispute.Outcome.REGRADED) != Dispute.Outcome.REGRADED:
            self.add_error("grade", _("Leave the grade as it is, or decide on another grade."))
        return data


class VisitForm(forms.Form):
    day = CivilDate(label=_("Day of the visit"), help_text=_("For example 20 Nov 2026"))
    reason = words(_("Why"), 3)
