"""Who is told of a step of a finding, and in which words."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from centres.models import Membership, Role
from cse_portal.accounts.models import User
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from standards.policies import ANSWERERS

from .telling import letter

# step -> (subject, sentence); %(finding)s NC-02, %(audit)s AU-2026-0007, %(place)s, %(day)s where one is set
WORDS = {
    "disputed": (
        gettext_lazy("%(audit)s %(finding)s is disputed"),
        gettext_lazy("%(place)s disputes the finding. Someone who took no part in the audit decides by %(day)s."),
    ),
    "dispute_decided": (
        gettext_lazy("%(audit)s %(finding)s: the dispute is decided"),
        gettext_lazy("The dispute about the finding of %(place)s is decided. The reasons are in the portal."),
    ),
    "plan_submitted": (
        gettext_lazy("%(audit)s %(finding)s: a plan waits for you"),
        gettext_lazy("%(place)s has sent correction, root cause and plan. Accept or return them."),
    ),
    "plan_accepted": (
        gettext_lazy("%(audit)s %(finding)s: your plan is accepted"),
        gettext_lazy("The auditors accept the plan of %(place)s. Evidence of the correction is due by %(day)s."),
    ),
    "plan_returned": (
        gettext_lazy("%(audit)s %(finding)s: your plan is returned"),
        gettext_lazy("The auditors return the plan of %(place)s with a note. A new one is due by %(day)s."),
    ),
    "evidence_submitted": (
        gettext_lazy("%(audit)s %(finding)s: evidence waits for you"),
        gettext_lazy("%(place)s has sent evidence of the correction. Verify it."),
    ),
    "correction_accepted": (
        gettext_lazy("%(audit)s %(finding)s: the correction is verified"),
        gettext_lazy("The correction of %(place)s is verified. Its effect is looked at from %(day)s."),
    ),
    "correction_rejected": (
        gettext_lazy("%(audit)s %(finding)s: the evidence is not enough"),
        gettext_lazy("The correction of %(place)s could not be verified. New evidence is due by %(day)s."),
    ),
    "effect_accepted": (
        gettext_lazy("%(audit)s %(finding)s is closed: the correction has effect"),
        gettext_lazy("The correction of %(place)s has lasted. The finding is closed."),
    ),
    "reopened": (
        gettext_lazy("%(audit)s %(finding)s is open again"),
        gettext_lazy("The correction of %(place)s has not lasted. A new plan is due by %(day)s."),
    ),
    "visit": (
        gettext_lazy("%(audit)s %(finding)s: a follow-up visit"),
        gettext_lazy("The auditors visit %(place)s again; the final limit is now %(day)s."),
    ),
}  # fmt: skip


def auditee(finding, on):
    """Users who answer the finding: champions and authorised officers of the MDA, the manager of the centre."""
    hats = Membership.objects.on(on)
    told = hats.filter(role__in=ANSWERERS, organisation=finding.audit.organisation_id)
    if finding.site.centre_id:
        told = told | hats.filter(role=Role.CENTRE_MANAGER, centre=finding.site.centre_id)
    return users_of(told)


def users_of(memberships):
    return list(User.objects.filter(pk__in=memberships.values("user"), is_active=True).order_by("pk"))


def team(finding):
    return [m.user for m in finding.audit.team.filter(interest=False) if m.user.is_active]


def secretariat(on):
    return users_of(Membership.objects.on(on).filter(role=Role.SECRETARIAT))


def tell(step, finding, users, *, once, day=None):
    """Queues the step's notice to each of the users; `once` tells this time from the next."""
    notices = []
    for user in users:
        with translation.override(user.language):
            said = {"audit": finding.audit.ref, "finding": finding.label, "place": finding.site.centre or finding.audit.organisation, "day": long_day(day or clock.today())}
            heading, sentence = WORDS[step]
            notices.append(letter(f"finding-{step}:{finding.pk}:{once}:{user.pk}", user, heading % said, [sentence % said, link(finding)], finding))
    outbox.queue_many(notices)


def link(finding):
    return settings.SITE_URL + finding.get_absolute_url()


def list_link(**query):
    return settings.SITE_URL + reverse("standards:findings", query=query or None)


def overdue_link():
    return settings.SITE_URL + reverse("standards:overdue_findings")


def audit_link(audit):
    return settings.SITE_URL + audit.get_absolute_url()
