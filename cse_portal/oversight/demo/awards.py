"""Certificates of the invented completions: numbered and signed as the real ones; drawn only when somebody asks for one."""

from django.conf import settings

from centres.models.people import ALPHABET
from training import certificates
from training.models import Certificate, Completion, SerialNumber, SigningKey

from .bulk import copy

FIELDS = [
    "completion_id", "number", "code", "holder", "course_code", "course_title", "issued_on", "expires_on", "state", "state_on", "state_reason", "key_id",
    "payload", "drawn_at",
]  # fmt: skip
STATE = slice(FIELDS.index("state"), FIELDS.index("state_reason") + 1)
REASONS = ["Attendance sheet found to be falsified", "Issued to the wrong officer", "Result entered in error"]


def make(world, completions):
    """`completions`: [(completion id, person, version, day, until)], oldest first."""
    rng = world.chance("awards")
    key = certificates.private_key(settings.SIGNING_KEY)
    kid, public = certificates.public_text(key)
    signer = SigningKey.objects.get_or_create(kid=kid, defaults={"public_key": public, "first_used_on": world.day(800)})[0]
    last, rows, revoked, standing = {}, [], {}, {}
    for completion, person, version, day, until in completions:
        if not version.validity_months:
            continue
        last[day.year] = last.get(day.year, 0) + 1
        number = f"CSE-{day.year}-{last[day.year]:06d}"
        code = "-".join("".join(rng.choices(ALPHABET, k=5)) for _ in range(4))
        facts = certificates.Facts(
            number, code, person.full_name, version.course.code, version.course.title, version.number, day, until, kid
        )
        state, state_on, reason = "valid", None, ""
        if rng.random() < 0.003 and (world.on - day).days > 60:
            state, state_on, reason = "revoked", world.day(rng.randint(5, 50)), rng.choice(REASONS)
            revoked[completion] = state_on
        elif (earlier := standing.get((id(person), version.course_id))) is not None:
            rows[earlier][STATE] = ["superseded", day, f"Replaced by {number}"]
        if state == "valid":
            standing[id(person), version.course_id] = len(rows)
        rows.append([
            completion, number, code, person.full_name, version.course.code, version.course.title, day, until, state, state_on, reason, signer.pk,
            certificates.sign(facts, key), world.at(day, 18),
        ])  # fmt: skip
    copy(Certificate, FIELDS, rows)
    for year, n in last.items():
        SerialNumber.objects.update_or_create(series=f"CSE-{year}", defaults={"last": n})
    for completion, day in revoked.items():
        Completion.objects.filter(pk=completion).update(withdrawn_on=day)
