"""What needs attention, by rule from the figures: rows of (tone, heading, text, address)."""

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.lib import clock
from cse_portal.oversight import figures, links


def national(read, expiring, asked):
    rows = []
    group = read.national
    if group.unknown:
        heading = ngettext("%(n)s MDA has no known staff register", "%(n)s MDAs have no known staff register", group.unknown)
        text = _("%(n)s officers at last return, in no figure") % {"n": f"{group.unknown_officers:,}"}
        rows.append(("bad", heading % {"n": f"{group.unknown:,}"}, text, "#registers"))
    behind = [line for line in read.by_mda() if line.known and not line.small and line.count.coverage < 25]
    if behind:
        heading = ngettext(
            "%(n)s MDA has trained fewer than a quarter", "%(n)s MDAs have trained fewer than a quarter", len(behind)
        )
        text = _("Lowest: %(mda)s") % {"mda": min(behind, key=lambda line: line.count.coverage).organisation.name}
        rows.append(("bad", heading % {"n": f"{len(behind):,}"}, text, "#mdas"))
    (ahead,) = figures.forecast(read.on, days=[clock.add_months(read.on, 3)], at=read.at)
    lost = group.count.current - ahead.count.current if not asked.known else 0
    if lost > 0:
        heading = ngettext(
            "%(n)s officer fewer up to date in three months", "%(n)s officers fewer up to date in three months", lost
        )
        text = _("If nobody is trained: certificates that expire")
        rows.append(("warn", heading % {"n": f"{lost:,}"}, text, links.to("oversight:forecast", **asked.query)))
    if expiring:
        heading = ngettext("%(n)s certification expires", "%(n)s certifications expire", len(expiring)) % {"n": len(expiring)}
        text = _("Before %(day)s") % {"day": formats.date_format(read.soon, "j M Y")}
        rows.append(("warn", heading, text, links.to("standards:certifications")))
    return rows
