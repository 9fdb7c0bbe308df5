"""{% load scores %}: results as they are shown everywhere."""

from django import template

from training import completion

register = template.Library()


@register.filter
def score(value):
    """72.5 for 72.50; two decimals at most, rounded down; a dash for None."""
    return "–" if value is None or value == "" else completion.plain(value)
