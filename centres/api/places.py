"""Reading the registries: public facts, to everyone with an account."""

from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres.filters import CentreFilter, OrganisationFilter, ServiceFilter
from centres.models import Cadre, Centre, County, JobGroup, Organisation, Service, Standing
from cse_portal.lib import clock


class OrganisationSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="name_then", read_only=True, help_text="on the day asked for with `on`")
    county = serializers.SlugRelatedField("code", read_only=True)
    parent = serializers.CharField(
        source="parent_code", read_only=True, allow_null=True, help_text="code of whom it reports to, that day"
    )
    standing = serializers.ChoiceField(Standing.Kind.choices, read_only=True, allow_null=True, help_text="that day")
    in_being_from = serializers.DateField(source="during.lower", read_only=True, allow_null=True)
    ends_before = serializers.DateField(
        source="during.upper", read_only=True, allow_null=True, help_text="the day after the last"
    )

    class Meta:
        model = Organisation
        fields = ["code", "name", "kind", "county", "parent", "standing", "in_being_from", "ends_before", "source"]


class CentreSerializer(serializers.ModelSerializer):
    county = serializers.SlugRelatedField("code", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True, help_text="code of who runs it")

    class Meta:
        model = Centre
        fields = [
            "code", "name", "kind", "subkind", "organisation", "county", "town", "address", "opens", "closes",
            "extended_hours", "status", "lat", "lon", "notes", "source",
        ]  # fmt: skip


class ServiceSerializer(serializers.ModelSerializer):
    owner = serializers.SlugRelatedField("code", read_only=True, help_text="code of the owning MDA")

    class Meta:
        model = Service
        fields = ["code", "name", "owner", "channels", "turnaround", "fee", "source"]


class CountySerializer(serializers.ModelSerializer):
    class Meta:
        model = County
        fields = ["code", "name", "iso", "headquarters", "former_province", "source"]


class CadreSerializer(serializers.ModelSerializer):
    class Meta:
        model = Cadre
        fields = ["code", "name", "sequence", "typical_grades", "who", "purpose", "source"]


class JobGroupSerializer(serializers.ModelSerializer):
    suggested_cadre = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = JobGroup
        fields = ["code", "csg_grade", "src_band", "typical_title", "suggested_cadre", "confidence", "source"]


class Registry(ReadOnlyModelViewSet):
    """By code."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)


class Organisations(Registry):
    queryset = Organisation.objects.select_related("county")
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationFilter

    def get_queryset(self):
        on = OrganisationFilter.day_of(self.request.query_params, clock.today())
        found = super().get_queryset().placed(on).named(on)
        return found.in_being(on) if self.request.query_params.get("on") else found


class Centres(Registry):
    queryset = Centre.objects.select_related("county", "organisation")
    serializer_class = CentreSerializer
    filterset_class = CentreFilter


class Services(Registry):
    queryset = Service.objects.select_related("owner")
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter


class Counties(Registry):
    queryset = County.objects.all()
    serializer_class = CountySerializer


class Cadres(Registry):
    queryset = Cadre.objects.all()
    serializer_class = CadreSerializer


class JobGroups(Registry):
    queryset = JobGroup.objects.select_related("suggested_cadre")
    serializer_class = JobGroupSerializer


routes = [
    ("organisations", Organisations, "organisations"),
    ("centres", Centres, "centres"),
    ("services", Services, "services"),
    ("counties", Counties, "counties"),
    ("cadres", Cadres, "cadres"),
    ("job-groups", JobGroups, "job-groups"),
]
