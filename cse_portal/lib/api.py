"""What every API route shares: bearer tokens, one error shape, cursor pages, idempotency keys."""

import hashlib

from django.core.cache import cache
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import bad_request, page_not_found
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from .errors import Conflict, Refused


class Pages(CursorPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "pk"


def digest(secret):
    """What is stored of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>`. `find(digest)` is set by the app that keeps the tokens: it returns a scope or None."""

    find = None

    def authenticate_header(self, request):
        return "Bearer"

    def authenticate(self, request):
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        scope = len(parts) == 2 and type(self).find(digest(parts[1].decode("latin-1")))
        if not scope:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."), code="bad_token")
        request._request.scope = scope
        return scope.user, parts[1]


def received(shape, request):
    """What was sent, as `shape` (a serializer) reads it; ValidationError where it does not."""
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    return sent.validated_data


def nowhere():
    return {"code": "not_found", "detail": _("There is no such thing, or it is not yours to see."), "fields": {}}


def no_such_address(request, exception):
    """Handler of 404: the API's shape under /api/, a page elsewhere."""
    return JsonResponse(nowhere(), status=404) if request.path.startswith("/api/") else page_not_found(request, exception)


def too_large(request, words):
    """413: the API's shape under /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "too_large", "detail": words, "fields": {}}, status=413)
    return render(request, "413.html", {"message": words}, status=413)


def unreadable(request, exception):
    """Handler of 400. What is only too much is said so."""
    if isinstance(exception, TooManyFilesSent | TooManyFieldsSent):
        return too_large(request, _("Too many files or fields were sent at once. Nothing was saved. Send them in several steps."))
    if isinstance(exception, RequestDataTooBig):
        return too_large(request, _("What you sent is too large for one request. Nothing was saved. Send less at a time."))
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "unreadable", "detail": _("This request could not be read."), "fields": {}}, status=400)
    return bad_request(request, exception)


def explain(exception, context):
    """Every error has one shape: {"code", "detail", "fields"}."""
    from rest_framework.views import exception_handler, set_rollback  # its module reads settings that name this one

    if isinstance(exception, Refused):
        set_rollback()
        body = {"code": exception.code, "detail": str(exception.message), "fields": exception.fields}
        if isinstance(exception, Conflict) and exception.theirs is not None:
            body["theirs"] = exception.theirs
        return Response(body, status=status.HTTP_409_CONFLICT)
    response = exception_handler(exception, context)
    if response is None:
        return None
    if isinstance(exception, ValidationError):
        fields = exception.detail if isinstance(exception.detail, dict) else {"non_field_errors": exception.detail}
        response.data = {"code": "invalid", "detail": _("Some fields are missing or wrong."), "fields": fields}
    elif isinstance(exception, Http404):
        response.data = nowhere()
    elif isinstance(exception, PermissionDenied):
        response.data = {"code": "not_allowed", "detail": _("Your role may not do this."), "fields": {}}
    elif isinstance(exception, APIException):
        codes = exception.get_codes()
        response.data = {"code": codes if isinstance(codes, str) else "error", "detail": str(exception.detail), "fields": {}}
    return response


class IdempotentWrites:
    """Mixin of viewsets: a write repeated with the same `Idempotency-Key` within a day answers as the first time did."""

    def dispatch(self, request, *args, **kwargs):
        key = request.headers.get("Idempotency-Key")
        if not key or request.method in ("GET", "HEAD", "OPTIONS"):
            return super().dispatch(request, *args, **kwargs)
        who = hashlib.sha256((request.headers.get("Authorization", "") or str(request.user.pk)).encode()).hexdigest()
        place = "idem:" + digest(f"{who}|{request.method}|{request.path}|{key}")
        body = f"files {request.META.get('CONTENT_LENGTH')}" if request.content_type == "multipart/form-data" else hashlib.sha256(request.body).hexdigest()  # files are not read twice
        stored = cache.get(place)
        if stored is None and not cache.add(place, {"body": body, "busy": True}, 60):
            stored = cache.get(place)
        if stored is not None:
            return self._again(request, stored, body, *args, **kwargs)
        try:
            response = super().dispatch(request, *args, **kwargs)
        except BaseException:
            cache.delete(place)
            raise
        if response.status_code < 500:
            response.render()
            cache.set(place, {"body": body, "status": response.status_code, "data": response.content}, 24 * 3600)
        else:
            cache.delete(place)
        return response

    def _again(self, request, stored, body, *args, **kwargs):
        if stored["body"] != body:
            return JsonResponse({"code": "idempotency_key_reused", "detail": _("This Idempotency-Key was used for another request."), "fields": {}}, status=409)
        if stored.get("busy"):
            return JsonResponse({"code": "in_progress", "detail": _("The first request with this Idempotency-Key is still running."), "fields": {}}, status=409)
        return HttpResponse(stored["data"], status=stored["status"], content_type="application/json", headers={"Idempotent-Replay": "true"})
