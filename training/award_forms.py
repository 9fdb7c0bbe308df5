"""Shapes of what people send about certificates, and what their lists are narrowed by."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from centres.models import Officer, Organisation
from cse_portal.lib import clock

from .models import Certificate, CertificateAct, Cohort

PDF_MOST = 2 * 1024 * 1024  # bytes; ours are about 60 kB


class CertificateActForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is asked"), choices=CertificateAct.Kind.choices, widget=forms.RadioSelect)
    first_number = forms.CharField(label=_("Number, or first number"), max_length=20, help_text=_("For example CSE-2026-000123."))
    last_number = forms.CharField(
        label=_("Last number"), max_length=20, required=False, help_text=_("Left empty: this one certificate only.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Told to the holders and kept in the trail. Whoever checks a certificate sees its state and the day only."),
    )


class DecideActForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"), choices=[("agree", _("Agree")), ("refuse", _("Refuse"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False, help_text=_("Needed where you refuse."))


class VerifyForm(forms.Form):
    code = forms.CharField(
        label=_("Certificate code"), max_length=400, help_text=_("For example 7K2M9-QWERT-YUPAS-DFGHJ. It is beside the QR code.")
    )


class VerifyFileForm(forms.Form):
    file = forms.FileField(label=_("PDF of a certificate"), help_text=_("At most 2 MB. It is compared and not kept."))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > PDF_MOST:
            raise forms.ValidationError(_("The file is larger than 2 MB."), code="too_large")
        return file


class CertificateFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("Number, code or name"), method="find")
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[*Certificate.State.choices, ("expired", _("Expired"))],
        method="in_state",
        empty_label=_("All states"),
    )
    mda = filters.ModelChoiceFilter(
        label=_("MDA"), queryset=Organisation.objects.all(), to_field_name="code", method="of_mda", empty_label=_("All MDAs")
    )
    cohort = filters.CharFilter(label=_("Cohort"), method="of_cohort")
    order = ["q", "state", "mda", "cohort"]

    class Meta:
        model = Certificate
        fields = []

    def find(self, queryset, name, value):
        value = value.strip()
        if any(ch.isdigit() for ch in value):
            return queryset.filter(Q(number__startswith=value.upper()) | Q(code=value.upper()))
        return queryset.filter(Q(holder__icontains=value) | Q(completion__officer__in=Officer.objects.found(value)))

    def in_state(self, queryset, name, value):
        today = clock.today()
        if value == "expired":
            return queryset.filter(state=Certificate.State.VALID, expires_on__lte=today)
        found = queryset.filter(state=value)
        return found.filter(Q(expires_on=None) | Q(expires_on__gt=today)) if value == Certificate.State.VALID else found

    def of_mda(self, queryset, name, value):
        return queryset.filter(
            completion__officer__postings__organisation=value, completion__officer__postings__during__contains=clock.today()
        )

    def of_cohort(self, queryset, name, value):
        return queryset.filter(completion__enrolment__cohort__in=Cohort.objects.filter(code__iexact=value.strip()))


class CertificateActFilter(filters.FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=CertificateAct.State.choices, empty_label=_("All states"))
    kind = filters.ChoiceFilter(label=_("What is asked"), choices=CertificateAct.Kind.choices, empty_label=_("All"))

    class Meta:
        model = CertificateAct
        fields = []
