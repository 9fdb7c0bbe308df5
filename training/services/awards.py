"""Closing cohorts: outcomes with their reasons, completions, certificates; drawing, revoking and checking certificates."""

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.lib.templatetags.cse import long_day, span
from cse_portal.notices import outbox
from training import certificates, completion, policies
from training.compliance import spans
from training.models import AssessmentResult, Attendance, Certificate, Cohort, Completion, Enrolment, SerialNumber, SigningKey

from .enrolment import lock_officers, notice_to


def outcomes(cohort):
    """[(Enrolment, Outcome or None where a session is not marked)] of the officers who hold a seat, by name."""
    seats = cohort.enrolments.filter(
        state__in=[Enrolment.State.CONFIRMED, Enrolment.State.COMPLETED, Enrolment.State.NOT_COMPLETED]
    )
    seats = list(
        seats.select_related("officer__user", "organisation", "cohort").order_by("officer__surname", "officer__first_name", "pk")
    )
    sessions = list(cohort.sessions.values_list("pk", flat=True))
    marks = {
        (e, s): m for e, s, m in Attendance.objects.filter(session__cohort=cohort).values_list("enrolment", "session", "mark")
    }
    scores = dict(AssessmentResult.objects.filter(enrolment__cohort=cohort, superseded_at=None).values_list("enrolment", "score"))
    version = cohort.course_version
    rule = completion.Rule(version.minimum_attendance, version.pass_mark if version.assessed else None)
    found = []
    for seat in seats:
        held = [marks.get((seat.pk, s)) for s in sessions]
        found.append((seat, None if None in held else completion.outcome(held, scores.get(seat.pk), rule)))
    return found


def unmarked(cohort):
    """Sessions in which someone with a seat is not marked, by number."""
    seats = set(cohort.enrolments.filter(state=Enrolment.State.CONFIRMED).values_list("pk", flat=True))
    marked = {}
    for session, enrolment in Attendance.objects.filter(session__cohort=cohort).values_list("session", "enrolment"):
        marked.setdefault(session, set()).add(enrolment)
    return [s for s in cohort.sessions.all() if seats - marked.get(s.pk, set())]


@transaction.atomic
def close_cohort(actor, *, cohort):
    """Decides each outcome, records completions and issues certificates; a closed cohort is left as it is."""
    cohort = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if not policies.may_close(actor, cohort):
        raise Refused(_("Only the trainers of this cohort, or a coordinator, close it."), code="not_allowed")
    if cohort.state == Cohort.State.CLOSED:
        return cohort
    today = clock.today()
    if cohort.state == Cohort.State.CANCELLED:
        raise Refused(_("%(cohort)s was cancelled.") % {"cohort": cohort.code}, code="cancelled")
    if cohort.ends_on > today:
        raise Refused(
            _("%(cohort)s ends on %(day)s; it is closed from then.") % {"cohort": cohort.code, "day": long_day(cohort.ends_on)},
            code="not_ended",
        )
    if open_sessions := unmarked(cohort):
        numbers = ", ".join(str(s.number) for s in open_sessions)
        sentence = ngettext(
            "Session %(n)s is not marked for everyone.", "Sessions %(n)s are not marked for everyone.", len(open_sessions)
        ) % {"n": numbers}
        raise Refused(sentence, code="unmarked")
    decided = outcomes(cohort)
    lock_officers([seat.officer_id for seat, _o in decided])
    for seat, said in decided:
        seat.state = Enrolment.State.COMPLETED if said.completed else Enrolment.State.NOT_COMPLETED
        seat.outcome_reason = said.why
    Enrolment.objects.bulk_update([seat for seat, _o in decided], ["state", "outcome_reason"])
    was, cohort.state, cohort.closed_on = cohort.state, Cohort.State.CLOSED, today
    cohort.save(update_fields=["state", "closed_on"])
    version = cohort.course_version
    until = clock.add_months(today, version.validity_months) if version.validity_months else None
    completions = Completion.objects.bulk_create(
        Completion(officer=seat.officer, course_version=version, enrolment=seat, on=today, until=until)
        for seat, said in decided
        if said.completed
    )
    trail.record(
        actor, "closed", cohort, {"state": (was, cohort.state), "completed": (None, len(completions)), "of": (None, len(decided))}
    )
    trail.record_many(
        [
            trail.entry(actor, "decided", seat, {"state": (Enrolment.State.CONFIRMED, seat.state)}, seat.outcome_reason)
            for seat, _o in decided
        ]
    )
    issued = issue(actor, completions, today) if version.validity_months else []
    spans.refresh([c.officer_id for c in completions])
    _tell(cohort, decided, {c.completion_id: c for c in issued}, {c.enrolment_id: c for c in completions})
    return cohort


def issue(actor, completions, on):
    """Certificates for completions that have none standing, in their order: numbered without gaps within the year, signed."""
    standing = set(
        Certificate.objects.filter(completion__in=completions, state=Certificate.State.VALID).values_list("completion", flat=True)
    )
    wanted = [c for c in completions if c.pk not in standing]
    if not wanted:
        return []
    key, secret = signing_key(on)
    made = []
    for number, done in zip(numbers(f"CSE-{on:%Y}", len(wanted)), wanted, strict=True):
        course = done.course_version.course
        certificate = Certificate(
            completion=done, number=number, holder=done.officer.full_name[:200], course_code=course.code, course_title=course.title,
            issued_on=on, expires_on=done.until, key=key,
        )  # fmt: skip
        certificate.payload = certificates.sign(facts(certificate), secret)
        made.append(certificate)
    Certificate.objects.bulk_create(made)
    trail.record_many([trail.entry(actor, "issued", c, {"state": (None, c.state)}) for c in made])
    _supersede(actor, made, on)
    return made


def signing_key(on):
    """(its row, the private key) of the key that signs today."""
    secret = certificates.private_key(settings.SIGNING_KEY)
    kid, public = certificates.public_text(secret)
    return SigningKey.objects.get_or_create(kid=kid, defaults={"public_key": public, "first_used_on": on})[0], secret


def numbers(series, n, digits=6):
    """The next n numbers of a series; its row is locked until the transaction ends, so a rollback leaves no gap."""
    SerialNumber.objects.get_or_create(series=series)
    row = SerialNumber.objects.select_for_update().get(series=series)
    first, row.last = row.last + 1, row.last + n
    row.save(update_fields=["last"])
    return [f"{series}-{i:0{digits}d}" for i in range(first, first + n)]


def _supersede(actor, made, on):
    """An officer's earlier certificates of the same course give way to the new one."""
    new = {(c.completion.officer_id, c.course_code): c for c in made}
    earlier = Certificate.objects.filter(
        state=Certificate.State.VALID, completion__officer__in=[o for o, _c in new], course_code__in={c for _o, c in new}
    )
    earlier = [
        c
        for c in earlier.exclude(pk__in=[c.pk for c in made]).select_related("completion")
        if (c.completion.officer_id, c.course_code) in new
    ]
    for c in earlier:
        c.state, c.state_on = Certificate.State.SUPERSEDED, on
        c.state_reason = _("Replaced by %(number)s") % {"number": new[c.completion.officer_id, c.course_code].number}
    Certificate.objects.bulk_update(earlier, ["state", "state_on", "state_reason"])
    trail.record_many(
        [trail.entry(actor, "superseded", c, {"state": (Certificate.State.VALID, c.state)}, c.state_reason) for c in earlier]
    )


def _tell(cohort, decided, issued, completions):
    """Queues each officer's outcome: certificate ready, completed, or not completed and why."""
    notices = []
    for seat, said in decided:
        done = completions.get(seat.pk)
        certificate = issued.get(done.pk) if done else None
        language = seat.officer.user.language if seat.officer.user else "en"
        with translation.override(language):
            words = {
                "name": seat.officer,
                "course": cohort.course_version.course.title,
                "why": said.why,
                "site": settings.SITE_URL,
            }
            if certificate:
                subject = _("Your certificate is ready: %(course)s") % words
                words |= {"number": certificate.number, "code": certificate.code}
                body = (
                    _(
                        "%(name)s,\n\nyou completed %(course)s. %(why)s\n\nCertificate %(number)s: %(site)s/my/training/\nAnyone can check it: %(site)s/verify/%(code)s/"
                    )
                    % words
                )
            elif said.completed:
                subject = _("Completed: %(course)s") % words
                body = _("%(name)s,\n\nyou completed %(course)s. %(why)s") % words
            else:
                subject = _("Not completed: %(course)s") % words
                body = _("%(name)s,\n\nyou did not complete %(course)s. %(why)s\n\nYour MDA can enrol you again.") % words
        notices += notice_to(seat.officer, f"outcome:enrolment-{seat.pk}", subject, body, seat, language)
    outbox.queue_many(notices)


# Documents.


def facts(certificate):
    """What the certificate's paper says, as it was printed."""
    return certificates.Facts(
        number=certificate.number, code=certificate.code, holder=certificate.holder, course_code=certificate.course_code,
        course_title=certificate.course_title, version=certificate.completion.course_version.number,
        issued_on=certificate.issued_on, expires_on=certificate.expires_on, kid=certificate.key.kid,
    )  # fmt: skip


DRAWN_WITH = (
    "key",
    "completion__course_version__course__cadre",
    "completion__enrolment__cohort__campus",
    "completion__enrolment__organisation",
)


def pdf(certificate):
    """The certificate's PDF, drawn anew: the same bytes each time."""
    version, seat = certificate.completion.course_version, certificate.completion.enrolment
    organisation = meta = ""
    with translation.override("en"):
        if seat:
            days = ngettext("%(n)s day", "%(n)s days", int(version.days) or 1) % {"n": completion.plain(version.days)}
            dates = span(seat.cohort.starts_on, seat.cohort.ends_on)
            organisation = str(seat.organisation)
            meta = _("%(days)s, %(dates)s, %(campus)s. CSE cadre: %(cadre)s") % {
                "days": days,
                "dates": dates,
                "campus": seat.cohort.campus,
                "cadre": version.course.cadre,
            }
    return certificates.draw(
        facts(certificate), certificate.payload, organisation=organisation, meta=meta, assessed=version.assessed
    )


def document_of(certificate):
    """The PDF's bytes: kept, or drawn now."""
    if certificate.document and certificate.document.storage.exists(certificate.document.name):
        with certificate.document.open() as kept:
            return kept.read()
    return pdf(Certificate.objects.select_related(*DRAWN_WITH).get(pk=certificate.pk))


def draw_waiting(limit=200):
    """Draws certificates that have no document yet; safe side by side: returns how many."""
    waiting = list(Certificate.objects.filter(drawn_at=None).order_by("pk").values_list("pk", flat=True)[:limit])
    return sum(_draw(pk) for pk in waiting)


@transaction.atomic
def _draw(pk):
    """Draws one, unless another worker is at it or has done it."""
    found = Certificate.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, drawn_at=None)
    certificate = found.select_related("key", "completion__course_version__course__cadre").first()
    if certificate is None:
        return 0
    certificate.document.save(f"{certificate.number}.pdf", ContentFile(pdf(certificate)), save=False)
    certificate.drawn_at = clock.now()
    certificate.save(update_fields=["document", "drawn_at"])
    return 1


# What becomes of a certificate.


@transaction.atomic
def revoke(actor, *, certificate, reason):
    """Takes a certificate back from today: it no longer counts, and says so to whoever checks it."""
    lock_officers([certificate.completion.officer_id])  # before the certificate, as closing a cohort does
    certificate = (
        Certificate.objects.select_for_update(of=("self",)).select_related("completion__officer__user").get(pk=certificate.pk)
    )
    if not policies.may_revoke(actor, certificate):
        raise Refused(_("Only a coordinator revokes certificates."), code="not_allowed")
    if certificate.state == Certificate.State.REVOKED:
        return certificate
    if not reason.strip():
        raise Refused(
            _("Say why the certificate is revoked."), code="reason", fields={"reason": [_("Say why the certificate is revoked.")]}
        )
    officer = certificate.completion.officer
    today = clock.today()
    was = certificate.state
    certificate.state, certificate.state_on, certificate.state_reason = Certificate.State.REVOKED, today, reason.strip()
    certificate.save(update_fields=["state", "state_on", "state_reason"])
    Completion.objects.filter(pk=certificate.completion_id, withdrawn_on=None).update(withdrawn_on=today)
    spans.refresh([officer.pk])
    trail.record(actor, "revoked", certificate, {"state": (was, certificate.state)}, certificate.state_reason)
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        words = {
            "name": certificate.holder,
            "number": certificate.number,
            "course": certificate.course_title,
            "reason": certificate.state_reason,
            "day": long_day(today),
        }
        subject = _("Certificate %(number)s is revoked") % words
        body = _("%(name)s,\n\ncertificate %(number)s, %(course)s, is revoked from %(day)s.\nReason: %(reason)s") % words
    outbox.queue_many(notice_to(officer, f"revoked:certificate-{certificate.pk}", subject, body, certificate, language))
    return certificate


def find_key(kid):
    """The public key of that id, if it ever signed for us."""
    return SigningKey.objects.filter(kid=kid).values_list("public_key", flat=True).first()


def check(text):
    """What someone typed or scanned -> (code as stored, payload or ""). Forgiving of spaces, case and missing hyphens."""
    if found := certificates.found_in(text.encode()):
        return found
    bare = "".join(ch for ch in text.upper() if ch.isalnum())
    return "-".join(bare[i : i + 5] for i in range(0, len(bare), 5)), ""
