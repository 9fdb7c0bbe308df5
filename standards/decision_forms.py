"""Shapes of what is said between a report and the decision."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Decision, PanelVote, Recommendation, TechnicalReview


class RecommendForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Recommendation"), choices=Recommendation.Outcome.choices, widget=forms.RadioSelect)
    reasons = forms.CharField(label=_("Reasons"), max_length=5000, widget=forms.Textarea, help_text=_("Read by the reviewer and the panel"))


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=TechnicalReview.Outcome.choices, widget=forms.RadioSelect)
    notes = forms.CharField(label=_("What was checked"), max_length=5000, widget=forms.Textarea)


class VoteForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Recommendation"), choices=PanelVote.Outcome.choices, widget=forms.RadioSelect)
    reasons = forms.CharField(label=_("Reasons"), max_length=5000, widget=forms.Textarea, help_text=_("Read by the panel and kept in the record"))


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=Decision.Outcome.choices, widget=forms.RadioSelect)
    scope_text = forms.CharField(label=_("Scope shown on the certificate"), max_length=300, required=False)
    reasons = forms.CharField(label=_("Reasons"), max_length=5000, widget=forms.Textarea, help_text=_("Kept in the record and sent to the MDA"))
    sure = forms.BooleanField(label=_("I have read the case, and know that the decision cannot be edited."))
