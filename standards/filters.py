"""What lists of audits, findings and certifications are narrowed by; the same for pages and API."""

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from centres.models import Centre, County, Organisation

from .models import Audit, Certification, Edition, Finding, SelfAssessment, SubmittedEvidence


class AuditFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("MDA, centre or number"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=Audit.State.choices, empty_label=_("All states"))
    edition = filters.ModelChoiceFilter(label=_("Edition"), queryset=Edition.objects.exclude(state=Edition.State.DRAFT), empty_label=_("All editions"))

    class Meta:
        model = Audit
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(
            Q(ref__icontains=value) | Q(organisation__name__icontains=value) | Q(organisation__code__iexact=value) | Q(centre__name__icontains=value)
        )


class FindingFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("MDA, centre or audit"), method="find")
    grade = filters.ChoiceFilter(label=_("Grade"), choices=Finding.Grade.choices, empty_label=_("All grades"))
    state = filters.ChoiceFilter(label=_("State"), choices=Finding.State.choices, empty_label=_("All states"))
    only = filters.ChoiceFilter(
        label=_("Only"), choices=[("mine", _("Waiting for me")), ("overdue", _("Overdue")), ("open", _("Not closed"))], empty_label=_("All findings"), method="of_those"
    )
    audit = filters.CharFilter(label=_("Audit"), field_name="audit__ref", widget=forms.HiddenInput)

    class Meta:
        model = Finding
        fields = []

    def of_those(self, queryset, name, value):
        scope = self.request.scope
        if value == "mine":
            return queryset.filter(pk__in=Finding.objects.waiting_for(scope).values("pk"))
        if value == "overdue":
            return queryset.filter(pk__in=Finding.objects.overdue(scope.today).values("pk"))
        return queryset.answered().exclude(state__in=Finding.CLOSED)

    def find(self, queryset, name, value):
        return queryset.filter(Q(audit__ref__icontains=value) | Q(audit__organisation__name__icontains=value) | Q(site__centre__name__icontains=value))


class SentEvidenceFilter(filters.FilterSet):
    FOR = [("self_assessment", _("Self-assessment")), ("finding", _("Correction of a finding"))]

    q = filters.CharFilter(label=_("MDA, centre or audit"), method="find")
    of = filters.ChoiceFilter(label=_("Sent for"), choices=FOR, empty_label=_("Everything"), method="sent_for")

    class Meta:
        model = SubmittedEvidence
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(audit__ref__icontains=value) | Q(audit__organisation__name__icontains=value) | Q(site__centre__name__icontains=value))

    def sent_for(self, queryset, name, value):
        return queryset.filter(finding__isnull=value == "self_assessment")


class SelfAssessmentFilter(filters.FilterSet):
    STATES = [("waiting", _("Not submitted")), ("late", _("Overdue")), ("submitted", _("Submitted"))]

    q = filters.CharFilter(label=_("MDA, centre or audit"), method="find")
    state = filters.ChoiceFilter(label=_("State"), choices=STATES, empty_label=_("All states"), method="as_of_today")

    class Meta:
        model = SelfAssessment
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(audit__ref__icontains=value) | Q(audit__organisation__name__icontains=value) | Q(audit__centre__name__icontains=value))

    def as_of_today(self, queryset, name, value):
        if value == "submitted":
            return queryset.exclude(submitted_at=None)
        waiting = queryset.filter(submitted_at=None)
        return waiting.filter(due_on__lt=self.request.scope.today) if value == "late" else waiting


class CertificationFilter(filters.FilterSet):
    KINDS = [("centre", _("Huduma Centre")), *Organisation.Kind.choices]
    STATES = [*Certification.State.choices, ("expired", _("Expired"))]

    q = filters.CharFilter(label=_("Name or number"), method="find")
    level = filters.ChoiceFilter(label=_("Level"), choices=Certification.Level.choices, empty_label=_("All levels"))
    county = filters.ModelChoiceFilter(label=_("County"), queryset=County.objects.all(), to_field_name="code", empty_label=_("All counties"), method="there")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=KINDS, empty_label=_("All kinds"), method="of_kind")
    state = filters.ChoiceFilter(label=_("State"), choices=STATES, empty_label=_("All states"), method="as_of_today")

    class Meta:
        model = Certification
        fields = []

    def find(self, queryset, name, value):
        return queryset.filter(Q(holder__icontains=value) | Q(number__icontains=value) | Q(code__iexact=value))

    @extend_schema_field(str)
    def there(self, queryset, name, value):
        """The centre's county, or the MDA's when it is the MDA that is certified."""
        return queryset.filter(Q(centre__county=value) | Q(centre=None, organisation__county=value))

    def of_kind(self, queryset, name, value):
        if value == "centre":
            return queryset.filter(centre__kind=Centre.Kind.HUDUMA_CENTRE)
        return queryset.filter(centre=None, organisation__kind=value)

    def as_of_today(self, queryset, name, value):
        today = self.request.scope.today
        if value == "expired":
            return queryset.expired(today)
        return queryset.in_force(today) if value == Certification.State.IN_FORCE else queryset.filter(state=value)
