"""Links by which an officer answers for a seat without signing in: `/seat/<token>/`. The token names one enrolment and never
expires by itself; what may still be answered follows from the enrolment's state."""

from functools import cache

from django.conf import settings
from django.core import signing
from django.urls import reverse

SIGNER = signing.Signer(salt="training.seat", sep=".")


def token(enrolment):
    return SIGNER.sign(str(enrolment.pk))


def read(text):
    """The id of the enrolment, or None."""
    try:
        return int(SIGNER.unsign(text))
    except (signing.BadSignature, ValueError):
        return None


@cache
def _path():
    return reverse("training:seat", args=["TOKEN"])


def address(enrolment):
    """The whole address, for notices."""
    return settings.SITE_URL + _path().replace("TOKEN", token(enrolment))
