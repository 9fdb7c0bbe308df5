"""The audit programme: planning an audit, naming its team, declarations of interest."""

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Membership, Role
from cse_portal.accounts.models import User
from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from standards import policies
from standards.models import Audit, AuditSite, Certification, Edition, Evidence, Rating, TeamMember
from training.certificates import long_day

from . import editions, impartiality
from .numbers import next_number


def auditors(on):
    """Users who hold the auditor's role on that day."""
    held = Membership.objects.on(on).filter(role=Role.AUDITOR)
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("name", "email")


def covering(organisation, centre, on):
    """The certification of the MDA, of the centre, or of the MDA with the centre in its scope, that stands on the day; or None."""
    held = Certification.objects.standing().filter(expires_on__gt=on)
    of_mda = held.filter(organisation=organisation, centre=None)
    if centre is None:
        return of_mda.first()
    return held.filter(centre=centre).first() or of_mda.at_centre(centre, on).first()


@transaction.atomic
def plan(
    actor, *, organisation, edition, starts_on, ends_on, lead, members=(), head_office=True, centres=(),
    kind=Audit.Kind.CERTIFICATION, certification=None, elements_asked=None, scope_text="",
):  # fmt: skip
    """Plans an audit of an MDA's head office, some of its centres, or one centre alone (which is then what is certified).
    `certification`: what is watched over or renewed, at short notice what covers the place unless said; `elements_asked`: codes, where
    not the whole edition is looked at."""
    centres = sorted(set(centres), key=lambda c: c.pk)
    alone = centres[0] if len(centres) == 1 and not head_office else None
    if kind == Audit.Kind.SHORT_NOTICE and certification is None:
        certification = covering(organisation, alone, clock.today())
    if not policies.may_plan_audit(actor):
        raise Refused(_("The certification secretariat plans audits."), code="not_yours")
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    watched = certification if kind in (Audit.Kind.SURVEILLANCE, Audit.Kind.SHORT_NOTICE) else None
    if sentence := editions.why_not_plannable(edition, clock.today(), watched):
        raise Refused.of("edition", sentence)
    if ends_on < starts_on:
        raise Refused.of("ends_on", _("The audit ends before it starts."))
    if not head_office and not centres:
        raise Refused.of("centres", _("Choose the head office, a centre, or both."))
    _check_centres(organisation, centres, starts_on)
    audit = Audit.objects.create(
        ref=next_number("AU", clock.today().year, 4),
        organisation=organisation,
        centre=alone,
        edition=edition,
        starts_on=starts_on,
        ends_on=ends_on,
        planned_by=actor.user,
        kind=kind,
        certification=certification,
        elements_asked=list(elements_asked) if elements_asked is not None else None,
        scope_text=scope_text.strip(),
    )
    AuditSite.objects.bulk_create([AuditSite(audit=audit, centre=centre) for centre in [None] * head_office + centres])
    places = [str(_("Head office"))] * head_office + [str(c) for c in centres]
    trail.record(actor, "planned audit", audit, {"edition": (None, edition), "starts": (None, starts_on), "ends": (None, ends_on), "sites": (None, ", ".join(places))})
    name_team(actor, audit, lead=lead, members=members)
    return audit


def _check_centres(organisation, centres, on):
    below = organisations_below(organisation.pk, on)
    foreign = [c for c in centres if c.organisation_id and c.organisation_id not in below]
    if foreign:
        raise Refused.of("centres", _("%(centre)s is not run by %(mda)s.") % {"centre": foreign[0], "mda": organisation})


@transaction.atomic
def name_team(actor, audit, *, lead, members=()):
    """Names lead and members: auditors against whom nothing speaks (`impartiality`). Whoever has worked on the sheet stays."""
    audit = Audit.objects.locked(audit.pk)
    if not policies.may_name_team(actor, audit):
        raise Refused(_("The secretariat names the team, until the audit is submitted."), code="submitted")
    named = {lead.pk: lead} | {user.pk: user for user in members}
    _check_auditors(audit, named, lead)
    held = {m.user_id: m for m in audit.team.all()}
    leaving = [m for pk, m in held.items() if pk not in named]
    for member in leaving:
        if _has_worked(member.user, audit):
            raise Refused.of("members", _("%(name)s has worked on this audit and stays on its team.") % {"name": member.user})
        member.delete()
    audit.team.exclude(user=lead).filter(is_lead=True).update(is_lead=False)
    for pk, user in named.items():
        if pk not in held:
            TeamMember.objects.create(audit=audit, user=user, is_lead=user == lead)
        elif user == lead and not held[pk].is_lead:
            audit.team.filter(user=lead).update(is_lead=True)
    before = (_names(m.user for m in held.values()), _names(m.user for m in held.values() if m.is_lead))
    after = (_names(named.values()), str(lead))
    if before == after:
        return audit
    trail.record(actor, "named team", audit, {"team": (before[0], after[0]), "lead": (before[1], after[1])})
    _tell(audit, [user for pk, user in named.items() if pk not in held])
    return audit


def _check_auditors(audit, named, lead):
    active = set(auditors(clock.today()).filter(pk__in=named).values_list("pk", flat=True))
    held = set(audit.team.values_list("user", flat=True))
    against = impartiality.obstacles_of(named.values(), impartiality.Judged.of(audit), lead=True)
    for pk, user in named.items():
        field = "lead" if user == lead else "members"
        if pk not in active:
            raise Refused.of(field, _("%(name)s is not an auditor.") % {"name": user}, code="not_an_auditor")
        for obstacle in against[pk]:
            if pk in held and obstacle.code in impartiality.OF_NEW_MEMBERS:
                continue
            if user == lead or obstacle.code not in impartiality.OF_A_LEAD:
                raise Refused.of(field, obstacle.sentence, code=obstacle.refusal)
        if audit.decisions.filter(decided_by=user).exists() or audit.votes.filter(user=user).exists():
            raise Refused.of(field, _("%(name)s has decided on this audit.") % {"name": user}, code="decided")


def _has_worked(user, audit):
    return (
        Rating.objects.filter(Q(rated_by=user) | Q(na_approved_by=user), site__audit=audit).exists()
        or Evidence.objects.filter(site__audit=audit, added_by=user).exists()
    )


def _names(users):
    return ", ".join(sorted(map(str, users)))


def _tell(audit, users):
    notices = []
    for user in users:
        with translation.override(user.language):
            notices.append(
                outbox.notice(
                    key=f"audit-team:{audit.ref}:{user.pk}",
                    to=user.email,
                    subject=_("You are on the team of audit %(ref)s") % {"ref": audit.ref},
                    body=_("Hello %(name)s,\n\nYou are named for the audit of %(subject)s, %(starts)s to %(ends)s.\n\nDeclare in the portal whether you have an interest; then the score sheet opens.")
                    % {"name": user, "subject": audit.subject, "starts": long_day(audit.starts_on), "ends": long_day(audit.ends_on)},
                    language=user.language,
                    about=audit,
                )
            )
    outbox.queue_many(notices)


@transaction.atomic
def declare(actor, audit, *, interest, declaration=""):
    """The auditor who asks declares an interest in the MDA, or none. An interest closes the sheet to them."""
    audit = Audit.objects.locked(audit.pk)
    member = policies.member_of(actor, audit)
    if member is None or not audit.is_open:
        raise Refused(_("Members of the team declare, before the audit is submitted."), code="not_yours")
    if member.declared_at is not None:
        if member.interest == interest:
            return member
        raise Refused(_("You have declared already; the secretariat can name another auditor."), code="declared")
    if interest and not declaration.strip():
        raise Refused.of("declaration", _("Say what the interest is."))
    member.declared_at, member.interest, member.declaration = clock.now(), interest, declaration.strip()
    member.save(update_fields=["declared_at", "interest", "declaration"])
    trail.record(actor, "declared an interest" if interest else "declared no interest", audit, note=member.declaration)
    if interest and audit.planned_by_id:
        _tell_secretariat(audit, member)
    return member


def _tell_secretariat(audit, member):
    user = User.objects.get(pk=audit.planned_by_id)
    with translation.override(user.language):
        outbox.queue(
            key=f"audit-interest:{audit.ref}:{member.user_id}",
            to=user.email,
            subject=_("Audit %(ref)s: an auditor declared an interest") % {"ref": audit.ref},
            body=_("%(name)s declared an interest in %(subject)s and cannot audit it. Name another auditor.") % {"name": member.user, "subject": audit.subject},
            language=user.language,
            about=audit,
        )
