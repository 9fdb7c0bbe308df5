"""Officers under lock, and how a notice reaches one."""

from centres.models import Officer
from cse_portal.notices import outbox


def lock_officers(ids):
    """Officers by id, locked in the order of their ids: whoever changes facts of officers does this first."""
    found = Officer.objects.select_for_update(of=("self",), no_key=True).select_related("user").filter(pk__in=ids)
    return {o.pk: o for o in found.order_by("pk")}


def language_of(officer):
    return officer.user.language if officer.user else "en"


def notice_to(officer, key, subject, body, about, language="en", calendar=""):
    """The notice to an officer: by email, else by SMS; none where the register holds neither."""
    if officer.email:
        yield outbox.notice(
            key=key, to=officer.email, subject=subject, body=body, language=language, about=about, calendar=calendar
        )
    elif officer.phone:
        yield outbox.notice(
            key=key, to=officer.phone, subject=subject, body=subject, channel="sms", language=language, about=about
        )
