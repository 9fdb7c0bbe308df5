"""Keeping the register by API: the same acts on officers, posts, transfers and possible leavers as the pages."""

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from centres import policies
from centres.access import fetch
from centres.api.upkeep_shapes import (
    AddSerializer,
    AskSerializer,
    BulkSerializer,
    ExcusalSerializer,
    ExcuseSerializer,
    LastDaySerializer,
    LeaverSerializer,
    LeaversLeftSerializer,
    LeaversSerializer,
    LeftSerializer,
    ManySerializer,
    MoveSerializer,
    PersonSerializer,
    ReasonSerializer,
    SecondSerializer,
    SettleSerializer,
    TransferSerializer,
)
from centres.filters import LeaverFilter, TransferFilter
from centres.models import (
    Excusal,
    Officer,
    PossibleLeaver,
    Posting,
    TransferRequest,
)
from centres.services import excusals, leavers, officers, postings, transfers
from cse_portal.lib.api import IdempotentWrites


def checked(serializer, request):
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given


def bulk_of(bulk):
    told = [{"officer": officer.ref, "detail": why} for officer, why in bulk.refused]
    return Response({"done": len(bulk.done), "refused": told})


def keeps(request):
    if not policies.may_keep_register(request.scope):
        raise PermissionDenied


class OfficerActs:
    """Mixin of the officers' viewset."""

    def held(self, ref):
        keeps(self.request)
        return fetch(Officer.objects.all(), self.request.scope, policies.may_keep_officer, ref=ref)

    def answer(self, officer, status=200):
        return Response(self.get_serializer(Officer.objects.get(pk=officer.pk)).data, status=status)

    @extend_schema(request=AddSerializer)
    def create(self, request):
        """Adds an officer, or takes one who had left in again."""
        keeps(request)
        sent = checked(AddSerializer, request)
        given = sent.validated_data
        place = {"organisation": given["organisation"], "on": given["on"], "personal_no": given["personal_no"]}
        return self.answer(officers.add(request.scope, **place, post=sent.post(), **sent.person()), 201)

    @extend_schema(request=PersonSerializer(partial=True))
    @action(detail=True, methods=["post"])
    def correct(self, request, ref):
        """Names, numbers and contacts; what is left out stays."""
        officer = self.held(ref)
        sent = PersonSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        return self.answer(
            officers.correct(request.scope, officer=officer, personal_no=sent.validated_data.get("personal_no"), **sent.person())
        )

    @extend_schema(request=MoveSerializer)
    @action(detail=True, methods=["post"], url_path="post", url_name="post")
    def new_post(self, request, ref):
        """A new post from a day on."""
        officer, sent = self.held(ref), checked(MoveSerializer, request)
        number = sent.validated_data.get("personal_no", "")
        return self.answer(
            postings.new_post(
                request.scope, officer=officer, on=sent.validated_data["on"], values=sent.values(), personal_no=number
            )
        )

    @extend_schema(request=SecondSerializer)
    @action(detail=True, methods=["post"])
    def second(self, request, ref):
        officer = self.held(ref)
        return self.answer(postings.second(request.scope, officer=officer, **checked(SecondSerializer, request).validated_data))

    @extend_schema(request=LastDaySerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def end_secondment(self, request, ref):
        officer = self.held(ref)
        return self.answer(
            postings.end_secondment(request.scope, officer=officer, **checked(LastDaySerializer, request).validated_data)
        )

    @extend_schema(request=LeftSerializer)
    @action(detail=True, methods=["post"])
    def left(self, request, ref):
        """Has left the service."""
        officer = self.held(ref)
        return self.answer(postings.separate(request.scope, officer=officer, **checked(LeftSerializer, request).validated_data))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reinstate(self, request, ref):
        """Takes the end of the last post back."""
        return self.answer(postings.reinstate(request.scope, officer=self.held(ref)))

    @extend_schema(request=ExcuseSerializer, responses={201: ExcusalSerializer})
    @action(detail=True, methods=["post"])
    def excuse(self, request, ref):
        officer = self.held(ref)
        excusal = excusals.excuse(request.scope, officer=officer, **checked(ExcuseSerializer, request).validated_data)
        return Response(ExcusalSerializer(excusal).data, status=201)

    def many(self, request, serializer):
        """(ids of the officers named, the rest of what was sent)."""
        keeps(request)
        sent, given = checked(ManySerializer, request).validated_data, checked(serializer, request)
        ids = list(Officer.objects.filter(ref__in=sent["officers"]).values_list("pk", flat=True))
        return {"officer_ids": ids, "dry_run": sent["dry_run"]}, given

    @extend_schema(request=type("ManyLeftSerializer", (ManySerializer, LeftSerializer), {}), responses=BulkSerializer)
    @action(detail=False, methods=["post"], url_path="many/left", url_name="many-left")
    def many_left(self, request):
        """Many have left on the same day: those that can be are done, the others told."""
        who, given = self.many(request, LeftSerializer)
        return bulk_of(postings.separate_many(request.scope, **who, **given.validated_data))

    @extend_schema(request=type("ManyMoveSerializer", (ManySerializer, MoveSerializer), {}), responses=BulkSerializer)
    @action(detail=False, methods=["post"], url_path="many/post", url_name="many-post")
    def many_post(self, request):
        """The same new values from a day on."""
        who, given = self.many(request, MoveSerializer)
        return bulk_of(postings.move_many(request.scope, **who, on=given.validated_data["on"], values=given.values()))

    @extend_schema(request=type("ManyExcuseSerializer", (ManySerializer, ExcuseSerializer), {}), responses=BulkSerializer)
    @action(detail=False, methods=["post"], url_path="many/excuse", url_name="many-excuse")
    def many_excuse(self, request):
        who, given = self.many(request, ExcuseSerializer)
        return bulk_of(excusals.excuse_many(request.scope, **who, **given.validated_data))


class PostingActs:
    """Mixin of the postings' viewset."""

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def undo(self, request, pk):
        """The latest change of post was a mistake: it goes, the one before runs on."""
        keeps(request)
        may = lambda scope, posting: policies.may_keep_officer(scope, posting.officer)  # noqa: E731
        postings.take_back(request.scope, posting=fetch(Posting.objects.select_related("officer"), request.scope, may, pk=pk))
        return Response(status=204)


class Keepers(IdempotentWrites, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """For who keeps the register, each their part of it."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        keeps(request)

    def get_queryset(self):
        return self.queryset.visible_to(self.request.scope)


class Transfers(Keepers):
    """Transfers from or to one's MDA and those under it."""

    queryset = TransferRequest.objects.select_related("officer", "from_organisation", "to_organisation", "roster")
    serializer_class = TransferSerializer
    filterset_class = TransferFilter
    lookup_field = "ref"

    def held(self, ref, may):
        return fetch(self.queryset, self.request.scope, may, ref=ref)

    def answer(self, transfer, status=200):
        return Response(TransferSerializer(self.queryset.get(pk=transfer.pk)).data, status=status)

    @extend_schema(request=AskSerializer, responses={201: TransferSerializer})
    def create(self, request):
        """Asks for an officer who serves elsewhere. Nothing moves before the answer."""
        sent = checked(AskSerializer, request)
        given, post = sent.validated_data, sent.post()
        who = {"upn": given.get("upn", ""), "personal_no": given.get("personal_no", "")}
        officer = transfers.find(request.scope, surname=given["surname"], organisation=given.get("of_organisation"), **who)
        if given.get("new_personal_no"):
            post["personal_no"] = given["new_personal_no"]
        return self.answer(transfers.request(request.scope, officer=officer, to=given["to"], on=given["on"], post=post), 201)

    @extend_schema(request=None, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request, ref):
        """The losing MDA lets the officer go. Accepting again changes nothing."""
        return self.answer(transfers.accept(request.scope, transfer=self.held(ref, None)))

    @extend_schema(request=ReasonSerializer, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    def dispute(self, request, ref):
        transfer = self.held(ref, None)
        return self.answer(
            transfers.dispute(request.scope, transfer=transfer, **checked(ReasonSerializer, request).validated_data)
        )

    @extend_schema(request=ReasonSerializer, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, ref):
        transfer = self.held(ref, None)
        return self.answer(
            transfers.withdraw(request.scope, transfer=transfer, **checked(ReasonSerializer, request).validated_data)
        )

    @extend_schema(request=SettleSerializer, responses=TransferSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request, ref):
        """An authorised officer of the losing MDA, or an administrator, ends the dispute."""
        transfer = self.held(ref, None)
        return self.answer(
            transfers.settle(request.scope, transfer=transfer, **checked(SettleSerializer, request).validated_data)
        )


class PossibleLeavers(Keepers):
    """Officers in post whom a full return does not name."""

    queryset = PossibleLeaver.objects.select_related("officer", "organisation", "roster")
    serializer_class = LeaverSerializer
    filterset_class = LeaverFilter

    @extend_schema(request=LeaversLeftSerializer, responses=BulkSerializer)
    @action(detail=False, methods=["post"])
    def left(self, request):
        """They have left: when and why."""
        given = dict(checked(LeaversLeftSerializer, request).validated_data)
        return bulk_of(leavers.have_left(request.scope, leaver_ids=given.pop("leavers"), **given))

    @extend_schema(request=LeaversSerializer, responses=BulkSerializer)
    @action(detail=False, methods=["post"], url_path="in-post", url_name="in-post")
    def in_post(self, request):
        """They are still in post."""
        return bulk_of(
            leavers.are_in_post(request.scope, leaver_ids=checked(LeaversSerializer, request).validated_data["leavers"])
        )


class Excusals(Keepers):
    """Days on which officers in sight are excused from training."""

    queryset = Excusal.objects.select_related("officer")
    serializer_class = ExcusalSerializer
    filterset_fields = ["reason"]

    @extend_schema(request=LastDaySerializer, responses={200: ExcusalSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def end(self, request, pk):
        """Ends it on that day; a last day before its first takes it away."""
        excusal = fetch(self.queryset, request.scope, pk=pk)
        kept = excusals.end(request.scope, excusal=excusal, **checked(LastDaySerializer, request).validated_data)
        return Response(ExcusalSerializer(kept).data) if kept else Response(status=204)


routes = [
    ("transfers", Transfers, "transfers"),
    ("possible-leavers", PossibleLeavers, "possible-leavers"),
    ("excusals", Excusals, "excusals"),
]
