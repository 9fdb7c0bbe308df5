"""Certificates: the document, and anyone's check of one."""

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from centres.access import fetch
from cse_portal.lib import clock
from cse_portal.lib.doors import Page, PageMixin
from cse_portal.lib.limits import spend
from training.award_forms import VerifyForm
from training.models import Certificate
from training.services import awards

CHECKS = 30  # a minute, for each address


class Document(PageMixin, View):
    """The PDF, for the holder and those who see the holder."""

    def get(self, request, *args, **kwargs):
        certificate = fetch(Certificate.objects.all(), self.scope, number=kwargs["number"])
        response = HttpResponse(awards.document_of(certificate), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{certificate.number}.pdf"'
        response["Cache-Control"] = "private, no-store"
        return response


def reader(request):
    """The reader's address, as far as it can be trusted."""
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip() or request.META["REMOTE_ADDR"]
    return request.META["REMOTE_ADDR"]


class Verify(Page):
    """`/verify/` asks for the code, `/verify/<code>/` answers. Public, without script; an address may ask 30 times a minute."""

    title = gettext_lazy("Check a certificate")
    public = True
    template_name = "training/verify.html"

    def get(self, request, *args, **kwargs):
        asked = kwargs.get("code") or request.GET.get("code", "")
        form = VerifyForm({"code": asked} if asked else None)
        if asked and not spend(f"verify:{reader(request)}", CHECKS, 60):
            return render(request, "429.html", {"title": _("Too many checks")}, status=429)
        if asked and form.is_valid():
            code, _payload = awards.check(asked)
            if kwargs.get("code") != code and code and len(code) <= 40:
                return HttpResponseRedirect(reverse("training:verify", args=[code]))
            certificate = Certificate.objects.filter(code=code).first()
            state = certificate.state_as_of(clock.today()) if certificate else "unknown"
            context = self.get_context_data(
                form=form, certificate=certificate, state=state, look=LOOKS[state], checked=clock.now(), code=code
            )
            return self.render_to_response(context, status=200 if certificate else 404)
        return self.render_to_response(self.get_context_data(form=form))


# state -> (tint of the card, icon, sentence)
LOOKS = {
    "valid": ("", "shield-check", gettext_lazy("This certificate is valid")),
    "suspended": ("warn", "alert-triangle", gettext_lazy("This certificate is suspended")),
    "expired": ("bad", "circle-x", gettext_lazy("This certificate has expired")),
    "revoked": ("bad", "ban", gettext_lazy("This certificate is revoked")),
    "superseded": ("grey", "history", gettext_lazy("A newer certificate has replaced this one")),
    "unknown": ("grey", "search", gettext_lazy("There is no certificate with this code")),
}
