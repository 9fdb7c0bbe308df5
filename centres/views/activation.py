"""A learner opens the account, in small steps that a phone can take."""

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from centres.forms import ActivationForm, CodeForm, NewPasswordForm, OwnEmailForm
from centres.services import activation
from cse_portal.lib import clock
from cse_portal.lib.doors import FormDoor
from cse_portal.lib.errors import Refused

NEXT = {activation.EMAIL: "centres:activate_email", activation.PASSWORD: "centres:activate_password"}


class Step(FormDoor):
    """One step; the attempt's handle is in the session."""

    public = True
    title = gettext_lazy("Open your account")
    template_name = "centres/activate.html"
    stages = ()
    step = 1
    submit = gettext_lazy("Go on")
    hint = ""

    def dispatch(self, request, *args, **kwargs):
        self.handle = request.session.get("activation")
        if self.stages and activation.stage(self.handle) not in self.stages:
            messages.info(request, _("This took too long, or was done in another window. Start again."))
            return redirect("centres:activate")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        labels = [_("Who you are"), _("The code"), _("A password")]
        return super().get_context_data(labels=labels, now=self.step, submit=self.submit, hint=self.hint, **kwargs)


class Activate(Step):
    hint = gettext_lazy("For every public officer on a staff file: see your training and your certificates.")
    submit = gettext_lazy("Send me a code")
    form_class = ActivationForm

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"on": clock.today()}

    def act(self, form):
        address = get_adapter().get_client_ip(self.request)
        self.request.session["activation"] = activation.begin(
            **form.cleaned_data, on=clock.today(), address=address, language=get_language() or "en"
        )
        return reverse("centres:activate_code")


class ActivateCode(Step):
    step = 2
    stages = (activation.CODE, activation.EMAIL_CODE)
    hint = gettext_lazy(
        "If the number is on the staff file of that MDA with an email or a phone, a code is on its way there. "
        "It works for 15 minutes. Nothing came? Ask your HR office which address they have on file."
    )
    form_class = CodeForm

    def act(self, form):
        try:
            to = activation.check(self.handle, form.cleaned_data["code"])
        except Refused as refusal:
            if refusal.code != "start_again":
                raise
            messages.warning(self.request, refusal.message)
            return reverse("centres:activate")
        if to == activation.LINKED:
            messages.success(self.request, _("You had an account: your training is now in it. Sign in as before."))
            return reverse("account_login")
        return reverse(NEXT[to])


class ActivateEmail(Step):
    step = 2
    stages = (activation.EMAIL,)
    submit = gettext_lazy("Send me a code")
    form_class = OwnEmailForm

    def act(self, form):
        activation.give_email(self.handle, form.cleaned_data["email"])
        return reverse("centres:activate_code")


class ActivatePassword(Step):
    step = 3
    stages = (activation.PASSWORD,)
    submit = gettext_lazy("Open my account")
    form_class = NewPasswordForm
    hint = gettext_lazy("At least 12 characters, not only digits, not a common password, not like your name or email.")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": activation.officer_of(self.handle)}

    def form_valid(self, form):
        try:
            user = activation.finish(self.handle, form.cleaned_data["password"])
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self.form_invalid(form)
        self.request.session.pop("activation", None)
        return perform_login(self.request, user, email_verification="none", redirect_url="/")
