"""Numbers by API. They are those of the pages: both ask `figures`."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from cse_portal.lib import clock
from cse_portal.oversight import policies
from cse_portal.oversight.figures import Figures

ON = OpenApiParameter("on", str, description="The day, as 2026-11-20; today when left out.")


class Percent(serializers.DecimalField):
    """0 to 100, one decimal; null where there is nothing to divide by."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=4, decimal_places=1, allow_null=True, read_only=True, **kwargs)


class CountSerializer(serializers.Serializer):
    in_post = serializers.IntegerField()
    current = serializers.IntegerField()
    due = serializers.IntegerField()
    overdue = serializers.IntegerField()
    waived = serializers.IntegerField()
    excused = serializers.IntegerField()
    not_required = serializers.IntegerField()
    coverage = Percent(help_text="current ÷ (current + due + overdue), percent")


class CadreCountSerializer(CountSerializer):
    cadre = serializers.CharField(help_text="code of the CSE cadre")


class LevelSerializer(serializers.Serializer):
    level = serializers.CharField()
    mdas = serializers.IntegerField()
    centres = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer):
    on = serializers.DateField()
    all = CountSerializer(help_text="MDAs that are obliged or joined and whose register is known")
    enrolled = serializers.IntegerField(help_text="of those due or overdue, officers with a seat in a cohort")
    registers_known = serializers.IntegerField()
    registers_of = serializers.IntegerField()
    unknown_officers = serializers.IntegerField(help_text="in post at the last return of the MDAs whose register is not known")
    cadres = CadreCountSerializer(many=True)
    certifications = LevelSerializer(many=True)
    expiring = serializers.IntegerField(help_text="certifications that expire within six months")


class ComplianceSerializer(CountSerializer):
    organisation = serializers.CharField(help_text="code of the MDA")
    name = serializers.CharField()
    counted = serializers.BooleanField(help_text="obliged, or joined by agreement")
    register = serializers.ChoiceField(
        ["known", "stale", "never"], help_text="unless known, the counts are of the last return and are in no other figure"
    )
    register_as_at = serializers.DateField(allow_null=True)
    enrolled = serializers.IntegerField()
    rank = serializers.IntegerField(allow_null=True)
    cadres = CadreCountSerializer(many=True)


def counted(count):
    """A Count as the API gives it."""
    return {
        name: getattr(count, name) for name in ("in_post", "current", "due", "overdue", "waived", "excused", "not_required")
    } | {"coverage": count.coverage}


def day_of(request):
    text = request.query_params.get("on")
    if not text:
        return clock.today()
    try:
        return clock.parse_date(text)
    except ValueError:
        raise ValidationError({"on": [_("This is not a date. Write it as 2026-11-20.")]})


class FiguresView(ViewSet):
    """The national figure of a day."""

    @extend_schema(parameters=[ON], responses=FiguresSerializer)
    def list(self, request):
        if not policies.may_see_national_figures(request.scope):
            raise PermissionDenied
        figures = Figures(day_of(request))
        national, (levels, expiring) = figures.national, figures.certified()
        answer = {
            "on": figures.on,
            "all": counted(national.count),
            "enrolled": figures.enrolled_of(national),
            "registers_known": national.known,
            "registers_of": national.of,
            "unknown_officers": national.unknown_officers,
            "cadres": [{"cadre": cadre.code} | counted(count) for cadre, count in figures.by_cadre()],
            "certifications": [{"level": level, "mdas": mdas, "centres": centres} for level, (mdas, centres) in levels.items()],
            "expiring": len(expiring),
        }
        return Response(FiguresSerializer(answer).data)


class ComplianceView(ViewSet):
    """Every MDA in sight on a day, each by itself: for HOPS and administrators those of the national figure; for an MDA's people
    theirs and those below it."""

    @extend_schema(parameters=[ON], responses=ComplianceSerializer(many=True))
    def list(self, request):
        scope = request.scope
        if not policies.may_read_figures(scope):
            raise PermissionDenied
        figures = Figures(day_of(request), within=None if scope.is_national else scope.organisation)
        lines = figures.by_mda() if scope.is_national else figures.lines.values()
        codes = {cadre.pk: cadre.code for cadre in figures.cadres}
        rows = [
            {
                "organisation": line.organisation.code,
                "name": line.organisation.name,
                "counted": line.counted,
                "register": line.register,
                "register_as_at": line.as_at,
                "enrolled": sum(figures.enrolled.get(line.organisation.pk, {}).values()),
                "rank": line.rank if scope.is_national else None,
                "cadres": [{"cadre": code} | counted(line.cadres[pk]) for pk, code in codes.items() if pk in line.cadres],
            }
            | counted(line.count)
            for line in lines
        ]
        return Response(ComplianceSerializer(rows, many=True).data)


routes = [("figures", FiguresView, "figures"), ("compliance", ComplianceView, "compliance")]
