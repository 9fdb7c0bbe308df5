"""Who may audit or decide where: what on record speaks against a person. The database refuses the same by the same functions
(migration 0006); here it becomes sentences, for one person or for the whole register, in the same number of queries."""

import datetime as dt
from typing import NamedTuple

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from centres.models import Centre, Organisation
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import day as said
from standards.models import Audit, Auditor, TeamMember

from . import editions

INTEREST = ("membership", "posting", "taught", "advised", "trained", "tie")
OF_A_LEAD = ("lead_certificate", "lead_cycles")
OF_NEW_MEMBERS = ("not_registered", "paused", "workload")  # whoever is on the team stays on it


class Obstacle(NamedTuple):
    code: str
    sentence: str

    @property
    def refusal(self):
        """The code of the refusal that it leads to."""
        return "interest" if self.code in INTEREST else self.code


class Judged(NamedTuple):
    """What is audited or decided, and when. `place`: the centre, where one alone is certified; `began`: first day of the audit that
    opened the cycle it belongs to; `audit`: once there is one."""

    organisation: object
    centres: tuple
    edition: object
    starts_on: dt.date
    ends_on: dt.date
    place: object = None
    began: dt.date | None = None
    audit: object = None

    @classmethod
    def of(cls, audit, until=None):
        """`until`: the day on which somebody decides or votes, when later than the audit."""
        centres = tuple(site.centre for site in audit.sites.all() if site.centre_id)
        ends_on = max(audit.ends_on, until) if until else audit.ends_on
        return cls(audit.organisation, centres, audit.edition, audit.starts_on, ends_on, audit.centre, cycle_began(audit), audit)


def cycle_began(audit):
    """The first day of the audit that led to the certification it watches over; else its own."""
    if audit.kind in (Audit.Kind.CERTIFICATION, Audit.Kind.RECERTIFICATION) or audit.certification_id is None:
        return audit.starts_on
    return audit.certification.decision.audit.starts_on


def obstacles(user, judged, *, lead=False, assessor=True):
    """[Obstacle] against this person. `assessor` false: of somebody who decides, not audits."""
    return obstacles_of([user], judged, lead=lead, assessor=assessor)[user.pk]


def obstacles_of(users, judged, *, lead=False, assessor=True, named=False):
    """{user id: [Obstacle]} of many at once; with `lead` also those that only keep from leading (`OF_A_LEAD`). `named`: they are on
    the team already, so how much work they have does not matter any more."""
    names = {user.pk: user for user in users}
    found = {pk: [] for pk in names}
    for pk, obstacle in _interests(names, judged):
        found[pk].append(obstacle)
    if assessor:
        for pk, obstacle in [*_of_the_register(names, judged, named), *_of_certificates(names, judged, lead)]:
            found[pk].append(obstacle)
    return found


def _rows(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _interests(names, judged):
    """The latest of each kind, of each person."""
    months = editions.process_of(judged.edition).cooling_off_months
    rows = _rows(
        """SELECT DISTINCT ON (user_id, code) user_id, code, organisation_id, centre_id, until
           FROM standards_interests(%s::bigint[], %s, %s::bigint[], %s, %s, %s) ORDER BY user_id, code, until DESC NULLS FIRST""",
        list(names), judged.organisation.pk, [c.pk for c in judged.centres], judged.starts_on, judged.ends_on, months,
    )  # fmt: skip
    if not rows:
        return
    mdas = Organisation.objects.in_bulk({row[2] for row in rows if row[2]})
    centres = Centre.objects.in_bulk({row[3] for row in rows if row[3]})
    for pk, code, mda, centre, until in rows:
        place = mdas.get(mda) or centres.get(centre)
        last = until - dt.timedelta(days=1) if until else None
        yield pk, Obstacle(code, _interest(code, names[pk], place, last, judged, months))


def _interest(code, name, place, last, judged, months):
    ended = last is not None and last < judged.starts_on
    sentence = {
        "membership": _("%(name)s acted for %(place)s until %(day)s; %(months)s months must pass before the audit.") if ended else _("%(name)s acts for %(place)s."),
        "posting": _("%(name)s served in %(place)s until %(day)s; %(months)s months must pass before the audit.") if ended else _("%(name)s serves in %(place)s."),
        "taught": _("%(name)s trained officers of %(place)s, last on %(day)s; %(months)s months must pass before the audit."),
        "trained": _("%(name)s trained officers of %(place)s until %(day)s; %(months)s months must pass before the audit.") if ended else _("%(name)s trains officers of %(place)s."),
        "advised": _("%(name)s advised %(place)s until %(day)s; %(months)s months must pass before the audit.") if ended else _("%(name)s advises %(place)s."),
        "tie": _("%(name)s had a tie with %(place)s until %(day)s; %(months)s months must pass before the audit.") if ended else _("%(name)s has a tie with %(place)s."),
    }[code]  # fmt: skip
    return sentence % {"name": name, "place": place, "day": said(last) if last else "", "months": months}


def _of_the_register(names, judged, named):
    lines = {line.user_id: line for line in Auditor.objects.filter(user__in=names)}
    year = clock.financial_year(judged.starts_on)
    done = {} if named else workload(names, year, besides=judged.audit)
    for pk, name in names.items():
        line = lines.get(pk)
        if line is None:
            yield pk, Obstacle("not_registered", _("%(name)s is not in the auditor register.") % {"name": name})
        elif line.paused_on and line.paused_on <= judged.ends_on:
            yield pk, Obstacle("paused", _("%(name)s is paused in the auditor register from %(day)s.") % {"name": name, "day": said(line.paused_on)})
        elif not named and done.get(pk, 0) >= line.audits_a_year:
            sentence = _("%(name)s is on the teams of %(n)s audits in %(year)s already, and takes no more.")
            yield pk, Obstacle("workload", sentence % {"name": name, "n": done.get(pk, 0), "year": year})


def workload(user_ids, financial_year, besides=None):
    """{user id: audits of that financial year with the person on the team}; cancelled ones do not count."""
    first = dt.date(int(financial_year[:4]), 7, 1)
    held = TeamMember.objects.filter(user__in=user_ids, audit__starts_on__gte=first, audit__starts_on__lt=clock.add_months(first, 12))
    held = held.exclude(audit__state=Audit.State.CANCELLED).exclude(interest=True)
    held = held.exclude(audit=besides) if besides else held
    return dict(held.order_by().values("user").annotate(n=Count("pk")).values_list("user", "n"))


def _of_certificates(names, judged, lead):
    process = editions.process_of(judged.edition)
    days = (judged.starts_on, judged.ends_on)
    asked = {"certificate": process.member_courses} | ({"lead_certificate": process.lead_courses} if lead else {})
    found = uncovered(names, asked, *days)
    yield from _not_covered(names, found["certificate"])
    if not lead:
        return
    for pk, day in found["lead_certificate"].items():
        yield pk, Obstacle("lead_certificate", _("%(name)s holds no valid certificate of a lead assessor on %(day)s.") % {"name": names[pk], "day": said(day)})
    place = judged.place.pk if judged.place else None
    led = _rows(
        "SELECT user_id FROM standards_led_last(%s::bigint[], %s, %s::bigint, %s, %s)",
        list(names), judged.organisation.pk, place, judged.began or judged.starts_on, process.lead_cycles,
    )  # fmt: skip
    for (pk,) in led:
        sentence = _("%(name)s led the last %(n)s certification audits here; somebody else leads the next.")
        yield pk, Obstacle("lead_cycles", sentence % {"name": names[pk], "n": process.lead_cycles})


def _not_covered(names, days):
    for pk, day in days.items():
        sentence = _("%(name)s holds no valid assessor certificate on %(day)s.")
        yield pk, Obstacle("certificate", sentence % {"name": names[pk], "day": said(day)})


def uncovered(user_ids, asked, first, last):
    """{code: {user id: first day on which none of these courses' certificates is valid}} of `asked`, {code: courses}."""
    one = "SELECT %s, user_id, day FROM standards_uncovered(%s::bigint[], %s::text[], %s, %s)"
    values = [value for code, courses in asked.items() for value in (code, list(user_ids), list(courses), first, last)]
    found = {code: {} for code in asked}
    for code, pk, day in _rows(" UNION ALL ".join([one] * len(asked)), *values):
        found[code][pk] = day
    return found


def team_checks(audit):
    """[(team member, [Obstacle])] as things stand now, for the audit's page and for submission."""
    team = sorted(audit.team.all(), key=lambda m: (not m.is_lead, m.user.name))
    found = obstacles_of([m.user for m in team], Judged.of(audit), lead=True, named=True)
    return [(m, [o for o in found[m.user_id] if m.is_lead or o.code not in OF_A_LEAD]) for m in team]


def require_team(audit):
    """Before an audit is submitted: nobody of the team has an interest or lacks a certificate. Who declared an interest did nothing."""
    standing = (*INTEREST, *OF_A_LEAD, "certificate")
    for member, found in team_checks(audit):
        for obstacle in found:
            if not member.interest and obstacle.code in standing:
                raise Refused(obstacle.sentence, code=obstacle.refusal)


def require_assessor(user, audit, on):
    """Whoever rates is an assessor that day."""
    for _pk, obstacle in _not_covered({user.pk: user}, uncovered([user.pk], {"certificate": editions.process_of(audit.edition).member_courses}, on, on)["certificate"]):
        raise Refused(obstacle.sentence, code=obstacle.refusal)
