"""Quarterly returns by API."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from centres.access import fetch
from cse_portal.lib.api import IdempotentWrites, received
from cse_portal.oversight import policies
from cse_portal.oversight.filters import ReturnFilter
from cse_portal.oversight.models import QuarterlyReturn
from cse_portal.oversight.services import return_figures, return_reminders, returns

from .targets import WhyInput


class ReturnSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True)
    quarter = serializers.CharField(read_only=True, help_text="for example FY 2026/27 Q1")
    label = serializers.ChoiceField(
        list(QuarterlyReturn.LABELS),
        read_only=True,
        help_text="the state, or late, not_admissible, missing: by the day of filing",
    )
    due_on = serializers.DateField(read_only=True)
    limit_on = serializers.DateField(read_only=True, help_text="last day on which a late return is admissible")
    filed_by = serializers.CharField(read_only=True, allow_null=True)
    signed_by = serializers.CharField(read_only=True, allow_null=True)
    restates = serializers.SlugRelatedField("ref", read_only=True, allow_null=True)
    restated_by = serializers.SlugRelatedField("ref", read_only=True, allow_null=True, default=None)

    class Meta:
        model = QuarterlyReturn
        fields = [
            "ref", "organisation", "quarter", "quarter_ends", "state", "label", "due_on", "limit_on", "figures", "comment", "filed_by",
            "filed_at", "signed_by", "signed_at", "restates", "restated_by", "restatement_reason",
        ]  # fmt: skip


class OneReturnSerializer(ReturnSerializer):
    now = serializers.SerializerMethodField(help_text="what the register says today of the same day, by cadre and status")

    class Meta(ReturnSerializer.Meta):
        fields = [*ReturnSerializer.Meta.fields, "now"]

    def get_now(self, one) -> dict[str, dict[str, int]]:
        return {code: return_figures.plain(count) for code, count in return_figures.now([one])[one.pk].items()}


class CommentInput(serializers.Serializer):
    comment = serializers.CharField(max_length=4000, allow_blank=True, required=False, default="")


class RestateInput(CommentInput):
    reason = serializers.CharField(max_length=1000)


class RemindInput(serializers.Serializer):
    refs = serializers.ListField(child=serializers.CharField(max_length=12), min_length=1, max_length=2000)


class RemindedSerializer(serializers.Serializer):
    reminded = serializers.IntegerField(help_text="returns")
    nobody = serializers.ListField(child=serializers.CharField(), help_text="codes of MDAs where nobody files or signs")


class Returns(IdempotentWrites, ReadOnlyModelViewSet):
    """What MDAs report of a quarter, restatements too."""

    queryset = QuarterlyReturn.objects.select_related("organisation", "filed_by", "signed_by", "restates", "restated_by")
    filterset_class = ReturnFilter
    lookup_field = "ref"
    lookup_value_regex = "[^/]+"

    def get_serializer_class(self):
        return ReturnSerializer if self.action == "list" else OneReturnSerializer

    def get_queryset(self):
        scope = self.request.scope
        if not policies.may_see_returns(scope):
            raise PermissionDenied
        return self.queryset.visible_to(scope).judged(scope.today)

    def act(self, service, may, shape=None):
        """The return after `service(scope, return, **what was sent)`."""
        one = fetch(self.queryset, self.request.scope, may=may, ref=self.kwargs["ref"])
        said = {}
        if shape:
            said = received(shape, self.request)
        done = service(self.request.scope, one, **said)
        return Response(OneReturnSerializer(self.get_queryset().get(pk=done.pk)).data)

    @extend_schema(request=CommentInput, responses=OneReturnSerializer)
    @action(detail=True, methods=["post"])
    def file(self, request, ref):
        """Freezes the figures and hands the return to the authorised officer."""
        return self.act(returns.file, policies.may_file_return, CommentInput)

    @extend_schema(request=None, responses=OneReturnSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request, ref):
        """Signs; not by whoever filed."""
        return self.act(returns.sign, policies.may_sign_return)

    @extend_schema(request=WhyInput, responses=OneReturnSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request, ref):
        """Opens a filed return again."""
        return self.act(returns.send_back, policies.may_sign_return, WhyInput)

    @extend_schema(request=RestateInput, responses=OneReturnSerializer)
    @action(detail=True, methods=["post"])
    def restate(self, request, ref):
        """Files new figures beside a signed return: the answer is the restatement."""
        return self.act(returns.restate, policies.may_file_return, RestateInput)

    @extend_schema(request=RemindInput, responses=RemindedSerializer)
    @action(detail=False, methods=["post"])
    def remind(self, request):
        """Reminds of these returns, once a day each."""
        if not policies.may_remind_of_returns(request.scope):
            raise PermissionDenied
        wanted = self.get_queryset().filter(ref__in=received(RemindInput, request)["refs"])
        n, alone = return_reminders.remind_of(request.scope, wanted, request.scope.today)
        return Response({"reminded": n, "nobody": [one.code for one in alone]})


routes = [("returns", Returns, "returns")]
