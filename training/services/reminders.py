"""Reminders of training due: to each officer once for a due date."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from centres.models import Officer
from cse_portal.activity import trail
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day
from cse_portal.notices import outbox
from cse_portal.notices.models import Notice
from training import policies
from training.compliance import status
from training.models import Course

from .reaching import notice_to

STAGES = (90, 30, 7)  # days before
BACK = 14  # overdue: told when it happens, and caught up for so many days
BEGINS = 7  # days before a cohort

# Who is due, will be, or has fallen overdue: of each officer in post the one thing that is next, with the day from which it
# holds and the courses that lack then. {c: current, due, overdue}
WANTED = """
SELECT 'training-' || k.kind || ':' || k.officer_id || ':' || k.day || CASE k.kind WHEN 'overdue' THEN '' ELSE ':' || k.stage END AS key,
    concat_ws(' ', nullif(o.first_name, ''), nullif(o.other_names, ''), nullif(o.surname, '')) AS name, o.email, o.phone,
    coalesce(u.language, 'en') AS language, 'officer' AS about_kind, o.ref AS about_ref,
    jsonb_build_object('kind', k.kind, 'day', k.day, 'courses', k.courses) AS facts
FROM (
    SELECT s.officer_id, n.kind, n.day, n.stage, ARRAY(
        SELECT DISTINCT r.course_id FROM training_requirementscope r
        WHERE r.draft = 0 AND r.cadre_id = s.cadre_id AND r.organisation_id IN (0, s.organisation_id)
          AND r.during @> greatest(n.day, %(on)s::date) AND NOT EXISTS (
            SELECT 1 FROM training_completion c WHERE c.officer_id = s.officer_id AND c.course_version_id = ANY (r.versions)
              AND c."on" <= greatest(n.day, %(on)s::date) AND (c.until IS NULL OR c.until > greatest(n.day, %(on)s::date))
              AND (c.withdrawn_on IS NULL OR c.withdrawn_on > greatest(n.day, %(on)s::date)))
        ORDER BY 1) AS courses
    FROM training_compliancespan s
    CROSS JOIN LATERAL (
        SELECT CASE s.status WHEN 0 THEN 'expiring' WHEN 1 THEN 'due' ELSE 'overdue' END AS kind, CASE s.status
            WHEN 2 THEN coalesce(
                (SELECT max(p.ends) FROM training_compliancespan p WHERE p.officer_id = s.officer_id AND p.status <> 2 AND p.ends <= s.starts),
                s.starts)
            ELSE (SELECT min(l.starts) FROM training_compliancespan l WHERE l.officer_id = s.officer_id AND l.starts > %(on)s
                AND l.status BETWEEN s.status + 1 AND 2) END AS day
    ) AS d
    CROSS JOIN LATERAL (
        SELECT d.kind, d.day, (SELECT min(stage) FROM unnest(%(stages)s) AS stage WHERE d.day - %(on)s::date <= stage) AS stage
    ) AS n
    WHERE s.starts <= %(on)s AND s.ends > %(on)s
      AND (s.status = 2 AND n.day >= %(on)s::date - %(back)s OR s.status IN (0, 1) AND n.stage IS NOT NULL)
      AND NOT (s.status < 2 AND EXISTS (
        SELECT 1 FROM training_enrolment e JOIN training_cohort h ON h.id = e.cohort_id
        WHERE e.officer_id = s.officer_id AND e.state IN ('approved', 'confirmed') AND h.state IN ('planned', 'open', 'confirmed', 'running')
          AND h.ends_on >= %(on)s AND h.ends_on < n.day))
) AS k
JOIN centres_officer o ON o.id = k.officer_id LEFT JOIN accounts_user u ON u.id = o.user_id
WHERE cardinality(k.courses) > 0
"""

# Whose course begins within a week, and who was told of the seat before that.
BEGINNING = """
SELECT 'begins:enrolment-' || e.id || ':' || c.starts_on AS key,
    concat_ws(' ', nullif(o.first_name, ''), nullif(o.other_names, ''), nullif(o.surname, '')) AS name, o.email, o.phone,
    coalesce(u.language, 'en') AS language, 'enrolment' AS about_kind, c.code || '/' || o.ref AS about_ref,
    jsonb_build_object('cohort', c.code, 'course', t.title, 'campus', p.name, 'day', c.starts_on) AS facts
FROM training_enrolment e
JOIN training_cohort c ON c.id = e.cohort_id JOIN training_courseversion v ON v.id = c.course_version_id
JOIN training_course t ON t.id = v.course_id JOIN centres_centre p ON p.id = c.campus_id
JOIN centres_officer o ON o.id = e.officer_id LEFT JOIN accounts_user u ON u.id = o.user_id
WHERE e.state IN ('approved', 'confirmed') AND c.state IN ('open', 'confirmed')
  AND c.starts_on > %(on)s AND c.starts_on <= %(on)s::date + %(begins)s AND e.enrolled_at < c.starts_on - %(begins)s
"""


@transaction.atomic
def remind(actor, on):
    """Queues what is wanting on that day; the outbox drops what was queued before: returns how many. Run on any later day it
    catches up: a stage is a span of days, not a day."""
    titles = dict(Course.objects.values_list("pk", "title"))
    given = {"on": on, "stages": list(STAGES), "back": BACK, "begins": BEGINS}
    found = outbox.queue_found(WANTED, given, lambda facts: _words(facts, titles))
    return found + outbox.queue_found(BEGINNING, given, _beginning)


def _words(facts, titles):
    """(subject, body, SMS) of what is due, expires or is overdue."""
    said = {
        "name": outbox.NAME,
        "courses": ", ".join(titles[pk] for pk in facts["courses"]),
        "day": long_day(dt.date.fromisoformat(facts["day"])),
        "url": settings.SITE_URL + "/my/training/",
    }
    if facts["kind"] == "overdue":
        subject = _("Overdue: %(courses)s") % said
        sms = _("CSE: %(courses)s was due before %(day)s. Ask your HR officer for a seat. %(url)s") % said
    elif facts["kind"] == "due":
        subject = _("Due before %(day)s: %(courses)s") % said
        sms = _("CSE: complete %(courses)s before %(day)s. Ask your HR officer for a seat. %(url)s") % said
    else:
        subject = _("Needed from %(day)s: %(courses)s") % said
        sms = _("CSE: from %(day)s you lack %(courses)s. Ask your HR officer for a seat. %(url)s") % said
        body = _("%(name)s,\n\nfrom %(day)s you no longer hold what is required of you: %(courses)s. Your HR officer enrols you; ask there.\n\n%(url)s")  # fmt: skip
        return subject, body % said, sms
    body = _("%(name)s,\n\n%(courses)s is required of you and was due, or falls due, before %(day)s. Your HR officer enrols you; ask there.\n\n%(url)s")  # fmt: skip
    return subject, body % said, sms


def _beginning(facts):
    said = facts | {
        "name": outbox.NAME,
        "day": long_day(dt.date.fromisoformat(facts["day"])),
        "url": settings.SITE_URL + "/my/training/",
    }
    subject = _("It begins on %(day)s: %(course)s") % said
    body = _("%(name)s,\n\n%(course)s (%(cohort)s) begins on %(day)s at %(campus)s. Whoever cannot come gives the seat back in time.\n\n%(url)s")  # fmt: skip
    return subject, body % said, _("CSE: %(course)s begins on %(day)s, %(campus)s. %(url)s") % said


@transaction.atomic
def remind_many(actor, *, officers, dry_run=False):
    """Tells these officers (ids), where due or overdue, what is required of them: (how many, [(officer id, why not)]).
    The same officer is told once a day at most."""
    if not policies.may_remind(actor):
        raise Refused(_("Only an HR officer reminds officers, of the own MDA and the MDAs below it."), code="not_allowed")
    on, sent, skipped, notices = actor.today, 0, [], []
    states = status.of_officers(officers, on)
    courses = Course.objects.in_bulk({pk for s in states.values() for pk in s.lacking})
    people = Officer.objects.visible_to(actor).filter(pk__in=officers).select_related("user").order_by("pk")
    told = {}
    for officer in people:
        state = states.get(officer.pk)
        if state is None or state.status not in ("due", "overdue"):
            skipped.append((officer.pk, _("Neither due nor overdue today.")))
        elif not (officer.email or officer.phone):
            skipped.append((officer.pk, _("The register holds neither an e-mail address nor a phone number.")))
        else:
            told[f"training-nudge:{officer.pk}:{on}"] = officer, state
    already = set(Notice.objects.filter(key__in=list(told)).values_list("key", flat=True))
    for key, (officer, state) in told.items():
        if key in already:
            skipped.append((officer.pk, _("Reminded today already.")))
            continue
        sent += 1
        notices += _reminder(officer, state, courses, key)
    if not dry_run and notices:
        outbox.queue_many(notices)
        trail.record_many(
            [trail.entry(actor, "reminded", officer) for key, (officer, _state) in told.items() if key not in already]
        )
    return sent, skipped


def _reminder(officer, state, courses, key):
    """What the officer is told, in the officer's language."""
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        words = {
            "name": officer,
            "courses": ", ".join(str(courses[pk]) for pk in state.lacking),
            "day": long_day(state.due_on),
            "url": settings.SITE_URL + "/my/training/",
        }
        subject = (_("Overdue: %(courses)s") if state.status == "overdue" else _("Due before %(day)s: %(courses)s")) % words
        body = (
            _(
                "%(name)s,\n\n%(courses)s is required of you and was due, or falls due, before %(day)s. Your HR officer enrols you; ask there.\n\n%(url)s"
            )
            % words
        )
    yield from notice_to(officer, key, subject, body, officer, language)
