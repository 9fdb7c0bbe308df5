"""Who is told of what happens to an audit: its MDA, its team, the secretariat, the panel. One notice a person and reason."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.notices import outbox
from standards.models.audit import OF_THE_MDA


def auditee(audit, key, subject, words, address, roles=OF_THE_MDA):
    """People of the MDA under `roles`, and the manager of a centre that is audited alone. `subject` and `words` are called in the
    language of each reader."""
    held = Membership.objects.on(clock.today())
    told = held.filter(role__in=roles, organisation=audit.organisation)
    if audit.centre_id:
        told |= held.filter(role=Role.CENTRE_MANAGER, centre=audit.centre)
    _tell(audit, told, key, subject, words, address)


def team(audit, key, subject, words, address):
    """Auditors of the team without an interest."""
    users = User.objects.filter(is_active=True, audit_teams__in=audit.team.exclude(interest=True))
    _queue(audit, users, key, subject, words, address)


def those(audit, role, key, subject, words, address):
    """Everyone who acts under a national role: the secretariat, the panel, HOPS."""
    _tell(audit, Membership.objects.on(clock.today()).filter(role=role), key, subject, words, address)


def _tell(audit, memberships, key, subject, words, address):
    users = User.objects.filter(is_active=True, pk__in=memberships.values("user"))
    _queue(audit, users, key, subject, words, address)


def _queue(about, users, key, subject, words, address):
    notices = []
    for user in users.order_by("pk"):
        with translation.override(user.language):
            notices.append(letter(f"{key}:{user.pk}", user, subject(), [words(), settings.SITE_URL + address], about))
    outbox.queue_many(notices)


def letter(key, user, subject, lines, about=None):
    """A notice with its greeting, in the user's language, which is active."""
    body = "\n\n".join([_("Hello %(name)s,") % {"name": user}, *map(str, lines)])
    return outbox.notice(key=key, to=user.email, subject=subject, body=body, language=user.language, about=about)
