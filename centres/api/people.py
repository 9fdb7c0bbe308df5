"""Reading the staff register, as far as one's role sees it."""

from django.core.exceptions import PermissionDenied
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres import policies
from centres.api.upkeep import OfficerActs, PostingActs
from centres.models import Cadre, Officer, Organisation, Posting
from cse_portal.lib.api import IdempotentWrites


class PostingSerializer(serializers.ModelSerializer):
    officer = serializers.SlugRelatedField("ref", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)
    cadre = serializers.SlugRelatedField("code", read_only=True)
    job_group = serializers.SlugRelatedField("code", read_only=True)
    county = serializers.SlugRelatedField("code", read_only=True)
    centre = serializers.SlugRelatedField("code", read_only=True)
    host = serializers.SlugRelatedField("code", read_only=True, allow_null=True, help_text="the MDA seconded to")
    starts_on = serializers.DateField(source="during.lower", read_only=True, allow_null=True)
    ends_before = serializers.DateField(
        source="during.upper", read_only=True, allow_null=True, help_text="the day after the last"
    )

    class Meta:
        model = Posting
        fields = [
            "id", "officer", "organisation", "cadre", "job_group", "designation", "terms", "county", "centre", "host", "starts_on",
            "ends_before", "end_reason",
        ]  # fmt: skip


class OfficerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Officer
        fields = [
            "ref",
            "upn",
            "personal_no",
            "number_series",
            "surname",
            "first_name",
            "other_names",
            "gender",
            "email",
            "phone",
        ]


class OfficerFilter(filters.FilterSet):
    q = filters.CharFilter(method="find", help_text="words of the name, personal number, UPN or reference")

    class Meta:
        model = Officer
        fields = []

    def find(self, queryset, name, value):
        return queryset.found(value)


class PostingFilter(filters.FilterSet):
    officer = filters.CharFilter(field_name="officer__ref", help_text="reference of the officer")
    organisation = filters.ModelChoiceFilter(
        queryset=Organisation.objects.all(), to_field_name="code", help_text="code of the MDA"
    )
    cadre = filters.ModelChoiceFilter(queryset=Cadre.objects.all(), to_field_name="code", help_text="code of the CSE cadre")
    on = filters.DateFilter(field_name="during", lookup_expr="contains", help_text="in force on that day")

    class Meta:
        model = Posting
        fields = []


class Kept(ReadOnlyModelViewSet):
    """What only some roles may look at, and each only its own part of."""

    may = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not type(self).may(request.scope):
            raise PermissionDenied

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)


class Officers(IdempotentWrites, OfficerActs, Kept):
    """Officers in sight, in post or whose last post was in sight."""

    may = policies.may_look_up_officers
    queryset = Officer.objects.all()
    serializer_class = OfficerSerializer
    filterset_class = OfficerFilter
    lookup_field = "ref"


class Postings(IdempotentWrites, PostingActs, Kept):
    """Where officers in sight serve and served."""

    may = policies.may_look_up_officers
    queryset = Posting.objects.select_related("officer", "organisation", "cadre", "job_group", "county", "centre", "host")
    serializer_class = PostingSerializer
    filterset_class = PostingFilter


# Officers are offered by training, which knows their status.
routes = [("postings", Postings, "postings")]
