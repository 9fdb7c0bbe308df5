"""An MDA was reorganised: whether its certification still covers what it said is looked at within 90 days."""

import datetime as dt

from django.utils import translation
from django.utils.translation import gettext as _

from centres.access import organisations_below
from centres.models import Reorganisation
from cse_portal.lib import clock
from standards.models import Certification
from training.certificates import long_day

from . import standing

WITHIN = 90  # days


def organisations_changed(ids, on):
    """Proposes a review of the scope of what these MDAs hold; the centres that they no longer run are proposed to leave. While
    something else is to be decided on a certification, that comes first and the review with it. A corrected name, or another standing,
    is no reorganisation."""
    if not Reorganisation.objects.filter(state=Reorganisation.State.MADE, on=on).exists():
        return
    today = clock.today()
    for certification in Certification.objects.in_force(max(on, today)).filter(organisation__in=ids).order_by("pk"):
        held = standing.locked(certification)
        below = organisations_below(held.organisation_id, max(on, today))
        sites = list(held.sites.filter(left_on=None).select_related("site__centre"))
        gone = [
            one
            for one in sites
            if one.site.centre_id and one.site.centre.organisation_id and one.site.centre.organisation_id not in below
        ]
        with translation.override("en"):
            due = long_day(on + dt.timedelta(days=WITHIN))
            reason = _("The MDA was reorganised on %(day)s. Its scope is reviewed by %(due)s.") % {
                "day": long_day(on),
                "due": due,
            }
        if held.acts.filter(ground=standing.Ground.REORGANISED, reason=reason).exists():
            continue
        standing.propose(held, standing.Kind.REDUCE, standing.Ground.REORGANISED, reason, gone if len(gone) < len(sites) else ())
