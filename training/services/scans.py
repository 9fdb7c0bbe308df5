"""Signed sheets, photographed or scanned: the evidence of marks taken from paper."""

from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from training import policies
from training.models import Cohort, SheetScan

from . import proof


@transaction.atomic
def add(actor, *, session, upload):
    """Keeps the picture of a signed sheet; the same picture again is the one that is kept. Told from its bytes: PDF, PNG, JPEG."""
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=session.cohort_id)
    if not policies.may_mark(actor, cohort):
        raise Refused(_("Only the trainers of this cohort mark its attendance."), code="not_allowed")
    file, digest = proof.read(upload, "scan")
    if kept := session.scans.filter(sha256=digest).first():
        return kept
    scan = SheetScan.objects.create(session=session, file=file, sha256=digest, added_by=actor.user, added_at=clock.now())
    trail.record(actor, "added a signed sheet", session, {"sha256": (None, digest)})
    return scan
