"""What machines ask about certificates: credentials, status lists, and the keys of who signs. Public, without a cookie."""

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from centres.access import fetch
from cse_portal.lib.doors import PageMixin
from cse_portal.lib.errors import Refused
from cse_portal.lib.limits import spend
from training import credentials as documents
from training.models import Certificate
from training.services import credentials

from .certificates import CHECKS, reader

TOKEN = "application/vc+jwt"


def answer(request, token):
    """The token as it is where the reader asks for that, else as JSON."""
    if TOKEN in request.headers.get("Accept", ""):
        return HttpResponse(token, content_type=TOKEN)
    return JsonResponse(documents.enveloped(token), content_type="application/vc", json_dumps_params={"indent": 1})


class Public(PageMixin, View):
    """Read by any program, from any site."""

    public = True

    @method_decorator(never_cache)
    def dispatch(self, request, *args, **kwargs):
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Refused as refusal:  # the key was retired: nothing is signed until the next one is set
            response = HttpResponse(refusal.message, status=503, content_type="text/plain; charset=utf-8")
        response["Access-Control-Allow-Origin"] = "*"
        return response


class Credential(PageMixin, View):
    """Of the holder and those who see the holder: a file to keep."""

    def get(self, request, *args, **kwargs):
        certificate = fetch(Certificate.objects.all(), self.scope, number=kwargs["number"])
        response = answer(request, credentials.of_certificate(certificate))
        response["Content-Disposition"] = f'attachment; filename="{certificate.number}.json"'
        response["Cache-Control"] = "private, no-store"
        return response


class PublicCredential(Public):
    """Of whoever holds the code, as the page of the code shows the same facts."""

    def get(self, request, code, **kwargs):
        if not spend(f"verify:{reader(request)}", CHECKS, 60):
            return HttpResponse(status=429)
        certificate = Certificate.objects.filter(code=code).first()
        if certificate is None:
            raise Http404
        return answer(request, credentials.of_certificate(certificate))


class StatusList(Public):
    def get(self, request, purpose, number, **kwargs):
        token = credentials.status_list(purpose, number)
        if token is None:
            raise Http404
        return HttpResponse(token, content_type=TOKEN)


class Did(Public):
    def get(self, request, **kwargs):
        return JsonResponse(documents.did_document(credentials.keys()), content_type="application/did+json")


class Keys(Public):
    def get(self, request, **kwargs):
        return JsonResponse(documents.key_set(credentials.keys()), content_type="application/jwk-set+json")
