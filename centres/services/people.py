"""Who may act as what: hats, invitations, the end of a role."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation
from django.utils.translation import gettext as _

from centres import policies
from centres.access import Scope
from centres.models import Membership, Role
from cse_portal.accounts import links
from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox


def hats(user, on):
    """The user's memberships in force, in the order of the account menu. Asked by every request: one query."""
    held = list(
        Membership.objects.on(on)
        .filter(user=user)
        .select_related("organisation", "centre")
        .order_by("role", "organisation__name", "pk")
    )
    for hat in held:
        hat.user = user
    return held


def scope_of(user, hat_id=None, held=None):
    """The scope of a user acting under the hat of that id, if still held; otherwise under the first hat held."""
    today = clock.today()
    held = hats(user, today) if held is None else held
    chosen = next((m for m in held if m.pk == hat_id), held[0] if held else None)
    return Scope(user=user, membership=chosen, today=today)


def roles_to_grant(scope):
    """The roles that this hat may grant, in the order of Role."""
    if scope.role == Role.ADMINISTRATOR:
        return [role for role in Role if role != Role.LEARNER]
    return [role for role in Role if role in Membership.FOR_ORGANISATION] if policies.may_see_people(scope) else []


@transaction.atomic
def invite(actor, *, email, name, role, organisation=None, centre=None, language="en"):
    """Grants a role. Without an account one gets one, and a link to set its password; with one, a notice."""
    role = Role(role)
    _check_place(role, organisation, centre)
    hat = Membership(role=role, organisation=organisation, centre=centre, invited_by=actor.user)
    if not policies.may_grant(actor, hat):
        raise Refused(_("You may give roles of your own MDA and the MDAs below it only."), code="not_yours_to_grant")
    user = hat.user = claim_user(email, name, language)
    if actor.user is not None and user.pk == actor.user.pk:
        raise Refused(
            _("Someone else must give you a role."), code="own_role", fields={"email": [_("Someone else must give you a role.")]}
        )
    if not user.is_active:
        raise Refused.of("email", _("This account is closed."), "closed")
    today = clock.today()
    if Membership.objects.on(today).filter(user=user, role=role, organisation=organisation, centre=centre).exists():
        sentence = _("%(name)s already has this role here.") % {"name": user}
        raise Refused.of("email", sentence, "has_role")
    hat.during = DateRange(today, None)
    hat.save(force_insert=True)
    if role in Membership.NEEDS_SECOND_FACTOR and not user.mfa_required:
        User.objects.filter(pk=user.pk).update(mfa_required=True)
    trail.record(actor, "granted role", hat, {"role": (None, hat.get_role_display()), "person": (None, user.email)})
    if user.has_usable_password():
        _tell_of_role(hat)
    else:
        _send_invitation(hat, key=f"invitation:{hat.pk}")
    return hat


def claim_user(email, name, language="en"):
    """The user of that address, locked; made when there is none, to wait for whoever receives a link or code there to set a
    password. Two at once make one."""
    email = User.objects.normalize_email(email).lower()
    found = User.objects.select_for_update().filter(email=email)
    if user := found.first():
        return user
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, name=name.strip(), language=language)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
            return user
    except IntegrityError:
        return found.get()


@transaction.atomic
def resend_invitation(actor, membership):
    """A new link, for who has not set a password yet."""
    hat = Membership.objects.select_for_update(of=["self"]).select_related("user", "organisation", "centre").get(pk=membership.pk)
    if hat.user.has_usable_password():
        raise Refused(_("%(name)s has set a password already.") % {"name": hat.user}, code="active")
    if not hat.is_in_force(clock.today()):
        raise Refused(_("This role has ended."), code="ended")
    _send_invitation(hat, key=f"invitation:{hat.pk}:{clock.now():%Y%m%d%H%M}")
    trail.record(actor, "sent invitation again", hat)


@transaction.atomic
def end_membership(actor, membership, *, reason=""):
    """The role ends today: whoever acts under it loses it with the next click, and its API tokens stop."""
    today = clock.today()
    hat = Membership.objects.select_for_update(of=["self"]).select_related("user", "organisation", "centre").get(pk=membership.pk)
    if not hat.is_in_force(today):
        return hat
    begun = hat.during.lower
    hat.during = DateRange(begun, today)
    hat.save(update_fields=["during"])
    others = Membership.objects.on(today).filter(user=hat.user, role__in=Membership.NEEDS_SECOND_FACTOR)
    if hat.user.mfa_required and not others.exists():
        User.objects.filter(pk=hat.user_id).update(mfa_required=False)
    trail.record(actor, "ended role", hat, {"until": (None, today)}, note=reason)
    return hat


def _check_place(role, organisation, centre):
    if role in Membership.FOR_ORGANISATION and organisation is None:
        raise Refused.of("organisation", _("Say for which MDA."))
    if role == Role.CENTRE_MANAGER and centre is None:
        raise Refused.of("centre", _("Say for which centre."))
    if organisation is not None and role not in Membership.FOR_ORGANISATION:
        raise Refused(
            _("This role belongs to no MDA."), fields={"organisation": [_("This role belongs to no MDA: leave it empty.")]}
        )
    if centre is not None and role != Role.CENTRE_MANAGER:
        raise Refused(
            _("This role belongs to no centre."), fields={"centre": [_("This role belongs to no centre: leave it empty.")]}
        )


def _send_invitation(hat, key):
    user = hat.user
    with translation.override(user.language):
        outbox.queue(
            key=key,
            to=user.email,
            subject=_("You are invited to the CSE Portal"),
            body=_(
                "Hello %(name)s,\n\n"
                "%(inviter)s invites you to the CSE Portal as: %(role)s.\n\n"
                "Open this link to choose a password:\n\n%(url)s\n\n"
                "It works for 7 days, once. After that, ask for it to be sent again."
            )
            % {
                "name": user.name,
                "inviter": hat.invited_by or _("The CSE office"),
                "role": hat,
                "url": links.set_password_url(user),
            },
            language=user.language,
            about=hat,
        )


def _tell_of_role(hat):
    user = hat.user
    with translation.override(user.language):
        outbox.queue(
            key=f"role-granted:{hat.pk}",
            to=user.email,
            subject=_("You have a new role in the CSE Portal"),
            body=_(
                "Hello %(name)s,\n\n"
                "%(inviter)s gave you a role: %(role)s.\n\n"
                "Sign in as before and choose the role in the account menu:\n\n%(url)s"
            )
            % {"name": user.name, "inviter": hat.invited_by or _("The CSE office"), "role": hat, "url": links.sign_in_url()},
            language=user.language,
            about=hat,
        )
