"""People and their roles: the list, invitations, the end of a role; the role one wears; one's API tokens."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from centres import policies
from centres.access import fetch
from centres.filters import PeopleFilter
from centres.forms import EndForm, InvitationForm, TokenForm
from centres.models import ApiToken, Membership
from centres.services import people, tokens
from cse_portal.lib import clock
from cse_portal.lib.doors import ActDoor, Column, FormDoor, ListDoor


def since(membership):
    return membership.during.lower


class PeopleList(ListDoor):
    title = gettext_lazy("People and their roles")
    may = staticmethod(policies.may_see_people)
    template_name = "centres/people.html"
    filterset_class = PeopleFilter
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Name"), lambda m: str(m.user), sort="user__name"),
        Column("email", gettext_lazy("Email"), lambda m: m.user.email, sort="user__email"),
        Column("role", gettext_lazy("Role"), lambda m: m.get_role_display(), sort="role"),
        Column("place", gettext_lazy("For"), lambda m: str(m.organisation or m.centre or ""), sort="organisation__name"),
        Column("invited_by", gettext_lazy("Invited by"), lambda m: str(m.invited_by or "")),
        Column("since", gettext_lazy("Since"), since, sort="during"),
        Column("last_login", gettext_lazy("Last sign-in"), lambda m: m.user.last_login, sort="user__last_login"),
        Column("state", gettext_lazy("State"), lambda m: m.state, sort="state"),
        Column("acts", gettext_lazy("Actions")),
    )

    def base_queryset(self):
        return (
            Membership.objects.visible_to(self.scope)
            .with_state(self.scope.today)
            .select_related("user", "organisation", "centre", "invited_by")
        )

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for row in context["page_obj"].object_list:
            row.may_end = row.state != "ended" and policies.may_end_membership(self.scope, row)
            row.may_resend = row.state == "invited" and policies.may_resend_invitation(self.scope, row)
        return context


class Invite(FormDoor):
    title = gettext_lazy("Invite someone")
    may = staticmethod(policies.may_see_people)
    template_name = "centres/invite.html"
    form_class = InvitationForm

    def get_crumbs(self):
        return [(_("People"), reverse("centres:people"))]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"scope": self.scope, "roles": people.roles_to_grant(self.scope)}

    def act(self, form):
        hat = people.invite(self.scope, **form.cleaned_data)
        sentence = (
            _("%(name)s has been told of the new role.")
            if hat.user.has_usable_password()
            else _("The invitation is on its way to %(email)s.")
        )
        messages.success(self.request, sentence % {"name": hat.user, "email": hat.user.email})
        return reverse("centres:people")


class EndMembership(FormDoor):
    title = gettext_lazy("End this role")
    template_name = "centres/end_role.html"
    form_class = EndForm

    def prepare(self):
        self.hat = fetch(
            Membership.objects.select_related("user", "organisation", "centre"),
            self.scope,
            may=policies.may_end_membership,
            pk=self.kwargs["pk"],
        )

    def get_crumbs(self):
        return [(_("People"), reverse("centres:people"))]

    def get_context_data(self, **kwargs):
        what = _("%(name)s will no longer act as: %(role)s. It holds from the next click, also for API tokens.") % {
            "name": self.hat.user,
            "role": self.hat,
        }
        return super().get_context_data(what=what, cancel_url=reverse("centres:people"), **kwargs)

    def act(self, form):
        people.end_membership(self.scope, self.hat, reason=form.cleaned_data["reason"])
        messages.success(self.request, _("%(name)s is no longer: %(role)s.") % {"name": self.hat.user, "role": self.hat})
        return reverse("centres:people")


class ResendInvitation(ActDoor):
    done = gettext_lazy("The invitation is on its way again.")

    def act(self):
        hat = fetch(Membership.objects.all(), self.scope, may=policies.may_resend_invitation, pk=self.kwargs["pk"])
        people.resend_invitation(self.scope, hat)
        return reverse("centres:people")


class WearHat(ActDoor):
    """Acts under another of one's own roles from now on."""

    def act(self):
        asked = self.request.POST.get("membership", "")
        hat = next((m for m in people.hats(self.request.user, clock.today()) if str(m.pk) == asked), None)
        if hat is None:
            raise Http404
        self.request.session["hat"] = hat.pk
        messages.success(self.request, _("You now act as: %(role)s.") % {"role": hat})
        return "/"


class Tokens(FormDoor):
    title = gettext_lazy("API tokens")
    may = staticmethod(policies.may_make_token)
    template_name = "centres/tokens.html"
    form_class = TokenForm

    def get_context_data(self, **kwargs):
        held = (
            ApiToken.objects.visible_to(self.scope)
            .select_related("membership__organisation", "membership__centre")
            .order_by("-pk")
        )
        now = clock.now()
        for token in held:
            token.state = "revoked" if token.revoked_at else "expired" if token.expires_at <= now else "active"
        return super().get_context_data(tokens=held, **kwargs)

    def form_valid(self, form):
        # The secret is in this one answer only: no redirect, nothing kept.
        token, secret = tokens.make(self.scope, membership=self.scope.membership, **form.cleaned_data)
        context = self.get_context_data(form=self.form_class(), made=token, secret=secret)
        response = render(self.request, self.template_name, context, status=201)
        response["Cache-Control"] = "no-store"
        return response


class RevokeToken(ActDoor):
    done = gettext_lazy("The token no longer works.")

    def act(self):
        token = fetch(ApiToken.objects.select_related("membership"), self.scope, pk=self.kwargs["pk"])
        tokens.revoke(self.scope, token)
        return reverse("centres:tokens")
