"""Who reads a page that a phone keeps: an opaque word for the account, so that one person's marks are never sent as another's."""

from django.utils.crypto import salted_hmac


def reader(user):
    return salted_hmac("training.register.reader", str(user.pk), algorithm="sha256").hexdigest()[:20]
