"""Addresses of pages of the apps below; an address that is not there yet is an empty text, and what links to it is not shown."""

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


def to(name, *args, **query):
    try:
        address = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(query)}" if query else address
