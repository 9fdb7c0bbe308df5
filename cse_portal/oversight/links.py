"""Addresses with a query."""

from django.urls import reverse
from django.utils.http import urlencode


def to(name, *args, **query):
    address = reverse(name, args=args)
    return f"{address}?{urlencode(query)}" if query else address
