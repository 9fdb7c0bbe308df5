"""Shapes of what people type about a report."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Comments"), widget=forms.Textarea(attrs={"rows": 8}), help_text=_("Kept as written, and printed in the final report."))


class AddendumForm(forms.Form):
    text = forms.CharField(label=_("Addendum"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("Signed, and cannot be changed afterwards. The report itself stays as it is."))
