"""What quarterly returns and name grants ask of an MDA's people first."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from centres.models import Role
from cse_portal.lib.templatetags.cse import day
from cse_portal.oversight import links
from cse_portal.oversight.models import QuarterlyReturn

from .home import todo

TONES = {"open": ("info", "file-text"), "late": ("warn", "clock"), "missing": ("bad", "alert-triangle")}


def to_do(scope):
    """Rows of "to do first": returns to file (HR officer) or to sign (authorised officer); none for other roles."""
    if scope.role == Role.HR_OFFICER:
        return _rows(scope, Q(state="open"), _to_file)
    if scope.role == Role.AUTHORISED_OFFICER:
        return _rows(scope, Q(state="filed") & ~Q(filed_by=scope.user), _to_sign)
    return []


def _rows(scope, waiting, row):
    """One row for the own MDA's latest; those of MDAs below and of earlier quarters together in another."""
    found = list(
        QuarterlyReturn.objects.visible_to(scope)
        .filter(waiting)
        .judged(scope.today)
        .select_related("organisation")
        .order_by("-quarter_ends", "pk")
    )
    for one in found:
        one.past = scope.today > one.due_on
    own = next((one for one in found if one.organisation_id == scope.organisation.pk), None)
    rows = [row(own)] if own else []
    if n := len(found) - len(rows):
        heading = (
            ngettext("%(n)s other quarterly return waits", "%(n)s other quarterly returns wait", n)
            if own
            else ngettext(
                "%(n)s quarterly return of an MDA below yours waits", "%(n)s quarterly returns of MDAs below yours wait", n
            )
        ) % {"n": n}
        rows.append(todo(heading, "", icon="file-text", tone="info", url=links.to("oversight:returns"), verb=_("See them")))
    return rows


def _to_file(one):
    label = one.state if one.restates_id else one.label
    tone, icon = TONES.get(label, TONES["open"])
    words = {"quarter": one.quarter, "due": day(one.due_on), "limit": day(one.limit_on)}
    heading = {
        "late": _("Your return of %(quarter)s is late"),
        "missing": _("Your return of %(quarter)s is missing"),
    }.get(label, _("Your return of %(quarter)s is to be filed")) % words
    text = {
        "late": _("It was due by %(due)s; after %(limit)s it is not admissible.") % words,
        "missing": _("It is past %(limit)s: file it all the same, it is marked as not admissible.") % words,
    }.get(label, _("Its figures are filled in; due by %(due)s.") % words)
    return todo(heading, text, icon=icon, tone=tone, url=one.get_absolute_url(), verb=_("Look and file"))


def _to_sign(one):
    words = {"quarter": one.quarter, "due": day(one.due_on), "filed": day(one.filed_at)}
    heading = _("The return of %(quarter)s waits for your signature") % words
    if one.restates_id:
        text = _("A restatement, filed %(filed)s.") % words
    elif one.past:
        text = _("Filed %(filed)s. It was due, signed, by %(due)s.") % words
    else:
        text = _("Filed %(filed)s, due by %(due)s.") % words
    tone = "bad" if one.past and not one.restates_id else "warn"
    return todo(heading, text, icon="clipboard-check", tone=tone, url=one.get_absolute_url(), verb=_("Look and sign"))
