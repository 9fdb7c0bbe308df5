"""Credentials and status lists from the record as it stands this moment: nothing here is kept or cached."""

from django.conf import settings

from cse_portal.lib import clock
from training import certificates
from training import credentials as documents
from training.models import Certificate, SigningKey

from .issuing import facts, signing_key


def of_certificate(certificate):
    """The signed credential of a certificate: a compact JWT."""
    certificate = Certificate.objects.select_related("key", "completion__course_version").get(pk=certificate.pk)
    row, secret = signing_key(clock.today())
    return documents.sign(documents.credential(facts(certificate), certificate.pk), row.kid, secret, typ="JWT")


def status_list(purpose, number):
    """The signed list of a purpose, or None where there is no such list."""
    first = number * documents.SIZE
    if purpose not in documents.PURPOSES or (number and not Certificate.objects.filter(pk__gte=first).exists()):
        return None
    at = clock.now()
    marked = Certificate.objects.filter(state=documents.PURPOSES[purpose], pk__gte=first, pk__lt=first + documents.SIZE)
    row, secret = signing_key(clock.today())
    claims = documents.status_list(purpose, number, marked.order_by().values_list("pk", flat=True), at)
    return documents.sign(claims, row.kid, secret)


def keys():
    """[(kid, public key)] of every key that signed, oldest first, and the one that signs now."""
    known = list(SigningKey.objects.order_by("first_used_on", "pk").values_list("kid", "public_key"))
    now = certificates.public_text(certificates.private_key(settings.SIGNING_KEY))
    return known if now in known else [*known, now]
