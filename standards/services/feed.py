"""The feed of what happened to certifications. Its order is that of `id`; events are written one transaction after the other
(`standing.note`), so that whoever read up to an id never misses a smaller one."""

from django.conf import settings

from standards.models import CertificationEvent

AT_ONCE = 200


def events():
    of = ("certification__organisation", "certification__centre", "act")
    return CertificationEvent.objects.select_related(*of)


def number(text):
    """The id after which to read; 0 where none, or nonsense, is said."""
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def after(last):
    """(events after that id, whether there are more)."""
    found = list(events().filter(pk__gt=last).order_by("pk")[: AT_ONCE + 1])
    return found[:AT_ONCE], len(found) > AT_ONCE


def latest(n=50):
    return list(events().order_by("-pk")[:n])


def address(path):
    return settings.SITE_URL + path


def as_data(event):
    """Plain values of an event, as programs read them; codes are stable, `text` is English."""
    held = event.certification
    return {
        "id": event.pk,
        "kind": event.kind,
        "on": event.on.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "number": held.number,
        "code": held.code,
        "holder": held.holder,
        "organisation": held.organisation.code,
        "centre": held.centre.code if held.centre_id else None,
        "level": held.level,
        "before": event.before or None,
        "after": event.after,
        "ground": event.act.ground if event.act_id else None,
        "text": event.public_text,
        "url": address(held.get_absolute_url()),
    }
