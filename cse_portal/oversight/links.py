"""Addresses with a query."""

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


def to(name, *args, **query):
    address = reverse(name, args=args)
    return f"{address}?{urlencode(query)}" if query else address


def if_built(name, **query):
    """The address, or nothing while no page has that name."""
    try:
        return to(name, **query)
    except NoReverseMatch:
        return ""
