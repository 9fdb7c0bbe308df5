"""The API's door to seats: nominations and their approval, offers, quotas, requests, who stands in. Acts call the same services as the pages."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from centres.access import fetch
from centres.models import Officer, Organisation
from training import policies
from training.models import ApprovalDelegation, Cohort, Enrolment, SeatOffer, SeatQuota, SeatRequest
from training.seat_filters import NominationFilter, SeatRequestFilter
from training.services import answers, delegations, nominations, queue, quotas, seat_requests, substitution

from .delivery import Readable
from .rules import Gated

# What is read.


class NominationSerializer(serializers.ModelSerializer):
    cohort = serializers.SlugRelatedField("code", read_only=True)
    officer = serializers.SlugRelatedField("ref", read_only=True)
    name = serializers.CharField(source="officer.full_name", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)
    replaces = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Enrolment
        fields = [
            "id", "cohort", "officer", "name", "organisation", "state", "enrolled_at", "approve_by", "approved_at", "queued_at", "answered_at",
            "replaces", "clash_reason", "withdrawn_reason",
        ]  # fmt: skip


class OneNominationSerializer(NominationSerializer):
    """With where it stands, as a sentence."""

    position = serializers.SerializerMethodField(help_text="on the waiting list; null for who does not wait")
    explained = serializers.SerializerMethodField()

    class Meta(NominationSerializer.Meta):
        fields = [*NominationSerializer.Meta.fields, "position", "explained"]

    def get_position(self, enrolment) -> int | None:
        return queue.position(enrolment)

    def get_explained(self, enrolment) -> str:
        return queue.explain(enrolment)


class NotNominatedSerializer(serializers.Serializer):
    officer = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    why = serializers.CharField()


class NominatedSerializer(serializers.Serializer):
    seated = NominationSerializer(many=True)
    waiting = NominationSerializer(many=True)
    refused = NotNominatedSerializer(many=True)


class NotDecidedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    why = serializers.CharField()


class DecidedNominationsSerializer(serializers.Serializer):
    done = NominationSerializer(many=True)
    refused = NotDecidedSerializer(many=True)


class OfferSerializer(serializers.ModelSerializer):
    enrolment = serializers.PrimaryKeyRelatedField(read_only=True)
    cohort = serializers.CharField(source="enrolment.cohort.code", read_only=True)
    officer = serializers.CharField(source="enrolment.officer.ref", read_only=True)

    class Meta:
        model = SeatOffer
        fields = ["id", "enrolment", "cohort", "officer", "made_at", "expires_at", "outcome", "settled_at"]


class QuotaSerializer(serializers.ModelSerializer):
    cohort = serializers.SlugRelatedField("code", read_only=True)
    organisation = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = SeatQuota
        fields = ["id", "cohort", "organisation", "seats", "release_on", "released_at"]


class SeatRequestSerializer(serializers.ModelSerializer):
    cohort = serializers.SlugRelatedField("code", read_only=True)
    officer = serializers.SlugRelatedField("ref", read_only=True)

    class Meta:
        model = SeatRequest
        fields = ["id", "cohort", "officer", "reason", "needs", "state", "asked_at", "answered_at", "answer"]


class DelegationSerializer(serializers.ModelSerializer):
    organisation = serializers.SlugRelatedField("code", read_only=True)
    delegator = serializers.SlugRelatedField("email", read_only=True)
    delegate = serializers.SlugRelatedField("email", read_only=True)
    first_day = serializers.DateField(source="during.lower", read_only=True)
    until = serializers.DateField(source="during.upper", read_only=True, help_text="the first day it no longer stands")

    class Meta:
        model = ApprovalDelegation
        fields = ["id", "organisation", "delegator", "delegate", "first_day", "until", "reason"]


# What is sent.


class CohortField(serializers.SlugRelatedField):
    def __init__(self, **kwargs):
        super().__init__("code", queryset=Cohort.objects.select_related("course_version__course", "campus"), **kwargs)


class NominateInput(serializers.Serializer):
    cohort = CohortField()
    officers = serializers.ListField(
        child=serializers.CharField(max_length=12), min_length=1, max_length=500, help_text="references of officers"
    )
    clash_reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    preview = serializers.BooleanField(required=False, default=False, help_text="say what would happen; write nothing")


class SubstituteInput(serializers.Serializer):
    officer = serializers.CharField(max_length=12, help_text="reference of the officer who takes the seat")
    reason = serializers.CharField(max_length=200)
    clash_reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class SeatAnswerInput(serializers.Serializer):
    answer = serializers.ChoiceField(["confirm", "decline"])
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class DeclineOfferInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class ApproveNominationsInput(serializers.Serializer):
    enrolments = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=5000)
    note = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class TurnDownNominationsInput(serializers.Serializer):
    enrolments = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=5000)
    reason = serializers.CharField(max_length=200)


class SeatQuotaInput(serializers.Serializer):
    cohort = CohortField()
    organisation = serializers.SlugRelatedField("code", queryset=Organisation.objects.all())
    seats = serializers.IntegerField(min_value=1, max_value=500)
    release_on = serializers.DateField()


class AskForSeatInput(serializers.Serializer):
    cohort = CohortField()
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    needs = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class NominateAskedInput(serializers.Serializer):
    clash_reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class RefuseSeatInput(serializers.Serializer):
    answer = serializers.CharField(max_length=300)


class DelegateApprovalInput(serializers.Serializer):
    to = serializers.EmailField(help_text="e-mail of the person")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    reason = serializers.CharField(max_length=200)


# Doors.


def nominated(made):
    """The answer to a nomination."""
    refused = [{"officer": o.ref if o else None, "code": code, "why": why} for o, code, why in made.refused]
    return NominatedSerializer({"seated": made.seated, "waiting": made.waiting, "refused": refused}).data


class Nominations(Gated):
    may = staticmethod(policies.may_see_nominations)
    queryset = Enrolment.objects.select_related("cohort", "officer__user", "organisation")
    serializer_class = NominationSerializer
    filterset_class = NominationFilter

    def get_serializer_class(self):
        return OneNominationSerializer if self.action == "retrieve" else NominationSerializer

    @extend_schema(request=NominateInput, responses={201: NominatedSerializer})
    def create(self, request):
        """Nominates officers of the own MDA and those below it: each gets a seat, a place on the waiting list, or a reason why not."""
        if not policies.may_enrol(request.scope):
            raise PermissionDenied
        said = self.read(NominateInput)
        refs = set(said["officers"])
        ids = dict(Officer.objects.visible_to(request.scope).filter(ref__in=refs).values_list("ref", "pk"))
        if strangers := sorted(refs - set(ids)):
            raise ValidationError({"officers": [_("%(ref)s is not in your MDA.") % {"ref": ref} for ref in strangers]})
        call = nominations.look if said["preview"] else nominations.nominate
        made = call(request.scope, cohort=said["cohort"], officers=list(ids.values()), clash_reason=said["clash_reason"])
        return Response(nominated(made), status=status.HTTP_200_OK if said["preview"] else status.HTTP_201_CREATED)

    @extend_schema(request=SubstituteInput, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    def substitute(self, request, pk):
        """Another officer of the MDA takes over the seat; both names are kept."""
        seat, said = self.one(policies.may_substitute), self.read(SubstituteInput)
        officer = Officer.objects.visible_to(request.scope).filter(ref=said.pop("officer")).first()
        if officer is None:
            raise ValidationError({"officer": [_("Nobody in your MDA is found by this.")]})
        return self.said(substitution.substitute(request.scope, enrolment=seat, officer=officer.pk, **said))

    @extend_schema(request=SeatAnswerInput, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, pk):
        """The HR officer answers for the officer."""
        seat, said = self.one(policies.may_substitute), self.read(SeatAnswerInput)
        if said["answer"] == "confirm":
            return self.said(answers.confirm(request.scope, enrolment=seat))
        return self.said(answers.decline(request.scope, enrolment=seat, reason=said["reason"]))


class Approvals(Readable):
    """What waits for the approval of who asks, oldest first by id."""

    queryset = Enrolment.objects.select_related("cohort", "officer", "organisation")
    serializer_class = NominationSerializer

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not policies.may_approve(request.scope):
            raise PermissionDenied

    def get_queryset(self):
        return nominations.to_approve(self.request.scope).select_related("cohort", "officer", "organisation")

    def decided(self, decided):
        refused = [{"id": e.pk, "why": why} for e, why in decided.refused]
        return Response(DecidedNominationsSerializer({"done": decided.done, "refused": refused}).data)

    def known(self, ids):
        """The ids, if all wait for who asks."""
        found = set(self.get_queryset().filter(pk__in=ids).values_list("pk", flat=True))
        if not found:
            raise Http404
        if strangers := sorted(set(ids) - found):
            raise ValidationError({"enrolments": [_("%(id)s does not wait for your approval.") % {"id": pk} for pk in strangers]})
        return sorted(found)

    @extend_schema(request=ApproveNominationsInput, responses=DecidedNominationsSerializer)
    @action(detail=False, methods=["post"])
    def approve(self, request):
        """Approves nominations: the officers get joining instructions."""
        said = self.read(ApproveNominationsInput)
        return self.decided(nominations.approve(request.scope, enrolments=self.known(said["enrolments"]), note=said["note"]))

    @extend_schema(request=TurnDownNominationsInput, responses=DecidedNominationsSerializer)
    @action(detail=False, methods=["post"], url_path="turn-down")
    def turn_down(self, request):
        """Turns nominations down: the seats are given back."""
        said = self.read(TurnDownNominationsInput)
        return self.decided(
            nominations.turn_down(request.scope, enrolments=self.known(said["enrolments"]), reason=said["reason"])
        )


class Offers(Readable):
    queryset = SeatOffer.objects.select_related("enrolment__cohort", "enrolment__officer__user")
    serializer_class = OfferSerializer
    filterset_fields = {"outcome": ["exact"], "enrolment__cohort__code": ["exact"]}

    def seat(self):
        offer = fetch(self.queryset, self.request.scope, pk=self.kwargs["pk"])
        if not policies.may_answer(self.request.scope, offer.enrolment):
            raise PermissionDenied
        return offer.enrolment

    @extend_schema(request=None, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, pk):
        """Takes the seat, until the offer expires."""
        return Response(NominationSerializer(answers.accept_offer(request.scope, enrolment=self.seat())).data)

    @extend_schema(request=DeclineOfferInput, responses=NominationSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request, pk):
        """Leaves the seat to the next."""
        seat, said = self.seat(), self.read(DeclineOfferInput)
        return Response(NominationSerializer(answers.decline_offer(request.scope, enrolment=seat, **said)).data)


class Quotas(Gated):
    may = staticmethod(policies.may_see_nominations)
    queryset = SeatQuota.objects.select_related("cohort", "organisation")
    serializer_class = QuotaSerializer
    filterset_fields = {"cohort__code": ["exact"], "organisation__code": ["exact"]}

    @extend_schema(request=SeatQuotaInput, responses={201: QuotaSerializer})
    def create(self, request):
        """Keeps seats for an MDA, or changes how many and until when."""
        if not policies.may_keep_quota(request.scope):
            raise PermissionDenied
        return self.said(quotas.keep(request.scope, **self.read(SeatQuotaInput)), status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=QuotaSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request, pk):
        """Gives the seats not taken to everybody."""
        return self.said(quotas.release(request.scope, quota=self.one(policies.may_release_quota)))


class SeatRequests(Gated):
    may = staticmethod(policies.may_see_seat_requests)
    queryset = SeatRequest.objects.select_related("cohort", "officer")
    serializer_class = SeatRequestSerializer
    filterset_class = SeatRequestFilter

    @extend_schema(request=AskForSeatInput, responses={201: SeatRequestSerializer})
    def create(self, request):
        """The learner asks the own MDA for a seat."""
        if not policies.may_ask_for_seat(request.scope):
            raise PermissionDenied
        return self.said(seat_requests.ask(request.scope, **self.read(AskForSeatInput)), status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=SeatRequestSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request, pk):
        """The learner no longer asks."""
        return self.said(seat_requests.take_back(request.scope, request=self.one(policies.may_take_back_seat_request)))

    @extend_schema(request=NominateAskedInput, responses=NominatedSerializer)
    @action(detail=True, methods=["post"])
    def nominate(self, request, pk):
        """The HR officer nominates who asked."""
        asked, said = self.one(policies.may_answer_seat_request), self.read(NominateAskedInput)
        return Response(nominated(seat_requests.nominate(request.scope, request=asked, **said)))

    @extend_schema(request=RefuseSeatInput, responses=SeatRequestSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request, pk):
        """The HR officer says why not."""
        asked, said = self.one(policies.may_answer_seat_request), self.read(RefuseSeatInput)
        return self.said(seat_requests.refuse(request.scope, request=asked, **said))


class Delegations(Gated):
    may = staticmethod(policies.may_delegate)
    queryset = ApprovalDelegation.objects.select_related("organisation", "delegator", "delegate")
    serializer_class = DelegationSerializer

    @extend_schema(request=DelegateApprovalInput, responses={201: DelegationSerializer})
    def create(self, request):
        """Another person of the MDA approves on these days."""
        said, scope = self.read(DelegateApprovalInput), request.scope
        to = delegations.candidates(scope.organisation, scope.today).filter(email__iexact=said["to"]).first()
        if to is None:
            raise ValidationError({"to": [_("Choose another person of the MDA.")]})
        made = delegations.delegate(
            scope, organisation=scope.organisation, to=to, first=said["first_day"], last=said["last_day"], reason=said["reason"]
        )
        return self.said(made, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        """Ends it today; one that has not begun is taken away."""
        delegations.end(request.scope, delegation=self.one(policies.may_end_delegation))
        return Response(status=status.HTTP_204_NO_CONTENT)


routes = [
    ("nominations", Nominations, "nominations"),
    ("approvals", Approvals, "approvals"),
    ("offers", Offers, "offers"),
    ("quotas", Quotas, "quotas"),
    ("seat-requests", SeatRequests, "seat-requests"),
    ("delegations", Delegations, "delegations"),
]
