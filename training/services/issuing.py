"""Issuing certificates: numbered without gaps, signed by the key of the day; anew after a name was corrected; the keys."""

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock
from cse_portal.lib.errors import Refused
from cse_portal.notices import outbox
from training import certificates
from training.models import Certificate, SerialNumber, SigningKey

from .reaching import lock_officers, notice_to

WITH_FACTS = ("key", "completion__course_version", "completion__officer__user")


def issue(actor, completions, on):
    """Certificates for completions that have none standing, in their order: numbered without gaps within the year, signed."""
    standing = set(
        Certificate.objects.filter(completion__in=completions, state=Certificate.State.VALID).values_list("completion", flat=True)
    )
    wanted = [c for c in completions if c.pk not in standing]
    made = _make([(c, c.officer.full_name, c.course_version.course) for c in wanted], on)
    trail.record_many([trail.entry(actor, "issued", c, {"state": (None, c.state)}) for c in made])
    _supersede(actor, made, on)
    return made


def _make(awards, on):
    """Saves a certificate for each (completion, holder's name, course): the next numbers, today's key."""
    if not awards:
        return []
    key, secret = signing_key(on)
    made = []
    for number, (done, holder, course) in zip(numbers(f"CSE-{on:%Y}", len(awards)), awards, strict=True):
        certificate = Certificate(
            completion=done, number=number, holder=holder[:200], course_code=course.code, course_title=course.title,
            issued_on=on, expires_on=done.until, key=key,
        )  # fmt: skip
        certificate.payload = certificates.sign(facts(certificate), secret)
        made.append(certificate)
    return Certificate.objects.bulk_create(made)


@transaction.atomic
def reissue(actor, *, officer):
    """Every certificate of the officer that is valid today, anew under the name now in the register: a new number and code, the
    same validity; the one before is superseded. Those that bear the name already stay. Returns the new ones."""
    officer = lock_officers([officer.pk])[officer.pk]
    today = clock.today()
    standing = Certificate.objects.select_for_update(of=("self",)).select_related(
        *WITH_FACTS, "completion__course_version__course"
    )
    standing = standing.filter(completion__officer=officer, state=Certificate.State.VALID).exclude(holder=officer.full_name[:200])
    standing = [c for c in standing.order_by("pk") if c.state_as_of(today) == Certificate.State.VALID]
    if not standing:
        return []
    was = [c.holder for c in standing]
    reason = _("Issued anew: the holder's name was corrected")
    Certificate.objects.filter(pk__in=[c.pk for c in standing]).update(
        state=Certificate.State.SUPERSEDED, state_on=today, state_reason=reason
    )
    made = _make([(c.completion, officer.full_name, c.completion.course_version.course) for c in standing], today)
    trail.record_many(
        [trail.entry(actor, "superseded", c, {"state": (c.state, Certificate.State.SUPERSEDED)}, reason) for c in standing]
        + [
            trail.entry(actor, "issued", new, {"state": (None, new.state), "holder": (name, new.holder)}, reason)
            for new, name in zip(made, was, strict=True)
        ]
    )
    _tell_anew(officer, list(zip(standing, made, strict=True)))
    return made


def _tell_anew(officer, pairs):
    """One notice to the holder about all that was issued anew."""
    language = officer.user.language if officer.user else "en"
    with translation.override(language):
        lines = "\n".join(
            _("%(course)s: %(new)s in place of %(old)s. Anyone can check it: %(site)s/verify/%(code)s/")
            % {"course": new.course_title, "new": new.number, "old": old.number, "site": settings.SITE_URL, "code": new.code}
            for old, new in pairs
        )
        subject = _("Your certificates were issued anew")
        body = _("%(name)s,\n\nyour name was corrected, and your certificates were issued anew under it.\n\n%(lines)s") % {
            "name": officer,
            "lines": lines,
        }
    outbox.queue_many(notice_to(officer, f"reissued:certificate-{pairs[0][1].pk}", subject, body, pairs[0][1], language))


def _supersede(actor, made, on):
    """An officer's earlier certificates of the same course give way to the new one."""
    if not made:
        return
    new = {(c.completion.officer_id, c.course_code): c for c in made}
    earlier = Certificate.objects.filter(
        state=Certificate.State.VALID, completion__officer__in=[o for o, _c in new], course_code__in={c for _o, c in new}
    )
    earlier = [
        c
        for c in earlier.exclude(pk__in=[c.pk for c in made]).select_related("completion")
        if (c.completion.officer_id, c.course_code) in new
    ]
    if not earlier:
        return
    for c in earlier:
        c.state, c.state_on = Certificate.State.SUPERSEDED, on
        c.state_reason = _("Replaced by %(number)s") % {"number": new[c.completion.officer_id, c.course_code].number}
    Certificate.objects.bulk_update(earlier, ["state", "state_on", "state_reason"])
    trail.record_many(
        [trail.entry(actor, "superseded", c, {"state": (Certificate.State.VALID, c.state)}, c.state_reason) for c in earlier]
    )


def facts(certificate):
    """What the certificate's paper says, as it was printed."""
    return certificates.Facts(
        number=certificate.number, code=certificate.code, holder=certificate.holder, course_code=certificate.course_code,
        course_title=certificate.course_title, version=certificate.completion.course_version.number,
        issued_on=certificate.issued_on, expires_on=certificate.expires_on, kid=certificate.key.kid,
    )  # fmt: skip


def numbers(series, n, digits=6):
    """The next n numbers of a series; its row is locked until the transaction ends, so a rollback leaves no gap."""
    SerialNumber.objects.get_or_create(series=series)
    row = SerialNumber.objects.select_for_update().get(series=series)
    first, row.last = row.last + 1, row.last + n
    row.save(update_fields=["last"])
    return [f"{series}-{i:0{digits}d}" for i in range(first, first + n)]


# Keys.


def signing_key(on):
    """(its row, the private key) of the key that signs today. A retired key does not sign."""
    secret = certificates.private_key(settings.SIGNING_KEY)
    kid, public = certificates.public_text(secret)
    row = SigningKey.objects.get_or_create(kid=kid, defaults={"public_key": public, "first_used_on": on})[0]
    if row.retired_on and row.retired_on <= on:
        raise Refused(_("The signing key was retired. An administrator sets the next one."), code="key_retired")
    return row, secret


@transaction.atomic
def retire_key(actor, *, kid):
    """From today the key signs nothing; what it signed still verifies. The key of the settings is replaced there first."""
    row = SigningKey.objects.select_for_update().filter(kid=kid).first()
    if row is None:
        raise Refused(_("No key %(kid)s ever signed here.") % {"kid": kid}, code="unknown_key")
    if row.retired_on:
        return row
    if certificates.public_text(certificates.private_key(settings.SIGNING_KEY))[0] == kid:
        raise Refused(_("This key still signs. Set another SIGNING_KEY first, then retire this one."), code="in_use")
    row.retired_on = clock.today()
    row.save(update_fields=["retired_on"])
    trail.record(actor, "retired", row, {"retired_on": (None, row.retired_on)})
    return row


def find_key(kid):
    """The public key of that id, if it ever signed for us."""
    return SigningKey.objects.filter(kid=kid).values_list("public_key", flat=True).first()
