"""What auditors and others do, through the services: used to set a scene, and by the tests of other rooms."""

from pathlib import Path

from centres.access import Scope
from standards.models import Edition, Element, Rating
from standards.services import audits, certification, editions, programme
from standards.services.audits import Piece
from tests import factories as make

SMALL = Path(__file__).resolve().parent.parent / "files" / "small_standard.csv"
SMALL_DRAFT = "small-draft"
SYSTEM = Scope.system_task("test")
SEEN = (Piece("observation", "Seen at three counters.", 3),)


def scope(hat):
    return Scope(user=hat.user, membership=hat)


def published_edition(version="test 1"):
    """Five elements for a head office, six for a centre."""
    editions.load_draft(SYSTEM, SMALL)
    draft = Edition.objects.get(version=SMALL_DRAFT)
    return editions.publish(SYSTEM, draft, version=version, on=make.days_ago(30))


def full_edition(version="0.1 test"):
    """The 55 elements of the draft: 41 for a head office, 43 for a centre."""
    editions.load_draft(SYSTEM)
    return editions.publish(SYSTEM, Edition.objects.get(version="0.1-draft"), version=version, on=make.days_ago(30))


def plan(organisation, edition, lead, *members, **sites):
    return programme.plan(
        SYSTEM, organisation=organisation, edition=edition, lead=lead.user, members=[m.user for m in members],
        starts_on=make.days_ago(1), ends_on=make.days_ahead(3), **sites,
    )  # fmt: skip


def declare(audit, *hats):
    for hat in hats:
        programme.declare(scope(hat), audit, interest=False)


def elements(site):
    return {e.code: e for e in Element.objects.of(site.audit.edition_id, site.applies_to)}


def rate(hat, site, code, value="M", words="Seen.", ref="", base=None, pieces=SEEN):
    element = elements(site)[code]
    held = Rating.objects.filter(site=site, element=element).first()
    base = (held.revision if held else 0) if base is None else base
    return audits.record(scope(hat), site=site, element=element, value=value, justification=words, client_ref=ref, base_revision=base, pieces=pieces)


def rate_all(hat, audit, **exceptions):
    """Everything met, but for `_1_1_1="N"` and so on."""
    for site in audit.sites.all():
        for code in elements(site):
            rate(hat, site, code, exceptions.get("_" + code.replace(".", "_"), "M"))


def submitted(organisation, edition, lead, **exceptions):
    """An audit of the head office, rated and submitted by its lead."""
    audit = plan(organisation, edition, lead)
    declare(audit, lead)
    rate_all(lead, audit, **exceptions)
    return audits.submit(scope(lead), audit)


def decided(audit, panel, outcome="certify"):
    return certification.decide(scope(panel), audit, outcome=outcome, reasons_given="All principles pass.")
