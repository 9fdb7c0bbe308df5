"""Audits that follow a certification: surveillance, planned from what is due, and recertification, planned before it expires."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from standards import policies, surveillance
from standards.models import Audit, Certification, Surveillance
from training.certificates import long_day

from . import certifying, programme, standing

OPEN = (Surveillance.State.DUE, Surveillance.State.MISSED)


def elements_of(row):
    """What the surveillance looks at when it is planned today: what was drawn, and elements of findings open by now."""
    return sorted({*row.elements, *certifying.open_elements(row.certification)}, key=surveillance.natural)


def places(certification):
    """(whether the head office is in scope, the centres in scope)."""
    sites = certification.sites.filter(left_on=None).select_related("site__centre")
    centres = [one.site.centre for one in sites]
    return None in centres, [centre for centre in centres if centre]


@transaction.atomic
def plan(actor, row, *, starts_on, ends_on, lead, members=()):
    """Plans the surveillance audit of a row that is due or was missed; another once that audit lapsed or was cancelled."""
    held = standing.locked(row.certification)
    row = Surveillance.objects.select_for_update(of=["self"]).select_related("audit").get(pk=row.pk)
    row.certification = held
    if not policies.may_plan_surveillance(actor, row):
        raise Refused(_("The secretariat plans a surveillance that is due."), code="not_yours")
    _standing(held, clock.today())
    head_office, centres = places(held)
    row.audit = programme.plan(
        actor, organisation=held.organisation, edition=held.decision.audit.edition, starts_on=starts_on, ends_on=ends_on, lead=lead, members=members,
        head_office=head_office, centres=centres, kind=Audit.Kind.SURVEILLANCE, certification=held, elements_asked=elements_of(row), scope_text=held.scope_text,
    )  # fmt: skip
    row.state = Surveillance.State.PLANNED
    row.save(update_fields=["audit", "state"])
    return row.audit


@transaction.atomic
def plan_renewal(actor, certification, *, edition, starts_on, ends_on, lead, members=()):
    """Plans the audit of every element that leads to the next certification of the same office."""
    held = standing.locked(certification)
    if not policies.may_plan_audit(actor):
        raise Refused(_("The certification secretariat plans audits."), code="not_yours")
    today, process = clock.today(), standing.process_of(held)
    if not standing.renewable(held, today, process):
        raise Refused(_("This certification can no longer be renewed; plan an audit for certification."), code="not_renewable")
    if today < (opens := standing.renewal_opens(held, process)):
        raise Refused(_("A recertification is planned from %(day)s.") % {"day": long_day(opens)}, code="too_early")
    if renewal_of(held):
        raise Refused(_("A recertification is planned already."), code="planned")
    head_office, centres = places(held)
    return programme.plan(
        actor, organisation=held.organisation, edition=edition, starts_on=starts_on, ends_on=ends_on, lead=lead, members=members,
        head_office=head_office, centres=centres, kind=Audit.Kind.RECERTIFICATION, certification=held, scope_text=held.scope_text,
    )  # fmt: skip


def renewal_of(certification):
    """The recertification under way, or None."""
    of = Audit.objects.filter(certification=certification, kind=Audit.Kind.RECERTIFICATION)
    return of.exclude(state__in=Audit.ENDED).first()


def _standing(held, today):
    if held.state not in Certification.STANDING or today >= held.expires_on:
        raise Refused(_("This certification no longer stands."), code="not_standing")
