"""Shapes of what those who keep the Standard type."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cse_portal.lib.fields import CivilDate

from .edition_check import CODE, LONG
from .models import Edition, Element


class PublishForm(forms.Form):
    version = forms.CharField(
        label=_("Name of the edition"), max_length=40, help_text=_("As audits and certificates will quote it, for example 1.0")
    )
    in_force_on = CivilDate(
        label=_("In force from"),
        required=False,
        help_text=_("First day on which audits are planned under it. Left empty: today."),
    )
    transition_until = CivilDate(
        label=_("Transition until"), required=False,
        help_text=_("Last day on which an audit may still be planned under the edition before. Left empty: none is, once this one is in force."),
    )  # fmt: skip


class NameForm(forms.Form):
    version = forms.CharField(label=_("Name of the draft"), max_length=40, help_text=_("For example 2.0-draft"))


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("YAML or Excel, in the shape of an exported edition"), allow_empty_file=True
    )
    version = forms.CharField(
        label=_("Name of the draft"), max_length=40, required=False, help_text=_("Left empty: the name in the file. A draft of that name is corrected.")
    )  # fmt: skip


class ElementForm(forms.Form):
    code = forms.RegexField(
        CODE.pattern, label=_("Code"), max_length=8, help_text=_("For example 1.1.4. It cannot be changed later.")
    )
    criterion = forms.ChoiceField(label=_("Criterion"))
    title = forms.CharField(label=_("Title"), max_length=200)
    requirement = forms.CharField(label=_("What is required"), max_length=LONG, widget=forms.Textarea(attrs={"rows": 4}))
    guidance = forms.CharField(
        label=_("What to look at"), max_length=LONG, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence_types = forms.CharField(label=_("Kinds of evidence"), required=False, help_text=_("Separated by semicolons"))
    weight = forms.IntegerField(label=_("Weight"), min_value=0, max_value=100, initial=1)
    critical = forms.BooleanField(label=_("Critical: unmet, it blocks certification"), required=False)
    applies_to = forms.ChoiceField(label=_("Rated at"), choices=Element.AppliesTo.choices)

    def __init__(self, *args, criteria, element=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].choices = [(c.code, f"{c.code} {c.name}") for c in criteria]
        if element:
            del self.fields["code"]
            self.initial = {name: getattr(element, name) for name in self.fields} | {
                "criterion": element.criterion.code,
                "evidence_types": "; ".join(element.evidence_types),
            }

    def document(self):
        """The fields as a document of an edition has them."""
        given = self.cleaned_data
        return given | {"evidence_types": [part.strip() for part in given["evidence_types"].split(";") if part.strip()]}


class CompareForm(forms.Form):
    old = forms.ModelChoiceField(Edition.objects.none(), label=_("From"), empty_label=None)
    new = forms.ModelChoiceField(Edition.objects.none(), label=pgettext_lazy("until", "To"), empty_label=None)

    def __init__(self, *args, editions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["old"].queryset = self.fields["new"].queryset = editions


class MapForm(forms.Form):
    new = forms.ModelMultipleChoiceField(
        Element.objects.none(), label=_("Became"), required=False, widget=forms.SelectMultiple(attrs={"size": 12}),
        help_text=_("Several where it was divided; none where it was dropped"),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args, elements, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new"].queryset = elements
