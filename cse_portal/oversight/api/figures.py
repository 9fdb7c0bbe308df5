"""Numbers by API. They are those of the pages: both ask `figures`."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from centres.access import fetch
from centres.models import Cadre, Organisation
from cse_portal.lib import clock
from cse_portal.oversight import curves, dates, policies
from cse_portal.oversight.figures import THEN, TODAY, Figures, version

ON = OpenApiParameter("on", str, description="The day, as 2026-11-20; today when left out. A day to come: if nothing is done.")
KNOWN = OpenApiParameter("known", str, description="As known at the end of that past day; as known now when left out.")
WITHIN = OpenApiParameter(
    "organisation", str, description="Code of the MDA, with all below it; left out: the nation, or one's own MDA."
)
STRUCTURE = OpenApiParameter(
    "structure", str, enum=["then", "today"], description="As constituted then (left out), or on today's structure."
)


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


class PointSerializer(serializers.Serializer):
    on = serializers.DateField()
    quarter = serializers.CharField(help_text="of the Kenyan financial year: 2026/27 Q2")
    future = serializers.BooleanField(help_text="a day to come: if nothing is done")
    all = CountSerializer()
    cadres = CadreCountSerializer(many=True)
    registers_known = serializers.IntegerField()
    registers_of = serializers.IntegerField()
    target = Percent(help_text="asked by the end of the quarter")


class FiguresSerializer(serializers.Serializer):
    on = serializers.DateField()
    known = serializers.DateField(allow_null=True, help_text="as known at the end of that day; null: as known now")
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


def asked_of(request):
    """The days asked for; what is no date is refused."""
    asked = dates.Asked.of(request.query_params)
    wrong = {"on": asked.not_a_date, "known": asked.known_problem}
    if any(wrong.values()):
        raise ValidationError({k: [_("This is not a date. Write it as 2026-11-20.")] for k, v in wrong.items() if v})
    return asked


def within_of(request):
    """The MDA asked for; None for the nation."""
    scope, code = request.scope, request.query_params.get("organisation")
    if code:
        return fetch(Organisation.objects.all(), scope, policies.may_see_figures_of, code=code)
    if policies.may_see_national_figures(scope):
        return None
    if scope.organisation is None or not policies.may_read_figures(scope):
        raise PermissionDenied
    return scope.organisation


def drawn(points, codes, today):
    """Points as the API gives them: [(Point, target)]."""
    rows = [
        {
            "on": point.on,
            "quarter": f"{point.year} {point.quarter}",
            "future": point.on > today,
            "all": counted(point.count),
            "cadres": [{"cadre": code} | counted(point.cadres[pk]) for pk, code in codes.items() if pk in point.cadres],
            "registers_known": point.known,
            "registers_of": point.of,
            "target": target,
        }
        for point, target in points
    ]
    return Response(PointSerializer(rows, many=True).data)


def cadre_codes():
    return dict(Cadre.objects.values_list("pk", "code"))


class FiguresView(ViewSet):
    """The national figure of a day."""

    @extend_schema(parameters=[ON, KNOWN], responses=FiguresSerializer)
    def list(self, request):
        if not policies.may_see_national_figures(request.scope):
            raise PermissionDenied
        asked = asked_of(request)
        figures = Figures(asked.on, known_on=asked.known)
        national, (levels, expiring) = figures.national, figures.certified()
        answer = {
            "on": figures.on,
            "known": figures.known_on,
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

    @extend_schema(parameters=[ON, KNOWN], responses=ComplianceSerializer(many=True))
    def list(self, request):
        scope = request.scope
        if not policies.may_read_figures(scope):
            raise PermissionDenied
        asked = asked_of(request)
        figures = Figures(asked.on, within=None if scope.is_national else scope.organisation, known_on=asked.known)
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


class TrendView(ViewSet):
    """Twelve quarter ends up to the day, the day itself last, of the nation or of an MDA with all below it."""

    @extend_schema(parameters=[ON, KNOWN, WITHIN, STRUCTURE], responses=PointSerializer(many=True))
    def list(self, request):
        asked, within = asked_of(request), within_of(request)
        structure = TODAY if request.query_params.get("structure") == TODAY else THEN
        return drawn(curves.trend(version(), asked, within, structure)["points"], cadre_codes(), clock.today())


class ForecastView(ViewSet):
    """The day and the first days of the 24 months after it if nothing is done: nobody is trained, certificates expire."""

    @extend_schema(parameters=[ON, WITHIN], responses=PointSerializer(many=True))
    def list(self, request):
        asked, within = asked_of(request), within_of(request)
        points = curves.forecast(version(), asked.on, within)["points"]
        return drawn([(point, None) for point in points], cadre_codes(), clock.today())


routes = [
    ("figures", FiguresView, "figures"),
    ("compliance", ComplianceView, "compliance"),
    ("trend", TrendView, "trend"),
    ("forecast", ForecastView, "forecast"),
]
