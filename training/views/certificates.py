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
from cse_portal.lib.doors import FormDoor, Page, PageMixin
from cse_portal.lib.limits import spend
from training.award_forms import VerifyFileForm, VerifyForm
from training.models import Certificate
from training.services import awards, credentials

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
            code, payload = awards.check(asked)
            if payload and awards.signed(code, payload) is None:
                return self.render_to_response(self.get_context_data(form=form, look=FORGED, checked=clock.now()))
            if kwargs.get("code") != code and code and len(code) <= 40:
                address = reverse("training:verify", args=[code])
                return HttpResponseRedirect(f"{address}#{payload}" if payload else address)
            kind, certificate = awards.on_record(code)
            state = kind.state(certificate, clock.today()) if certificate else "unknown"
            context = self.get_context_data(
                form=form, certificate=certificate, state=state, look=LOOKS[state], checked=clock.now(), code=code, kind=kind,
                badge=isinstance(certificate, Certificate),
            )  # fmt: skip
            return self.render_to_response(context, status=200 if certificate else 404)
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs):
        keys = " ".join(f"{kid}:{public}" for kid, public in credentials.keys())
        return super().get_context_data(keys=keys, at=clock.now().isoformat(timespec="seconds"), **kwargs)


class VerifyFile(FormDoor):
    """A PDF that somebody holds, beside what was issued. The file is read and forgotten."""

    title = gettext_lazy("Check a PDF")
    public = True
    template_name = "training/verify_file.html"
    form_class = VerifyFileForm

    def get_crumbs(self):
        return [(_("Check a certificate"), reverse("training:verify"))]

    def form_valid(self, form):
        if not spend(f"verify:{reader(self.request)}", CHECKS, 60):
            return render(self.request, "429.html", {"title": _("Too many checks")}, status=429)
        found = awards.check_pdf(form.cleaned_data["file"].read())
        certificate = found.certificate
        state = found.kind.state(certificate, clock.today()) if certificate else ""
        context = self.get_context_data(
            form=form, found=found, certificate=certificate, state=state, look=VERDICTS[found.verdict],
            standing=LOOKS.get(state), checked=clock.now(), kind=found.kind,
        )  # fmt: skip
        return self.render_to_response(context)


FORGED = ("bad", "alert-triangle", gettext_lazy("This was not signed by the Kenya School of Government"))
# verdict on a file -> (tint of the card, icon, sentence)
VERDICTS = {
    "same": ("", "shield-check", gettext_lazy("This file is the one that was issued")),
    "resaved": ("warn", "alert-triangle", gettext_lazy("The text is as issued, but the file is not the one that was issued")),
    "differs": ("bad", "ban", gettext_lazy("This file differs from the certificate that was issued")),
    "forged": FORGED,
    "unknown": ("bad", "alert-triangle", gettext_lazy("Signed, but not on record")),
    "stranger": ("grey", "search", gettext_lazy("No certificate of ours is in this file")),
    "unreadable": ("grey", "search", gettext_lazy("This file cannot be read as a PDF")),
}
# state -> (tint of the card, icon, sentence)
LOOKS = {
    "valid": ("", "shield-check", gettext_lazy("This certificate is valid")),
    "suspended": ("warn", "alert-triangle", gettext_lazy("This certificate is suspended")),
    "expired": ("bad", "circle-x", gettext_lazy("This certificate has expired")),
    "revoked": ("bad", "ban", gettext_lazy("This certificate is revoked")),
    "withdrawn": ("bad", "ban", gettext_lazy("This certificate is withdrawn")),
    "superseded": ("grey", "history", gettext_lazy("A newer certificate has replaced this one")),
    "unknown": ("grey", "search", gettext_lazy("There is no certificate with this code")),
}
