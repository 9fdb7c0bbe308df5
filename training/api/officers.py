"""The API's door to officers: the staff list with the page's filters, the status of one on any day, and its why."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from centres.api import people as register
from centres.models import Officer
from cse_portal.lib import clock
from training.compliance import people, trace
from training.filters import StaffFilter
from training.models import ComplianceSpan

ON = OpenApiParameter("on", OpenApiTypes.DATE, description="today when left out; past or future")


class OfficersFilter(StaffFilter):
    """The page's filters. Without any, or with `q` alone, also those whose last post has ended."""

    class Meta:
        model = Officer
        fields = []

    def filter_queryset(self, queryset):
        asked = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", False)}
        if set(asked) <= {"q"}:
            return queryset.found(asked["q"]) if asked else queryset
        return Officer.objects.filter(pk__in=super().filter_queryset(queryset).values("officer_id"))


class StaffSerializer(register.OfficerSerializer):
    organisation = serializers.CharField(help_text="code of the MDA on the day; null: not in post", allow_null=True)
    cadre = serializers.CharField(help_text="code of the CSE cadre", allow_null=True)
    county = serializers.CharField(help_text="code of the county", allow_null=True)
    status = serializers.CharField(help_text="current, due, overdue, waived, excused or not_required on the day", allow_null=True)
    due_before = serializers.DateField(help_text="the first day that counts, or will count, as overdue", allow_null=True)

    class Meta(register.OfficerSerializer.Meta):
        fields = [*register.OfficerSerializer.Meta.fields, "organisation", "cadre", "county", "status", "due_before"]


class StatusLineSerializer(serializers.Serializer):
    status = serializers.CharField()
    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True, help_text="null: as far as the records go")


class StatusSerializer(serializers.Serializer):
    officer = serializers.CharField()
    on = serializers.DateField()
    status = serializers.CharField(allow_null=True, help_text="null: not in post")
    due_on = serializers.DateField(allow_null=True, help_text="the first day that counts as overdue")
    lacking = serializers.ListField(child=serializers.CharField(), help_text="codes of the courses required and not held")
    line = StatusLineSerializer(many=True, help_text="every status past and to come, if nothing is done")


class WhyRuleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    cadre = serializers.CharField()
    organisation = serializers.CharField(allow_null=True)
    authority = serializers.CharField()
    due_within_days = serializers.IntegerField()


class ProofSerializer(serializers.Serializer):
    completion = serializers.IntegerField()
    course = serializers.CharField()
    on = serializers.DateField()
    last = serializers.DateField(allow_null=True, help_text="the last day it counts; null: for good")
    holds = serializers.BooleanField()
    recognised = serializers.BooleanField(help_text="training done elsewhere")


class CourseWhySerializer(serializers.Serializer):
    course = serializers.CharField()
    state = serializers.CharField(help_text="held, due or overdue")
    rules = WhyRuleSerializer(many=True)
    required_since = serializers.DateField(allow_null=True)
    required_until = serializers.DateField(allow_null=True)
    grace_days = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    completions = ProofSerializer(many=True)


class OffSerializer(serializers.Serializer):
    kind = serializers.CharField(help_text="waiver or excusal")
    reason = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField(allow_null=True)


@extend_schema_serializer(component_name="Why")
class WhySerializer(StatusSerializer):
    forecast = serializers.CharField()
    courses = CourseWhySerializer(many=True)
    off = OffSerializer(allow_null=True)


def asked_day(request):
    text = request.query_params.get("on", "").strip()
    try:
        return clock.parse_date(text) if text else request.scope.today
    except ValueError as problem:
        raise ValidationError({"on": [str(problem) or "date"]}) from problem


def said(officer, on, found):
    """The status and its line as the API gives them, of what `trace.explain` found."""
    state = found["state"]
    return {
        "officer": officer.ref,
        "on": on,
        "status": state.code if state else None,
        "due_on": state.due_on if state else None,
        "lacking": [c["course"].code for c in found["courses"] if c["code"] != "held"],
        "line": [{"status": row["code"], "first": row["first"], "last": row["last"]} for row in found["line"]],
    }


def reasons(found):
    state, off = found["state"], found["off"]
    return {
        "forecast": found["forecast"],
        "off": off
        and {
            "kind": off.trail_kind,
            "reason": str(off.get_reason_display() if off.trail_kind == "excusal" else off.reason),
            "first": off.during.lower,
            "last": trace.last_day(state.off.days[1]),
        },
        "courses": [
            {
                "course": c["course"].code,
                "state": c["code"],
                "rules": [
                    {
                        "id": rule.pk,
                        "cadre": rule.cadre.code,
                        "organisation": rule.organisation and rule.organisation.code,
                        "authority": rule.authority,
                        "due_within_days": rule.due_within_days,
                    }
                    for rule in c["rules"]
                ],
                "required_since": c["first"],
                "required_until": c["last"],
                "grace_days": c["grace_days"],
                "due_on": c["due_on"],
                "completions": [
                    {
                        "completion": p["completion"].pk,
                        "course": p["course"].code,
                        "on": p["completion"].on,
                        "last": p["last"],
                        "holds": p["holds"],
                        "recognised": p["completion"].prior_id is not None,
                    }
                    for p in c["proofs"]
                ],
            }
            for c in found["courses"]
        ],
    }


class Officers(register.Officers):
    """Officers in sight, in post or whose last post was in sight; with a filter of a day, those in post then."""

    serializer_class = StaffSerializer
    filterset_class = OfficersFilter

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        return None if page is None else self.with_status(page)

    def get_object(self):
        return self.with_status([super().get_object()])[0]

    def with_status(self, officers):
        """The officers, each as of the day asked: MDA, cadre, county, status. Contacts only of those in sight today."""
        on, ids = asked_day(self.request), [o.pk for o in officers]
        spans = ComplianceSpan.objects.on(on).visible_to(self.request.scope).filter(officer__in=ids)
        there = {s.officer_id: s for s in people.with_facts(spans, on)}
        in_sight = set(Officer.objects.visible_to(self.request.scope).filter(pk__in=ids).values_list("pk", flat=True))
        for officer in officers:
            span = there.get(officer.pk)
            officer.organisation, officer.cadre = (span.organisation.code, span.cadre.code) if span else (None, None)
            officer.county = span.county.code if span and span.county else None
            officer.status, officer.due_before = (span.code, span.due) if span else (None, None)
            if officer.pk not in in_sight:
                officer.email = officer.phone = ""
        return officers

    def answer(self, officer, status=200):
        return Response(self.get_serializer(self.with_status([Officer.objects.get(pk=officer.pk)])[0]).data, status=status)

    @extend_schema(parameters=[ON], responses=StatusSerializer)
    @action(detail=True, methods=["get"])
    def status(self, request, ref):
        """Status on a day, and all statuses past and to come."""
        officer, on = super().get_object(), asked_day(request)
        return Response(StatusSerializer(said(officer, on, trace.explain(officer.pk, on))).data)

    @extend_schema(parameters=[ON], responses=WhySerializer)
    @action(detail=True, methods=["get"])
    def why(self, request, ref):
        """The same, with the rule and its authority, the facts and the dates that decide."""
        officer, on = super().get_object(), asked_day(request)
        found = trace.explain(officer.pk, on)
        return Response(WhySerializer(said(officer, on, found) | reasons(found)).data)


routes = [("officers", Officers, "officers")]
