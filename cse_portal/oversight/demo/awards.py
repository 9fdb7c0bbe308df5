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

    def issue(completion, holder, version, day, until):
        last[day.year] = last.get(day.year, 0) + 1
        number = f"CSE-{day.year}-{last[day.year]:06d}"
        code = "-".join("".join(rng.choices(ALPHABET, k=5)) for _ in range(4))
        course = version.course
        facts = certificates.Facts(number, code, holder, course.code, course.title, version.number, day, until, kid)
        rows.append([
            completion, number, code, holder, course.code, course.title, day, until, "valid", None, "", signer.pk,
            certificates.sign(facts, key), world.at(day, 18),
        ])  # fmt: skip
        return len(rows) - 1

    for completion, person, version, day, until in completions:
        if not version.validity_months:
            continue
        if rng.random() < 0.004:  # a letter was left off, and the name corrected the same day
            wrong = issue(completion, person.full_name[:-1], version, day, until)
            rows[wrong][STATE] = ["superseded", day, "Issued anew: the holder's name was corrected"]
        row = issue(completion, person.full_name, version, day, until)
        course = id(person), version.course_id
        if rng.random() < 0.003 and (world.on - day).days > 60:
            revoked[completion] = world.day(rng.randint(5, 50))
            rows[row][STATE] = ["revoked", revoked[completion], rng.choice(REASONS)]
        else:
            if (earlier := standing.get(course)) is not None:
                rows[earlier][STATE] = ["superseded", day, f"Replaced by {rows[row][1]}"]
            standing[course] = row
    copy(Certificate, FIELDS, rows)
    for year, n in last.items():
        SerialNumber.objects.update_or_create(series=f"CSE-{year}", defaults={"last": n})
    for completion, day in revoked.items():
        Completion.objects.filter(pk=completion).update(withdrawn_on=day)
