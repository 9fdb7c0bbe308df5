"""The standing of the MDA's or centre's own certifications: what is suspended, asked for, missed, ending or over, since when, why, and
what comes next."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber
from django.utils.html import format_html
from django.utils.translation import gettext as _

from centres.models import Role
from cse_portal.lib import clock
from cse_portal.lib.templatetags.cse import day, tag
from cse_portal.oversight import links
from standards import policies
from standards.models import Application, Audit, Certification, CertificationAct, CertificationEvent, Surveillance
from standards.services import certification_appeals, standing

from .home import todo

SOON, NEAR, SHOWN = dt.timedelta(days=180), dt.timedelta(days=90), 6
SEEN_FOR = dt.timedelta(days=365)  # a withdrawn or expired one is shown so long
ACT, KIND = CertificationAct.State, CertificationAct.Kind


def latest(scope):
    """The last certification of each office and centre that is the reader's: {certification}, with `now`, the worst first."""
    own = Certification.objects.visible_to(scope).exclude(state=Certification.State.REPLACED)
    if scope.role == Role.CENTRE_MANAGER:
        own = own.at_centre(scope.centre, scope.today)
    else:
        own = own.filter(organisation__in=scope.organisation_ids)
    turn = Window(RowNumber(), partition_by=[F("organisation"), F("centre")], order_by=[F("issued_on").desc(), F("pk").desc()])
    return own.annotate(turn=turn).filter(turn=1).as_of(scope.today).order_by("expires_on", "pk")


def to_do(scope):
    """A row for each that does not simply stand, at most six."""
    recert = Audit.objects.filter(certification=OuterRef("pk"), kind=Audit.Kind.RECERTIFICATION).exclude(state__in=Audit.ENDED)
    sent = Application.objects.filter(organisation=OuterRef("organisation"), state=Application.State.SENT)
    found = latest(scope).select_related("organisation", "centre", "decision__audit__edition", "decision__audit__organisation")
    found = found.annotate(
        renewal=Exists(recert), applied=Exists(sent.filter(centre=None) | sent.filter(centre=OuterRef("centre")))
    )
    found = found.prefetch_related("acts__appeals", "events__act", "surveillances")
    rows = [row for held in found for row in _of(scope, held)]
    return sorted(rows, key=lambda row: row["tone"] != "bad")[:SHOWN]


def _of(scope, held):
    asked = next((act for act in held.acts.all() if act.state == ACT.ASKED), None)
    if held.now == "suspended":
        yield _suspended(scope, held, asked)
    elif held.now == "withdrawn" and scope.today - held.state_on < SEEN_FOR:
        yield _withdrawn(scope, held)
    elif held.now == "expired" and scope.today - held.expires_on < SEEN_FOR:
        yield _expired(scope, held)
    elif held.now == "in_force":
        if asked:
            yield _asked(scope, held, asked)
        if missed := next((row for row in held.surveillances.all() if row.state == Surveillance.State.MISSED), None):
            text = _(
                "It was due on %(day)s. Agree on days with the secretariat: a surveillance that does not take place leads to suspension."
            )
            yield _row(_("Surveillance missed: %(what)s") % {"what": held}, [text % {"day": day(missed.due_on)}], "bad", held)
        if held.expires_on - scope.today <= SOON:
            yield _ends(scope, held)


def _row(heading, sentences, tone, held, url="", verb=""):
    text = " ".join(str(sentence) for sentence in sentences if sentence)
    return todo(heading, text, icon="certificate", tone=tone, url=url or held.get_absolute_url(), verb=verb or _("Open it"))


def _ground(held, kind):
    """The ground of the last event of that kind, in the reader's language."""
    last = next((event for event in reversed(held.events.all()) if event.kind == kind), None)
    return last.said if last else held.state_reason


def _page(scope, act):
    """Of an act, to whom it is open; others, as a centre's manager, stay with the certification."""
    return act.get_absolute_url() if policies.may_list_acts(scope) else ""


def _appeal(scope, held, kind):
    """(sentence, address): until when an appeal against the act is taken; that one is before the panel."""
    act = next((act for act in held.acts.all() if act.kind == kind and act.state == ACT.DONE), None)
    if act is None:
        return "", ""
    if any(appeal.state == "lodged" for appeal in act.appeals.all()):
        return _("Your appeal is before the panel."), _page(scope, act)
    act.certification = held
    if act.appeals.all() or certification_appeals.why_not(act, scope.today):
        return "", ""
    if policies.may_appeal(scope, held.organisation):
        return _("You may appeal until %(day)s.") % {"day": day(certification_appeals.last_day(act))}, act.get_absolute_url()
    return _("The authorised officer may appeal until %(day)s.") % {"day": day(certification_appeals.last_day(act))}, ""


def _suspended(scope, held, asked):
    said = _("Since %(day)s: %(ground)s.") % {
        "day": day(held.state_on),
        "ground": _ground(held, CertificationEvent.Kind.SUSPENDED),
    }
    until = (
        _("It is withdrawn if it is not restored before %(day)s.") % {"day": day(held.suspended_until)}
        if held.suspended_until
        else ""
    )
    if asked and asked.kind == KIND.RESTORE:
        step = _("Its restoration is asked for; the panel decides.")
    else:
        step = _("Put it right and show it to the secretariat, which asks the panel to restore it.")
    appeal, url = _appeal(scope, held, KIND.SUSPEND)
    return _row(_("Suspended: %(what)s") % {"what": held}, [said, until, step, appeal], "bad", held, url)


def _withdrawn(scope, held):
    said = _("On %(day)s: %(ground)s.") % {"day": day(held.state_on), "ground": _ground(held, CertificationEvent.Kind.WITHDRAWN)}
    appeal, url = _appeal(scope, held, KIND.WITHDRAW)
    step, apply = _apply(scope, held, _("A new certification begins with an application."))
    return _row(
        _("Withdrawn: %(what)s") % {"what": held},
        [said, appeal, step],
        "bad",
        held,
        url or apply,
        "" if url or not apply else _("Apply"),
    )


def _expired(scope, held):
    said = _("It was valid until %(day)s.") % {"day": day(held.last_day)}
    process = standing.process_of(held)
    last = clock.add_months(held.expires_on, process.restore_months) - clock.DAY
    known = _("A renewal decided by %(day)s continues it.") % {"day": day(last)} if scope.today <= last else ""
    step, apply = _apply(scope, held, _("Apply for certification."))
    return _row(_("Expired: %(what)s") % {"what": held}, [said, known, step], "bad", held, apply, _("Apply") if apply else "")


def _ends(scope, held):
    near = held.expires_on - scope.today <= NEAR
    step, apply = _apply(scope, held, _("Apply for recertification; it is decided before that day."))
    tone = "info" if held.renewal or held.applied or not near else "warn"
    heading = _("Ends on %(day)s: %(what)s") % {"day": day(held.last_day), "what": held}
    return _row(heading, [step], tone, held, apply, _("Apply") if apply else "")


def _apply(scope, held, words):
    """(what is next, address): an audit or application under way, or who applies."""
    if held.renewal:
        return _("Its recertification is under way."), ""
    if held.applied:
        return _("Your application is with the secretariat."), links.to("standards:applications", state=Application.State.SENT)
    if policies.may_apply(scope):
        return words, links.to("standards:new_application")
    return words + " " + _("The service champion or the authorised officer applies."), ""


def _asked(scope, held, act):
    words = {
        KIND.SUSPEND: _("Suspension asked for: %(what)s"),
        KIND.WITHDRAW: _("Withdrawal asked for: %(what)s"),
        KIND.REDUCE: _("Smaller scope asked for: %(what)s"),
        KIND.RESTORE: _("Restoration asked for: %(what)s"),
        "lower": _("Lower level asked for: %(what)s"),
    }
    said = _("On %(day)s: %(ground)s.") % {"day": day(act.asked_at), "ground": act.get_ground_display()}
    return _row(
        words[act.kind] % {"what": held},
        [said, _("The panel decides; until then nothing changes.")],
        "warn",
        held,
        _page(scope, act),
    )


def _own(scope):
    own = latest(scope)
    return own.first() if scope.role == Role.CENTRE_MANAGER else own.filter(organisation=scope.organisation, centre=None).first()


def in_short(scope):
    """One value: the state of the reader's own office, and until when."""
    held = _own(scope)
    if held is None:
        return [_("Not certified")]
    until = held.last_day if held.now == "in_force" else held.suspended_until
    words = _("until %(day)s") % {"day": day(until)} if until else ""
    return [
        format_html(
            '{} <a class="sm" href="{}">{}</a>',
            tag(held.now, kind="certification"),
            held.get_absolute_url(),
            words or held.number,
        )
    ]


def panel_rows(scope):
    """Rows about the reader's own office: state, level, number, and the day that matters."""
    held = _own(scope)
    if held is None:
        return [(_("State"), _("Not certified"))]
    number = format_html('<a href="{}">{}</a>', held.get_absolute_url(), held.number)
    rows = [(_("State"), tag(held.now, kind="certification")), (_("Level"), held.get_level_display()), (_("Number"), number)]
    if held.now == "withdrawn":
        return [*rows, (_("Withdrawn"), day(held.state_on))]
    if held.now == "suspended":
        rows.append((_("Suspended"), day(held.state_on)))
    return [*rows, (_("Valid until"), day(held.last_day))]
