"""What an officer writes who asks for a correction."""

from django import forms
from django.utils.translation import gettext_lazy as _

from centres.upkeep_forms import PersonFields

from .services import corrections


class AskForCorrectionForm(PersonFields):
    """The record as it is: the officer changes what is wrong."""

    reason = forms.CharField(
        label=_("What is wrong"), max_length=300, help_text=_("For example: my surname is spelt as on my national ID.")
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("For a name or a personal number: the document that shows it, as PDF, JPEG or PNG, up to 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
    field_order = [*corrections.FIELDS, "reason", "evidence"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["upn"]
        self.fields["personal_no"].help_text = _("As on your payslip.")

    def values(self):
        return {name: self.cleaned_data[name] for name in corrections.FIELDS}
